#!/usr/bin/env python3
"""What PyTorch takes for the same shapes as tests/bench/network.c, on one thread: microseconds of a step of
LSTM 2x256 and of GRU 2x256, the better of its ways to do one; steps a second of training the LSTM."""
import time

import torch

torch.set_num_threads(1)
INPUTS = HIDDEN = 256
LAYERS, STEPS, LANES = 2, 128, 64


def best(do, blocks, times):
    """Seconds of the processor's time, the best block's mean."""
    least = float("inf")
    for _ in range(blocks):
        begun = time.thread_time()
        for _ in range(times):
            do()
        least = min(least, (time.thread_time() - begun) / times)
    return least


def step(layer, cell):
    x = torch.randn(1, 1, INPUTS)
    with torch.inference_mode():
        net = layer(INPUTS, HIDDEN, LAYERS)
        _, state = net(x)
        whole = best(lambda: net(x, state), 60, 20)
        cells = [cell(INPUTS if k == 0 else HIDDEN, HIDDEN) for k in range(LAYERS)]
        row = x[0]
        states = [c(row) for c in cells]

        def by_cells():
            y = row
            for k, c in enumerate(cells):
                states[k] = c(y, states[k])
                y = states[k][0] if isinstance(states[k], tuple) else states[k]

        return 1e6 * min(whole, best(by_cells, 60, 20))


def training():
    net = torch.nn.LSTM(INPUTS, HIDDEN, LAYERS)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4)
    x, pull = torch.randn(STEPS, LANES, INPUTS), 1e-3 * torch.randn(STEPS, LANES, HIDDEN)

    def update():
        optimizer.zero_grad()
        y, _ = net(x)
        (y * pull).sum().backward()
        optimizer.step()

    return STEPS * LANES / best(update, 10, 1)


print(step(torch.nn.LSTM, torch.nn.LSTMCell), step(torch.nn.GRU, torch.nn.GRUCell), training())
