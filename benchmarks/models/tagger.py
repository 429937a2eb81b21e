"""A bidirectional LSTM that tags the words of sentences."""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

SENTENCES = [[3, 9, 2, 7], [5, 1, 8], [4, 6, 2, 9, 1, 3]]
TAGS = [[0, 1, 2, 0], [1, 1, 3], [2, 0, 0, 3, 4, 1]]


class Tagger(nn.Module):
    def __init__(self, vocab_size, num_tags, embedding_dim=24, hidden_dim=32):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(
            embedding_dim, hidden_dim, num_layers=2, batch_first=True, bidirectional=True
        )
        self.attention = nn.Linear(2 * hidden_dim, 1)
        self.to_tags = nn.Linear(2 * hidden_dim, num_tags)
        self.to_topic = nn.Linear(2 * hidden_dim, 3)

    def forward(self, words):
        embedded = self.embedding(words)
        outputs, (hidden, cell) = self.lstm(embedded)
        tags = self.to_tags(outputs)
        weights = torch.softmax(self.attention(outputs).squeeze(-1), dim=1)
        summary = torch.bmm(weights.unsqueeze(1), outputs).squeeze(1)
        last = torch.cat([hidden[-2], hidden[-1]], dim=1)
        return tags, self.to_topic(summary + last)


def main():
    words = pad_sequence([torch.tensor(s) for s in SENTENCES], batch_first=True)
    tags = pad_sequence([torch.tensor(t) for t in TAGS], batch_first=True, padding_value=-100)
    model = Tagger(vocab_size=10, num_tags=5)
    scores, topics = model(words)
    loss = nn.functional.cross_entropy(scores.reshape(-1, 5), tags.reshape(-1), ignore_index=-100)
    loss = loss + nn.functional.cross_entropy(topics, torch.tensor([0, 2, 1]))
    loss.backward()
    mask = tags != -100
    correct = (scores.argmax(dim=-1) == tags) & mask
    print(loss.item(), correct.sum() / mask.sum())


if __name__ == "__main__":
    main()
