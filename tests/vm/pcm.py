#!/usr/bin/env python3
"""Compares what came out of a sound card with what was rendered, sample by sample: how much of the recording is blocks of
the render, every bit, one after the other. An emulated card drops periods, so that not all need be; beside it stands
what another seed's music has in common with it, which must be next to nothing.

    pcm.py WANTED OTHER GOT        (WAV files of 32-bit floats, in stereo)"""
import array
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


def found_in(got, want):
    """How many of the sounding blocks of `want` the recording has, in their order."""
    at = found = 0
    for i in range(0, min(len(want), len(got)) - BLOCK, BLOCK):
        block = want[i:i + BLOCK]
        place = got.find(block, at) if sounds(block) else -1
        if place >= 0:
            found += 1
            at = place + BLOCK
    return found


want, other, got = (body(path) for path in sys.argv[1:4])
heard = sum(sounds(got[i:i + BLOCK]) for i in range(0, len(got) - BLOCK, BLOCK))
own, chance = found_in(got, want), found_in(got, other)
good = heard > 1000 and own * 2 > heard and chance * 20 < heard
print('VM: %s sound: %d blocks of 64 frames were heard; %d are the render\'s, to the bit (%d %%), %d another seed\'s' %
      ('ok' if good else 'FAIL', heard, own, 100 * own // max(heard, 1), chance))
