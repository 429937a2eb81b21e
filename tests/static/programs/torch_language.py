"""Language: a GPT, a bidirectional LSTM tagger with packing, a seq2seq with attention."""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


@dataclass
class Config:
    block_size: int = 8
    vocab_size: int = 11
    n_layer: int = 2
    n_head: int = 2
    n_embd: int = 12
    dropout: float = 0.1
    bias: bool = True


class SelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.n_embd % config.n_head == 0
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.drop = nn.Dropout(config.dropout)
        self.n_head, self.n_embd = config.n_head, config.n_embd
        mask = torch.tril(torch.ones(config.block_size, config.block_size))
        self.register_buffer("mask", mask.view(1, 1, config.block_size, config.block_size))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)
        q, k, v = (t.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for t in (q, k, v))
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf"))
        att = self.drop(F.softmax(att, dim=-1))
        y = (att @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.c_proj(y)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = SelfAttention(config)
        self.mlp = nn.ModuleDict(
            dict(
                c_fc=nn.Linear(config.n_embd, 4 * config.n_embd),
                c_proj=nn.Linear(4 * config.n_embd, config.n_embd),
                act=nn.GELU(),
                dropout=nn.Dropout(config.dropout),
            )
        )
        m = self.mlp
        self.mlpf = lambda x: m.dropout(m.c_proj(m.act(m.c_fc(x))))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlpf(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(config.vocab_size, config.n_embd),
                wpe=nn.Embedding(config.block_size, config.n_embd),
                h=nn.ModuleList([Layer(config) for _ in range(config.n_layer)]),
                ln_f=nn.LayerNorm(config.n_embd),
            )
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None):
        b, t = idx.size()
        pos = torch.arange(0, t, dtype=torch.long, device=idx.device)
        x = self.transformer.wte(idx) + self.transformer.wpe(pos)
        for block in self.transformer.h:
            x = block(x)
        x = self.transformer.ln_f(x)
        if targets is not None:
            logits = self.lm_head(x)
            loss = F.cross_entropy(
                logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1
            )
        else:
            logits = self.lm_head(x[:, [-1], :])
            loss = None
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, count, top_k=None):
        for _ in range(count):
            cond = (
                idx if idx.size(1) <= self.config.block_size else idx[:, -self.config.block_size :]
            )
            logits, _ = self(cond)
            logits = logits[:, -1, :]
            if top_k is not None:
                v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
                logits[logits < v[:, [-1]]] = -float("Inf")
            probs = F.softmax(logits, dim=-1)
            idx = torch.cat((idx, torch.multinomial(probs, num_samples=1)), dim=1)
        return idx


class Tagger(nn.Module):
    def __init__(self, vocab, tags, dim=6, hidden=5):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * hidden, tags)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(
            self.embed(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        output, (h, c) = self.lstm(packed)
        output, _ = pad_packed_sequence(output, batch_first=True)
        sentence = torch.cat([h[-2], h[-1]], dim=1)
        return self.out(output), sentence


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.embed, self.gru = nn.Embedding(vocab, dim), nn.GRU(dim, dim)

    def forward(self, src):
        return self.gru(self.embed(src))


class Decoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.score = nn.Linear(2 * dim, dim)
        self.v = nn.Parameter(torch.rand(dim))
        self.cell = nn.GRUCell(2 * dim, dim)
        self.out = nn.Linear(3 * dim, vocab)

    def forward(self, token, hidden, memory):
        repeated = hidden.repeat(memory.size(0), 1, 1)
        energy = torch.tanh(self.score(torch.cat((repeated, memory), dim=2)))
        weights = torch.softmax(energy @ self.v, dim=0)
        context = torch.einsum("sb,sbd->bd", weights, memory)
        embedded = self.embed(token)
        hidden = self.cell(torch.cat((embedded, context), 1), hidden)
        return self.out(torch.cat((embedded, hidden, context), 1)), hidden, weights


def translate(encoder, decoder, src, trg, teacher=0.5):
    memory, hidden = encoder(src)
    hidden = hidden.squeeze(0)
    outputs = torch.zeros(trg.size(0), trg.size(1), 9)
    token = trg[0]
    for t in range(1, trg.size(0)):
        scores, hidden, weights = decoder(token, hidden, memory)
        outputs[t] = scores
        token = trg[t] if torch.rand(1).item() < teacher else scores.argmax(1)
    return outputs


torch.manual_seed(0)
config = Config()
gpt = GPT(config)
x = torch.randint(0, config.vocab_size, (3, config.block_size))
logits, loss = gpt(x, torch.roll(x, -1, dims=1))
loss.backward()
decay = [p for n, p in gpt.named_parameters() if p.dim() >= 2]
sizes = sum(p.numel() for p in decay)
longer = gpt.generate(x[:, :4], 6, top_k=3)
sentences = [torch.randint(1, 9, (n,)) for n in (4, 2, 3)]
lengths = torch.tensor([len(s) for s in sentences])
tokens = pad_sequence(sentences, batch_first=True)
tagger = Tagger(9, 4)
tags, sentence = tagger(tokens, lengths)
mask = tokens != 0
picked = tags[mask]
tag_loss = F.cross_entropy(tags.transpose(1, 2), torch.where(mask, tokens % 4, -100))
tag_loss.backward()
src, trg = torch.randint(0, 9, (5, 2)), torch.randint(0, 9, (4, 2))
outputs = translate(Encoder(9, 6), Decoder(9, 6), src, trg)
seq_loss = F.cross_entropy(outputs[1:].reshape(-1, 9), trg[1:].reshape(-1))
seq_loss.backward()
perplexity = torch.exp(seq_loss)
print(logits.shape, longer.shape, sizes, picked.shape, sentence.shape, perplexity)
