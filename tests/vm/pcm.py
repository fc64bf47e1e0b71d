#!/usr/bin/env python3
"""Compares what came out of a sound card with what was rendered, sample by sample: how much of the recording is blocks of
the render, every bit, one after the other. An emulated card drops periods, so that not all need be; beside it stands
what another pattern's sound has in common with it, which must be next to nothing.

    pcm.py WANTED OTHER GOT        (WAV files of 32-bit floats, in stereo)"""
import array
import bisect
import struct
import sys

BLOCK = 64 * 8  # bytes: 64 frames


def body(path):
    data = open(path, 'rb').read()
    at = 12
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack('<I', data[at + 4:at + 8])[0]
        if name == b'data':
            return data[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    return b''


def sounds(block):
    return max(abs(v) for v in array.array('f', block)) > 0.001


KEY = 16  # bytes: two frames


def index(got):
    """Where each pair of frames is."""
    places = {}
    for i in range(0, len(got) - KEY, 8):
        places.setdefault(got[i:i + KEY], []).append(i)
    return places


def found_in(got, places, want):
    """How many of the sounding blocks of `want` the recording has, in their order."""
    at = found = 0
    for i in range(0, min(len(want), len(got)) - BLOCK, BLOCK):
        block = want[i:i + BLOCK]
        if not sounds(block):
            continue
        known = places.get(block[-KEY:], ())
        for end in known[bisect.bisect_left(known, at + BLOCK - KEY):][:64]:
            begin = end + KEY - BLOCK
            if got[begin:end + KEY] == block:
                found += 1
                at = begin + BLOCK
                break
    return found


want, other, got = (body(path) for path in sys.argv[1:4])
heard = sum(sounds(got[i:i + BLOCK]) for i in range(0, len(got) - BLOCK, BLOCK))
places = index(got)
own, chance = found_in(got, places, want), found_in(got, places, other)
# After a period that the emulated card has dropped, the tails of what sounds are elsewhere than in the render until they
# have died away: on a busy host that is most of the time. 500 blocks prove the way through; another level, rate, form or
# order of channels would leave none.
good = own >= 500 and chance * 100 < own
print('VM: %s sound: %d blocks of 64 frames were heard; %d are the render\'s, to the bit (%d %%), %d another pattern\'s' %
      ('ok' if good else 'FAIL', heard, own, 100 * own // max(heard, 1), chance))
