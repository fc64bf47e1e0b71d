#!/usr/bin/env python3
"""Compares an architecture's outputs and gradients, as tests/test_torch.c wrote them, with PyTorch's.

Every stream is done apart, from its beginning, in double precision and by PyTorch's own layers where it has
them; nothing of Drumlin's way of batching is repeated here.
"""
import json
import struct
import sys

import torch
import torch.nn.functional as F

TOLERANCE = 1e-4


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    size = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + size])
    meta = head.pop("__metadata__")
    tensors = {}
    for name, t in head.items():
        a, b = t["data_offsets"]
        raw = bytearray(data[8 + size + a:8 + size + b])
        tensors[name] = torch.frombuffer(raw, dtype=torch.float32).reshape(t["shape"]).double()
    return meta, tensors


def recurrent(kind, w, layer, hidden):
    """torch.gru or torch.lstm with Drumlin's weights: [in][out] there, [out][in] here."""
    bias = w[f"trunk.{layer}.bias"]
    none = torch.zeros(1, 1, hidden).double()
    if kind is torch.lstm:
        bias = bias + torch.cat([torch.zeros(hidden), torch.ones(hidden), torch.zeros(2 * hidden)]).double()
    weights = [w[f"trunk.{layer}.input"].t(), w[f"trunk.{layer}.recurrent"].t(), bias, torch.zeros_like(bias)]

    def run(x, state=None):
        if state is None:
            state = (none, none) if kind is torch.lstm else none
        y, *state = kind(x[None], state, weights, True, 1, 0.0, False, False, True)
        return y[0], tuple(state) if kind is torch.lstm else state[0]

    return run


def stack(kind, w, x, first, layers, hidden):
    for layer in range(first, layers):
        x, _ = recurrent(kind, w, layer, hidden)(x)
    return x


def gru(w, x, layers, hidden):
    return stack(torch.gru, w, x, 0, layers, hidden)


def lstm(w, x, layers, hidden):
    return stack(torch.lstm, w, x, 0, layers, hidden)


def fed(w, feed):
    """The first layer's weights with those of what else it is fed with behind its input's."""
    return {**w, "trunk.0.input": torch.cat([w["trunk.0.input"], w[feed]])}


def lookback(w, x, layers, hidden):
    cell = recurrent(torch.lstm, fed(w, "trunk.echo"), 0, hidden)
    outputs, state, none = [], None, torch.zeros(hidden).double()
    for t in range(len(x)):
        echoes = [outputs[t - lag] if t >= lag else none for lag in (15, 31)]
        y, state = cell(torch.cat([x[t], *echoes])[None], state)
        outputs.append(y[0])
    return stack(torch.lstm, w, torch.stack(outputs), 1, layers, hidden)


def attention(w, x, layers, hidden):
    part = {k[len("trunk.attention."):]: v for k, v in w.items() if k.startswith("trunk.attention.")}
    cell = recurrent(torch.gru, fed(w, "trunk.attention.feed"), 0, hidden)
    outputs, state, context = [], None, torch.zeros(hidden).double()
    for t in range(len(x)):
        h, state = cell(torch.cat([x[t], context])[None], state)
        query = h[0] @ part["query"] + part["query.bias"]
        context = torch.zeros(hidden).double()
        if outputs:
            memory = torch.stack(outputs[-32:])
            scores = torch.tanh(memory @ part["key"] + query) @ part["score"]
            context = torch.softmax(scores, 0) @ memory
        outputs.append(torch.tanh(h[0] @ part["out.state"] + context @ part["out.context"] + part["out.bias"]))
    return stack(torch.gru, w, torch.stack(outputs), 1, layers, hidden)


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], 1 + w[name + ".gain"], w[name + ".bias"], 1e-5)


def gate(x):
    a, b = x.chunk(2, -1)
    return torch.tanh(a) * torch.sigmoid(b)


def tcn(w, x, layers, hidden):
    h = x @ w["trunk.in"] + w["trunk.in.bias"]
    for i in range(layers):
        n = f"trunk.{i}."
        kernel = torch.stack([w[n + "far"].t(), w[n + "near"].t()], 2)
        padded = F.pad(h.t()[None], (2 ** i, 0))
        a = F.conv1d(padded, kernel, w[n + "bias"], dilation=2 ** i)[0].t()
        h = h + gate(a) @ w[n + "out"] + w[n + "out.bias"]
    return norm(w, "trunk.norm", h)


def relative(q, k, v, distance, heads):
    steps, width = q.shape
    outputs = []
    for qh, kh, vh, rh in zip(*(a.split(width // heads, 1) for a in (q, k, v, distance))):
        rows = []
        for t in range(steps):
            n = min(t + 1, len(distance))
            near = torch.flip(kh[t + 1 - n:t + 1], [0]) + rh[:n]
            share = torch.softmax(near @ qh[t] / (width // heads) ** 0.5, 0)
            rows.append(share @ torch.flip(vh[t + 1 - n:t + 1], [0]))
        outputs.append(torch.stack(rows))
    return torch.cat(outputs, 1)


def transformer(w, x, layers, hidden):
    h = x @ w["trunk.in"] + w["trunk.in.bias"]
    for i in range(layers):
        n = f"trunk.{i}."
        q, k, v = (norm(w, n + "norm", h) @ w[n + "qkv"] + w[n + "qkv.bias"]).chunk(3, 1)
        h = h + relative(q, k, v, w[n + "distance"], 4) @ w[n + "out"] + w[n + "out.bias"]
        up = norm(w, n + "inner.norm", h) @ w[n + "up"] + w[n + "up.bias"]
        h = h + gate(up) @ w[n + "down"] + w[n + "down.bias"]
    return norm(w, "trunk.norm", h)


def streams(begins):
    """(lane, first step, end) of every stream."""
    steps, lanes = begins.shape
    for lane in range(lanes):
        firsts = [t for t in range(steps) if t == 0 or begins[t, lane]]
        for first, end in zip(firsts, firsts[1:] + [steps]):
            yield lane, first, end


def main():
    meta, given = read(sys.argv[1])
    arch, hidden, layers = meta["arch"], int(meta["hidden"]), int(meta["layers"])
    begins = given["begins"]
    steps, lanes = begins.shape
    w = {k: v.requires_grad_() for k, v in given.items() if k.startswith("trunk.")}
    x = given["x"].reshape(steps, lanes, -1).requires_grad_()
    pull = given["pull"].reshape(steps, lanes, hidden)
    expected = torch.zeros(steps, lanes, hidden).double()
    total = 0
    for lane, first, end in streams(begins):
        y = globals()[arch](w, x[first:end, lane], layers, hidden)
        expected[first:end, lane] = y.detach()
        total = total + (y * pull[first:end, lane]).sum()
    total.backward()
    pairs = [
        ("y", given["y"].reshape(expected.shape), expected),
        ("d x", given["d x"], x.grad.reshape(given["d x"].shape)),
    ]
    pairs += [("d " + k, given["d " + k], v.grad) for k, v in w.items()]
    worst = ("nothing", 0.0)
    for name, ours, theirs in pairs:
        apart = ((ours - theirs).abs().max() / (1e-3 + theirs.abs().max())).item()
        worst = max(worst, (name, apart), key=lambda p: p[1])
        if not apart < TOLERANCE:
            print(f"{arch}, {layers} layers: {name} is {apart:.2g} off PyTorch's")
            return 1
    print(f"{arch}, {layers} layers: within {worst[1]:.1g} of PyTorch ({worst[0]})")
    return 0


sys.exit(main())
