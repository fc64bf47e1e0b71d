#!/usr/bin/env python3
"""ablation.py FOLDER MINUTES PAGE: writes what scripts/ablation.sh has measured into the page, between its two
marks; where they are missing, before the section on obedience."""
import pathlib
import sys

from leaderboard import collections, figure, load, put_between, row, steps_learned, table

MARKS = ("<!-- ablation: written by make ablation -->\n", "<!-- end of ablation -->\n")


NEXT = "### Obedience\n"


def columns(whole):
    """What is told of each collection: its hits, and the first pass of those that have loops."""
    for name, by in whole.items():
        yield name, "hits"
        if row(by, "gru")["twelve"].get("first_pass") is not None:
            yield name, "first_pass"


def main():
    folder, minutes, page = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    runs = {f.stem: collections(load(f)) for f in sorted(folder.glob("*.json"))}
    whole = runs.pop("everything")
    rows = []
    for label, by in {"everything": whole, **runs}.items():
        model = folder / (label + ".safetensors")
        cells = [label.replace("-", " ", 1), f"{round(steps_learned(model), -3):,.0f} steps"]
        for name, what in columns(whole):
            now, then = row(by[name], "gru")["twelve"], row(whole[name], "gru")["twelve"]
            cells += [figure(now, what), f"{now[what] - then[what]:+.3f}" if by is not whole else ""]
        rows.append(cells)
    head = ["hits, bits per step", "learned from"]
    for name, what in columns(whole):
        head += [name if what == "hits" else "first pass", ""]
    lines = [f"GRU of 192, {minutes} minute{'s' * (minutes != '1')} of the processor's time each, one thread, seed 1.", ""]
    text = page.read_text(encoding="utf-8")
    if MARKS[0] not in text:
        page.write_text(text.replace(NEXT, MARKS[0] + MARKS[1] + "\n" + NEXT, 1), encoding="utf-8")
    put_between(page, MARKS, lines + table(head, rows))


if __name__ == "__main__":
    main()
