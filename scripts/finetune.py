#!/usr/bin/env python3
"""finetune.py split ELECTRONIC LOOPS: a folder of twenty unseen patterns to train on, the others held out.
finetune.py print OUT: what scripts/finetune.sh has measured, as a table."""
import csv
import json
import os
import random
import shutil
import sys

TAKEN = 20


def split(source, target):
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(source, "index.csv"), newline="") as f:
        reader = csv.DictReader(f)
        fields = reader.fieldnames
        unseen = [row for row in reader if row["split"] == "validation" and row["time_signature"] == "4/4"]
    random.Random(1).shuffle(unseen)
    with open(os.path.join(target, "index.csv"), "w", newline="") as f:
        writer = csv.DictWriter(f, fields)
        writer.writeheader()
        for i, row in enumerate(unseen):
            name = row["midi_filename"]
            os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
            shutil.copy(os.path.join(source, name), os.path.join(target, name))
            writer.writerow({**row, "split": "train" if i < TAKEN else "validation"})


def figures(path):
    with open(path) as f:
        return {c["name"]: c["rows"][0]["twelve"] for c in json.load(f)["collections"]}


def show(out):
    print(f"{'bits per step, hits':22} {'before':>8} {'after':>8}")
    for kind in ("loops", "base"):
        before, after = (figures(os.path.join(out, f"{m}-{kind}.json")) for m in ("default", "mine"))
        for name in before:
            for part in ("hits", "first_pass", "loop"):
                if before[name].get(part) is not None:
                    print(f"{name + ', ' + part.replace('_', ' '):22} {before[name][part]:8.3f} {after[name][part]:8.3f}")


if sys.argv[1] == "split":
    split(sys.argv[2], sys.argv[3])
else:
    show(sys.argv[2])
