#!/usr/bin/env python3
"""leaderboard.py FOLDER MINUTES PAGE: writes what scripts/leaderboard.sh has measured into the page, between
its two marks."""
import json
import pathlib
import struct
import sys

MARKS = ("<!-- leaderboard: written by make leaderboard -->\n", "<!-- end of leaderboard -->\n")
BASELINES = ["position-marginal", "Markov", "repeat", "best mixture"]


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def steps_learned(model):
    """From the metadata of a model file: the steps that its weights have seen."""
    with open(model, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        return int(json.loads(f.read(size))["__metadata__"]["steps"])


def collections(report):
    return {c["name"]: c for c in report["collections"]}


def row(collection, name, trained_on=None):
    """A scorer's figures on a collection: those of the network that was told nothing, or of a baseline."""
    for r in collection["rows"]:
        if r["name"] == name and r.get("given", "") == "" and r.get("trained_on") == trained_on:
            return r
    return {}


def figure(values, key, digits=3):
    value = values.get(key)
    return "" if value is None else f"{value:.{digits}f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    return lines + ["| " + " | ".join(r) + " |" for r in rows] + [""]


def hits_cells(figures, name):
    cells = [figure(figures, "hits")]
    if name != "groove":
        cells += [figure(figures, "first_pass"), figure(figures, "loop")]
    return cells


def hits_table(names, baselines, nets):
    head = ["hits, bits per step", "weights", "learned from", "a step"]
    for name in names:
        head += [name] + (["first pass", "loop"] if name != "groove" else [])
    rows = []
    for b in BASELINES:
        cells = [b, "", "", ""]
        for name in names:
            cells += hits_cells(row(baselines[name], b, name).get("twelve", {}), name)
        rows.append(cells)
    for arch, net in nets.items():
        cells = [f"**{arch}**", f"{net['weights']:,}", f"{net['steps'] / 1e6:.1f} M steps", f"{net['step_us']:.0f} us"]
        for name in names:
            cells += hits_cells(row(net["by"][name], arch)["twelve"], name)
        rows.append(cells)
    return table(head, rows)


def details_table(names, nets):
    head = ["per hit, and everything per step"]
    for name in names:
        head += [f"{name}: velocity", "microtiming", "total"]
    rows = []
    for arch, net in nets.items():
        cells = [arch]
        for name in names:
            of = row(net["by"][name], arch)["twelve"]
            cells += [figure(of, "velocity_per_hit"), figure(of, "offset_per_hit"), figure(of, "total")]
        rows.append(cells)
    return table(head, rows)


def nine_table(names, baselines, nets, magenta):
    rows = []
    for b in BASELINES:
        rows.append([b, "", ""] + [figure(row(baselines[n], b, n).get("nine", {}), "hits") for n in names])
    rows.append(["Magenta's drum_kit", f"{magenta['parameters']:,}", f"{magenta['step_us']:.0f} us"]
                + [figure(collections(magenta)[n], "hits") for n in names])
    for arch, net in nets.items():
        rows.append([f"**{arch}**", f"{net['weights']:,}", f"{net['step_us']:.0f} us"]
                    + [figure(row(net["by"][n], arch)["nine"], "hits") for n in names])
    return table(["hits in nine classes, bits per step", "weights", "a step"] + names, rows)


def styles_table(names, baselines, nets):
    rows = []
    for name in names:
        steps = baselines[name]["style_steps"]
        for style in sorted(steps, key=lambda s: -steps[s]):
            known = {b: row(baselines[name], b, name)["twelve"]["styles"][style] for b in BASELINES}
            best = min(known, key=known.get)
            cells = [name, style, f"{steps[style]:,}", f"{known[best]:.3f} ({best})"]
            own = {a: row(n["by"][name], a)["twelve"]["styles"][style] for a, n in nets.items()}
            for value in own.values():
                mark = "**" if value == min(own.values()) else ""
                cells.append(f"{mark}{value:.3f}{mark}" + (" (!)" if value > known[best] else ""))
            rows.append(cells)
    return table(["", "style", "steps", "best baseline"] + list(nets), rows)


def put_between(page, marks, lines):
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(marks[0])
    _, mark, after = rest.partition(marks[1])
    if not mark:
        sys.exit(f"{page}: the marks are not there: {marks}")
    page.write_text(before + marks[0] + "\n".join(lines) + marks[1] + after, encoding="utf-8")


def main():
    folder, minutes, page = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    baselines = collections(load(folder / "baselines.json"))
    nets = {}
    for model in folder.glob("*.safetensors"):
        report = load(model.with_suffix(".json"))
        nets[model.stem] = {**report, "by": collections(report), "steps": steps_learned(model)}
    names = [n for n in ("groove", "electronic") if n in baselines]
    names += [n for n in baselines if n not in names]
    first = names[0]
    nets = dict(sorted(nets.items(), key=lambda n: row(n[1]["by"][first], n[0])["twelve"]["hits"]))
    lines = [f"{minutes} minutes of the processor's time each, one thread, seed 1, neither style nor tempo given.", ""]
    lines += hits_table(names, baselines, nets) + details_table(names, nets)
    lines += nine_table(names, baselines, nets, load(folder / "magenta.json"))
    lines += ["By style, hits, bits per step; the best network's in bold, (!) where the best baseline is better:", ""]
    lines += styles_table(names, baselines, nets)
    put_between(page, MARKS, lines)


if __name__ == "__main__":
    main()
