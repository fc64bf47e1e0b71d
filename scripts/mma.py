#!/usr/bin/env python3
"""mma.py OUT [FOLDER]: the drum patterns of the groove library that comes with MMA, Musical MIDI Accompaniment (Debian's
package mma), as a collection to train on: OUT/STYLE/*.mid and OUT/index.csv. The library is its own authors' and under
its own licence, GPL-2.0-or-later; nothing of it is part of Drumlin.

Each groove is played for eight bars without its random variations. Those that no loop of one, two or four bars makes,
that have one instrument alone or fewer than sixteen hits, are left out, and so is whatever has the same hits on the grid
of sixteenths as one before it or as a MIDI file below FOLDER (another collection, for which it may be held out), and every
file of the library of which FOLDER has a groove: mma-stdlib-trance.mid leaves out stdlib/trance.mma.
Velocities become ghost, normal and accent by their ratio to the median. The grooves of one file are in one split."""
import collections
import csv
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

LIBRARY = pathlib.Path("/usr/share/mma/lib")
PARTS = ("stdlib", "kara", "casio", "pflib", "yamaha")
BARS, TICKS = 8, 480
ENDINGS = re.compile(r"(end\d*|ending)$", re.I)
FILLS = re.compile(r"fill|intro", re.I)
# General MIDI's percussion as twelve instruments, each with the pitch that it is written with (doc/eval.md, rule 3).
PITCHES = {36: (35, 36), 37: (31, 37), 38: (38, 40), 39: (39,), 42: (22, 42, 44), 46: (26, 46), 45: (41, 43, 58),
           47: (45, 47), 50: (48, 50), 49: (49, 52, 55, 57), 51: (51, 53, 59)}
FOLDED = {pitch: written for written, pitches in PITCHES.items() for pitch in pitches}
OTHER_PERCUSSION = 56
# The style is the first whose words the file's name has.
STYLES = [(style, re.compile(words)) for style, words in (
    ("latin", r"bossa|samba|rhumba|chacha|mambo|merengue|salsa|son\b|tango|beguine|bolero|calypso|afro-cuban|latin|"
              r"cubang|lfusion"),
    ("jazz", r"jazz|swing|bebop|bigband|evansish|foxtrot|charleston|dixie|ragtime|broadway|showtune|softshoe|quickstep"),
    ("blues", r"blues|boggie|rb\b|rb-"), ("country", r"country|bluegrass|western|hillcountry|zydeco|folk"),
    ("rock", r"rock|twist|jive|metal"), ("funk", r"funk"), ("soul", r"soul|spiritual|r\+b"), ("disco", r"boneym"),
    ("trance", r"trance"), ("hiphop", r"(hip|trip)-?hop"), ("techno", r"techno|rave"), ("house", r"house"), ("ambient", r"ambient"),
    ("dance", r"dance"), ("dub", r"ska"), ("pop", r"pop|ballad|8beat|motown|16beat"))]


def folded(pitch):
    return FOLDED.get(pitch, OTHER_PERCUSSION if 27 <= pitch <= 87 else None)


def number(data, at):
    """A variable-length quantity, and where it ends."""
    value = 0
    while True:
        value, more, at = value << 7 | data[at] & 127, data[at] & 128, at + 1
        if not more:
            return value, at


def track_events(data, at, end, notes, metres):
    tick = status = 0
    while at < end:
        wait, at = number(data, at)
        tick += wait
        if data[at] in (0xF0, 0xF7, 0xFF):
            meta = data[at + 1] if data[at] == 0xFF else None
            length, at = number(data, at + 1 + (meta is not None))
            if meta == 0x58:
                metres.append((tick, data[at], 1 << data[at + 1]))
            at += length
            continue
        if data[at] & 0x80:
            status, at = data[at], at + 1
        if status == 0x99 and data[at + 1] > 0 and folded(data[at]):
            notes.append((tick, folded(data[at]), data[at + 1]))
        at += 1 if status & 0xE0 == 0xC0 else 2


def read(path):
    """Ticks per quarter, metre and hits (tick, pitch, velocity) of a MIDI file's channel 10; the loudest of equals."""
    data, notes, metres, at = path.read_bytes(), [], [], 14
    tracks, division = struct.unpack(">HH", data[10:14])
    for _ in range(tracks):
        length = struct.unpack(">I", data[at + 4:at + 8])[0]
        track_events(data, at + 8, at + 8 + length, notes, metres)
        at += 8 + length
    hits = {}
    for tick, pitch, velocity in notes:
        hits[tick, pitch] = max(velocity, hits.get((tick, pitch), 0))
    return division, min(metres)[1:] if metres else (4, 4), hits


