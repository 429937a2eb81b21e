"""einops, einsum, functional transforms, graphs, reinforcement learning; hooks."""

import functools

import torch
from einops import einsum, pack, rearrange, reduce, repeat, unpack
from einops.layers.torch import Rearrange, Reduce
from torch import nn


class MultiHead(nn.Module):
    def __init__(self, dim, heads=2, dim_head=4, context=None):
        super().__init__()
        inner = heads * dim_head
        self.heads, self.scale = heads, dim_head**-0.5
        self.norm = nn.LayerNorm(dim)
        self.to_q = nn.Linear(dim, inner, bias=False)
        self.to_kv = nn.Linear(context or dim, inner * 2, bias=False)
        self.to_out = nn.Linear(inner, dim)

    def forward(self, x, context=None, mask=None):
        x = self.norm(x)
        given = context if context is not None else x
        q, k, v = self.to_q(x), *self.to_kv(given).chunk(2, dim=-1)
        q, k, v = map(lambda t: rearrange(t, "b n (h d) -> b h n d", h=self.heads), (q, k, v))
        sim = einsum(q, k, "b h i d, b h j d -> b h i j") * self.scale
        if mask is not None:
            sim = sim.masked_fill(~rearrange(mask, "b j -> b 1 1 j"), -torch.finfo(sim.dtype).max)
        out = einsum(sim.softmax(dim=-1), v, "b h i j, b h j d -> b h i d")
        return self.to_out(rearrange(out, "b h n d -> b n (h d)"))


class Perceiver(nn.Module):
    def __init__(self, dim=12, latents=3, depth=2):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, dim))
        self.patch = nn.Sequential(
            Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=4, q=4), nn.Linear(48, dim)
        )
        self.blocks = nn.ModuleList([])
        for _ in range(depth):
            self.blocks.append(nn.ModuleList([MultiHead(dim, context=dim), MultiHead(dim)]))
        self.head = nn.Sequential(
            Reduce("b n d -> b d", "mean"), nn.LayerNorm(dim), nn.Linear(dim, 5)
        )

    def forward(self, images):
        tokens = self.patch(images)
        tokens, ps = pack(
            [tokens, repeat(self.latents.mean(0), "d -> b 1 d", b=len(images))], "b * d"
        )
        x = repeat(self.latents, "n d -> b n d", b=images.shape[0])
        for cross, own in self.blocks:
            x = cross(x, context=tokens) + x
            x = own(x) + x
        tokens, extra = unpack(tokens, ps, "b * d")
        return self.head(x), reduce(tokens, "b (h w) d -> b h d", "max", h=2), extra


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, edges):
        source, target = edges
        messages = (x @ self.weight)[source]
        out = torch.zeros(x.size(0), self.weight.size(1)).index_add_(0, target, messages)
        degree = torch.bincount(target, minlength=x.size(0)).clamp(min=1)
        return out / degree.unsqueeze(-1)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.actor, self.critic = nn.Linear(8, 2), nn.Linear(8, 1)

    def forward(self, state):
        h = torch.relu(self.body(state))
        return torch.distributions.Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


def episode(policy, steps=5):
    state, memory = torch.zeros(4), []
    for _ in range(steps):
        action_of, value = policy(state)
        action = action_of.sample()
        memory.append((action_of.log_prob(action), value, float(action)))
        state = state + 0.1 * torch.randn(4)
    logs, values, rewards = zip(*memory)
    returns, total = [], 0.0
    for r in rewards[::-1]:
        total = r + 0.99 * total
        returns.insert(0, total)
    returns = torch.tensor(returns)
    advantage = returns - torch.stack(values)
    return -(torch.stack(logs) * advantage.detach()).sum() + advantage.pow(2).sum()


def traced(module, seen):
    def hook(_, inputs, output):
        seen.append(output.detach().norm(dim=-1))

    return module.register_forward_hook(hook)


def timed(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        return f(*args, **kwargs)

    return inner


@timed
def contrast(a, b, temperature=0.1):
    a, b = (nn.functional.normalize(t, dim=-1) for t in (a, b))
    logits = a @ b.T / temperature
    labels = torch.arange(len(a))
    return (
        nn.functional.cross_entropy(logits, labels) + nn.functional.cross_entropy(logits.T, labels)
    ) / 2


def box_iou(a, b):
    area = lambda x: (x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1])
    lt = torch.max(a[:, None, :2], b[None, :, :2])
    rb = torch.min(a[:, None, 2:], b[None, :, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[..., 0] * wh[..., 1]
    return inter / (area(a)[:, None] + area(b) - inter)


torch.manual_seed(0)
model, seen = Perceiver(), []
handle = traced(model.head[0], seen)
scores, coarse, extra = model(torch.randn(2, 3, 8, 8))
handle.remove()
scores.sum().backward()
norms = {name: p.grad.norm() for name, p in model.named_parameters() if p.grad is not None}
graph = [GraphConv(6, 4), GraphConv(4, 3)]
nodes = torch.randn(5, 6)
edges = torch.tensor([[0, 1, 2, 3, 4, 0], [1, 2, 3, 4, 0, 2]])
for i, layer in enumerate(graph):
    nodes = layer(nodes, edges)
    if i < len(graph) - 1:
        nodes = nodes.relu()
loss = episode(Policy())
loss.backward()
nce = contrast(torch.randn(6, 8), torch.randn(6, 8))
boxes = torch.rand(4, 4)
boxes[:, 2:] += boxes[:, :2]
iou = box_iou(boxes, boxes[:2])
keep = iou.max(dim=1).values > 0.5
batched = torch.vmap(lambda m, v: m @ v)(torch.randn(3, 2, 4), torch.randn(3, 4))
jacobian = torch.autograd.functional.jacobian(lambda x: x**2, torch.ones(3))
kept = boxes[keep]
grid = torch.stack(torch.meshgrid(torch.arange(3), torch.arange(4), indexing="ij"), dim=-1)
print(
    scores.shape,
    coarse.shape,
    seen[0].shape,
    nodes.shape,
    nce,
    iou.shape,
    kept.shape,
    batched.shape,
    jacobian.shape,
    grid.shape,
)
