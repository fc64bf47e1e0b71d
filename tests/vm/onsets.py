#!/usr/bin/env python3
"""Compares what came out of a sound card with what was rendered, by the times between onsets: the longest sequence of
them that both have, to 4 ms. An emulated card drops periods, so that not all can be there; beside it stands what
another seed's music has in common with it.

    onsets.py WANTED OTHER GOT"""
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


def onsets(path):
    """Seconds at which the level over 3 ms is four times that of the 20 ms before."""
    sound, rate = read(path)
    hop = rate // 1000
    level = [sum(abs(v) for v in sound[i:i + hop]) / hop for i in range(0, len(sound) - hop, hop)]
    found = []
    for i in range(len(level) - 3):
        now = sum(level[i:i + 3]) / 3
        before = sum(level[max(0, i - 20):i]) / 20
        if now > 0.005 and now > 4 * before and (not found or i - found[-1] > 50):
            found.append(i)
    return [i / 1000 for i in found]


def common(a, b):
    """Length of the longest common sequence of intervals, as a share of the shorter one's."""
    x = [q - p for p, q in zip(a, a[1:])]
    y = [q - p for p, q in zip(b, b[1:])]
    if not x or not y:
        return 0.0
    row = [0] * (len(y) + 1)
    for p in x:
        last, row = row, [0]
        for j, q in enumerate(y):
            row.append(last[j] + 1 if abs(p - q) < 0.004 else max(last[j + 1], row[j]))
    return row[-1] / min(len(x), len(y))


want, other, got = (onsets(path) for path in sys.argv[1:4])
own, chance = common(want, got), common(other, got)
good = len(got) > 10 and own > chance + 0.2
print('VM: %s sound: %d onsets, the first after %.1f s; %.0f %% of the intervals are the render\'s, %.0f %% another seed\'s' %
      ('ok' if good else 'FAIL', len(got), got[0] if got else 0, 100 * own, 100 * chance))