def played(source, groove, folder):
    song, result = folder / "song.mma", folder / "song.mid"
    still = "".join(f"AllTracks Drum {what} 0\n" for what in ("Rtime", "Rvolume", "Rskip"))
    bars = "".join(f"{bar + 1} C\n" for bar in range(BARS))
    song.write_text(f"RndSeed 1\nSeqRnd Off\nInclude {source}\nGroove {groove}\n{still}SeqRnd Off\n{bars}")
    result.unlink(missing_ok=True)
    subprocess.run(["mma", song, "-f", result], capture_output=True, check=False)
    return read(result) if result.exists() else None


def loop_length(hits, bar):
    """Bars after which it repeats; None if that is not within four."""
    bars = [{(tick - b * bar, pitch) for tick, pitch in hits if b * bar <= tick < (b + 1) * bar} for b in range(BARS)]
    return next((n for n in (1, 2, 4) if all(bars[b] == bars[b % n] for b in range(BARS))), None)


def grid(division, metre, hits):
    """Instruments by sixteenths, over four bars of 4/4, or as long as it is in another metre."""
    steps = {((8 * tick + division) // (2 * division), pitch) for tick, pitch in hits}
    return metre, frozenset((step % 64, pitch) for step, pitch in steps) if metre == (4, 4) else frozenset(steps)


def quantity(value):
    out = [value & 127]
    while value := value >> 7:
        out.insert(0, value & 127 | 128)
    return bytes(out)


def written(division, metre, hits, length):
    """A MIDI file of four bars; length in ticks."""
    middle = sorted(hits.values())[len(hits) // 2]
    events = []
    for (tick, pitch), velocity in hits.items():
        level = 120 if velocity > 1.12 * middle else 56 if velocity < 0.75 * middle else 96
        start = tick * TICKS // division
        events += [(start, 1, pitch, level), (start + 24, 0, pitch, 0)]
    track, now = b"\x00\xff\x58\x04" + bytes([metre[0], metre[1].bit_length() - 1, 24, 8]), 0
    for tick, on, pitch, velocity in sorted(events):
        track += quantity(tick - now) + bytes([0x99 if on else 0x89, pitch, velocity])
        now = tick
    track += quantity(max(0, length * TICKS // division - now)) + b"\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(track)) + track


def pattern(division, metre, hits, seen):
    """The MIDI file and the loop's bars, or why there is none."""
    bar = division * 4 * metre[0] // metre[1]
    if len(hits) < 16 or len({pitch for _, pitch in hits}) < 2:
        return None, "thin"
    if 16 * metre[0] % metre[1] or not 8 <= 16 * metre[0] // metre[1] <= 32:
        return None, "other metres"
    bars = loop_length(hits, bar)
    if not bars:
        return None, "no loop"
    loop = {(tick + turn * bars * bar, pitch): velocity for turn in range(4 // bars)
            for (tick, pitch), velocity in hits.items() if tick < bars * bar}
    cells = grid(division, metre, loop)
    if cells in seen:
        return None, "known"
    seen.add(cells)
    return written(division, metre, loop, 4 * bar), bars


def grooves(source):
    lines = source.read_text(encoding="latin1").splitlines()
    names = (re.match(r"\s*defgroove\s+(\S+)", line, re.I) for line in lines)
    return [name.group(1) for name in names if name and not ENDINGS.search(name.group(1))]


def convert(out, seen, taken):
    rows, left_out = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            for source in sorted((LIBRARY / part).glob("*.mma")):
                if any(name.startswith(f"mma-{part}-{source.stem}".lower()) for name in taken):
                    continue
                style = next((s for s, words in STYLES if words.search(source.stem)), "other")
                split = "validation" if zlib.crc32(source.stem.encode()) % 10 == 3 else "train"
                for groove in grooves(source):
                    heard = played(source, groove, pathlib.Path(folder))
                    midi, bars = pattern(*heard, seen) if heard else (None, "unplayed")
                    if not midi:
                        left_out[bars] += 1
                        continue
                    name = re.sub(r"[^a-z0-9]+", "-", f"{part}-{source.stem}-{groove}".lower())
                    (out / style).mkdir(parents=True, exist_ok=True)
                    (out / style / f"{name}.mid").write_bytes(midi)
                    rows.append([f"{style}/{name}.mid", style, "fill" if FILLS.search(groove) else style, bars, part, split])
    return rows, left_out


def main():
    out, seen, taken = pathlib.Path(sys.argv[1]), set(), set()
    for path in pathlib.Path(sys.argv[2]).rglob("*.mid") if len(sys.argv) > 2 else ():
        seen.add(grid(*read(path)))
        taken.add(path.stem)
    rows, left_out = convert(out, seen, taken)
    if not rows:
        sys.exit(f"{LIBRARY}: no groove could be played: is mma installed?")
    with open(out / "index.csv", "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["midi_filename", "style", "substyle", "bars", "source", "split"])
        writer.writerows(rows)
    print(f"{len(rows)} patterns; left out: " + ", ".join(f"{n} {why}" for why, n in left_out.items()))


if __name__ == "__main__":
    main()
