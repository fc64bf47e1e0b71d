#!/usr/bin/env python3
"""Compares what came out of a sound card with what was rendered: the place of the one in the other by their
correlation, and the level of the difference there."""
import array
import struct
import sys


def read(path):
    data = open(path, 'rb').read()
    at, form, rate, body = 12, None, 0, b''
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack('<I', data[at + 4:at + 8])[0]
        if name == b'fmt ':
            form, channels, rate = struct.unpack('<HHI', data[at + 8:at + 16])
            bits = struct.unpack('<H', data[at + 22:at + 24])[0]
            if form == 0xfffe:
                form = struct.unpack('<H', data[at + 32:at + 34])[0]
        elif name == b'data':
            body = data[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    kind, scale = ('f', 1.0) if form == 3 else ('i', 2.0 ** -31)
    values = array.array(kind)
    values.frombytes(body[:len(body) // 8 * 8])
    return [v * scale for v in values[::2]], rate


def first(sound, level=1e-3):
    return next((i for i, v in enumerate(sound) if abs(v) > level), None)


want, rate = read(sys.argv[1])
got, got_rate = read(sys.argv[2])
a, b = first(want), first(got)
if a is None or b is None or rate != got_rate:
    print('VM: FAIL sound: nothing was heard' if b is None else 'VM: FAIL sound: nothing to compare')
    sys.exit(1)
n = min(len(want) - a, len(got) - b, 6 * rate)
best = None
for shift in range(-64, 65):
    if b + shift < 0:
        continue
    error = sum((want[a + i] - got[b + shift + i]) ** 2 for i in range(0, min(n, rate) - 64, 7))
    if best is None or error < best[0]:
        best = (error, shift)
shift = best[1]
power = sum(v * v for v in want[a:a + n])
error = sum((want[a + i] - got[b + shift + i]) ** 2 for i in range(n - 64))
share = error / power if power else 1.0
print('VM: %s sound: %.1f s after %.3f s of silence, difference %.2g of the power' %
      ('ok' if share < 0.01 and n > rate else 'FAIL', n / rate, b / rate, share))
