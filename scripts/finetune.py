#!/usr/bin/env python3
"""finetune.py OUT: what scripts/finetune.sh has measured, as a table."""
import json
import os
import sys

MODELS = {"default": "before", "mine": "after", "alone": "without rehearsal"}


def figures(out, model):
    with open(os.path.join(out, f"{model}.json")) as f:
        return {c["name"]: c["rows"][0]["twelve"] for c in json.load(f)["collections"]}


found = {model: figures(sys.argv[1], model) for model in MODELS}
print(f"{'bits per step':24}" + "".join(f"{title:>20}" for title in MODELS.values()))
for name, before in found["default"].items():
    for part in ("hits", "first_pass", "total"):
        if before.get(part) is not None:
            print(f"{name + ', ' + part.replace('_', ' '):24}" + "".join(f"{found[m][name][part]:20.3f}" for m in MODELS))
