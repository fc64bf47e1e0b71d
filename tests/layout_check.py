"""Reads layouts with parsers that are not Drumlin's and checks them against the forms' rules and Drumlin's own table.

Usage: layout_check.py CONTROLS.json FILE.tosc|FILE.touchosc|FILE.json ...
With --dump FILE: its contents as text, for a comparison that does not hang on the version of zlib.
"""

import base64
import json
import sys
import xml.etree.ElementTree as ET
import zipfile
import zlib

ALLOWED_TOSC = {"BOX", "BUTTON", "LABEL", "TEXT", "FADER", "XY", "RADIAL", "ENCODER", "RADAR", "RADIO", "GROUP", "PAGER",
                "GRID"}
ALLOWED_MK1 = {"led", "labelh", "labelv", "push", "toggle", "xy", "faderh", "faderv", "rotaryh", "rotaryv", "encoder",
               "batteryh", "batteryv", "timeh", "timev", "multipush", "multitoggle", "multixy", "multifaderh",
               "multifaderv"}
COLOURS_MK1 = {"red", "green", "blue", "yellow", "purple", "gray", "orange", "brown", "pink"}


def contents(name):
    with open(name, "rb") as f:
        data = f.read()
    if name.endswith(".tosc"):
        assert data[0] == 0x78, "not a zlib stream"
        return zlib.decompress(data)
    if name.endswith(".touchosc"):
        with zipfile.ZipFile(name) as z:
            assert z.namelist() == ["index.xml"], z.namelist()
            assert z.testzip() is None
            return z.read("index.xml")
    return data


class Control:
    def __init__(self, name, rect, kind, messages, shows=False):
        self.name, self.rect, self.kind, self.messages, self.shows = name, rect, kind, messages, shows


def tosc_properties(node):
    found = {}
    for p in node.find("properties"):
        key, value = p.find("key").text, p.find("value")
        assert key not in found, key
        assert p.get("type") in "bifscr"
        if p.get("type") in "cr":
            found[key] = {part.tag: float(part.text) for part in value}
            assert set(found[key]) == set("rgba" if p.get("type") == "c" else "xywh")
        elif p.get("type") == "s":
            found[key] = value.text
        else:
            found[key] = float(value.text)
    return found


def rect_of(p):
    f = p["frame"]
    return (f["x"], f["y"], f["w"], f["h"])


def tosc_messages(node, variables):
    found = []
    for osc in node.findall("messages/osc"):
        assert [e.tag for e in osc] == ["enabled", "send", "receive", "feedback", "noDuplicates", "connections",
                                        "triggers", "path", "arguments"]
        assert len(osc.find("connections").text) == 10
        path = "".join(p.find("value").text for p in osc.findall("path/partial"))
        arguments = osc.findall("arguments/partial")
        assert len(arguments) == 1
        assert arguments[0].find("value").text in variables
        assert osc.find("triggers/trigger/var").text == arguments[0].find("value").text
        low, high = (float(arguments[0].find(k).text) for k in ("scaleMin", "scaleMax"))
        found.append((path, min(low, high), max(low, high)))
    return found


def read_tosc(data):
    root = ET.fromstring(data)
    assert root.tag == "lexml" and root.get("version") == "3"
    ids = [n.get("ID") for n in root.iter("node")]
    assert len(set(ids)) == len(ids), "two nodes share an ID"
    assert all(len(i) == 36 and i.count("-") == 4 for i in ids)
    assert all(n.get("type") in ALLOWED_TOSC for n in root.iter("node"))
    (top,) = root.findall("node")
    assert "function update()" in tosc_properties(top)["script"]
    (pager,) = top.findall("children/node")
    assert pager.get("type") == "PAGER"
    tabs = tosc_properties(pager)["tabbarSize"]
    screen = rect_of(tosc_properties(pager))
    pages = []
    for page in pager.findall("children/node"):
        p = tosc_properties(page)
        x, y, w, h = rect_of(p)
        assert y >= tabs and x + w <= screen[2] and y + h <= screen[3], "a page outside its screen"
        controls = []
        for node in page.findall("children/node"):
            own = tosc_properties(node)
            variables = {v.find("key").text for v in node.findall("values/value")}
            assert "touch" in variables
            assert node.get("type") == "LABEL" or "x" in variables
            controls.append(Control(own["name"], rect_of(own), node.get("type"), tosc_messages(node, variables),
                                    own["interactive"] == 0))
        pages.append((p["name"], w, h, controls))
    return pages


def read_touchosc(data):
    def text(value):
        return base64.b64decode(value, validate=True).decode()

    root = ET.fromstring(data)
    assert root.tag == "layout" and root.get("mode") == "1" and root.get("orientation") == "horizontal"
    pages = []
    for page in root.findall("tabpage"):
        controls = []
        for c in page.findall("control"):
            kind = c.get("type")
            assert kind in ALLOWED_MK1 and c.get("color") in COLOURS_MK1, kind
            rect = tuple(float(c.get(k)) for k in "xywh")
            label = kind.startswith("label")
            if label:
                text(c.get("text"))
            messages = [] if label else [(text(c.get("osc_cs")), float(c.get("scalef")), float(c.get("scalet")))]
            controls.append(Control(text(c.get("name")), rect, kind, messages, kind == "led"))
        # An iPad upright, less the bar with the pages' names.
        pages.append((text(page.get("name")), 768, 1024 - 40, controls))
    return pages


def read_osc(data):
    root = json.loads(data)
    assert root["type"] == "session" and root["createdWith"] == "Open Stage Control"
    assert root["content"]["type"] == "root" and root["content"]["id"] == "root"
    pages, ids = [], ["root"]
    for tab in root["content"]["tabs"]:
        assert tab["type"] == "tab"
        ids.append(tab["id"])
        controls = []
        for w in tab["widgets"]:
            assert w["type"] in ("text", "button", "fader", "xy"), w["type"]
            ids.append(w["id"])
            messages = []
            if w["type"] == "fader":
                messages = [(w["address"], w["range"]["min"], w["range"]["max"])]
            elif w["type"] == "button":
                messages = [(w["address"], w["off"], w["on"])]
            elif w["type"] == "xy":
                for r in (w["rangeX"], w["rangeY"]):
                    messages.append((w["address"], min(r.values()), max(r.values())))
            controls.append(Control(w["id"], (w["left"], w["top"], w["width"], w["height"]), w["type"], messages,
                                    w.get("interaction") is False))
        pages.append((tab["id"], 1024, 728, controls))
    assert len(set(ids)) == len(ids), "two widgets share an id"
    return pages


def check_page(name, width, height, controls, table, faults):
    names = [c.name for c in controls]
    for n in sorted({n for n in names if names.count(n) > 1}):
        faults.append(f"{name}: two controls are called {n}")
    for i, c in enumerate(controls):
        x, y, w, h = c.rect
        if w < 4 or h < 4 or x < 0 or y < 0 or x + w > width or y + h > height:
            faults.append(f"{name}/{c.name}: {c.rect} is not within the page")
        for d in controls[i + 1:]:
            a, b, v, g = d.rect
            if x < a + v and a < x + w and y < b + g and b < y + h:
                faults.append(f"{name}: {c.name} and {d.name} overlap")
        for path, low, high in c.messages:
            if path not in table:
                faults.append(f"{name}/{c.name}: there is no {path}")
            elif table[path] and (abs(table[path][0] - low) > 1e-4 or abs(table[path][1] - high) > 1e-4):
                faults.append(f"{name}/{c.name}: {low}..{high}, but {path} is {table[path]}")


def own_table(name):
    """The range of each path; None where it has none of its own."""
    with open(name, encoding="utf-8") as f:
        controls = json.load(f)
    table = {p["path"]: (p["low"], p["high"]) for p in controls["parameters"]}
    table.update({c["path"]: None for c in controls["commands"]})
    table.update({p["path"]: None for p in controls["paths"]})
    table["/drumlin/kit/xy"] = table["/drumlin/kit/x"]
    table["/drumlin/style/xy"] = table["/drumlin/style/x"]
    return table


def wanted_paths():
    """What a performer must find somewhere."""
    names = "BD SD CP RS CH OH LT MT HT CC RC PC".split()
    wanted = ["play", "stop", "tap", "tempo", "density", "temperature", "repeat", "fill", "freeze", "regenerate", "vary",
              "scene", "scene/store", "scene/clear", "scene/morph", "scene/a", "scene/b", "pattern/edit"]
    wanted += [f"{n}/{p}" for n in names for p in ("level", "pan", "mute", "solo", "trigger", "lock")]
    wanted += [f"{n}/step/{s}" for n in names for s in range(1, 17)]
    wanted += [f"{n}/plays/{s}" for n in names for s in range(1, 17)]
    return {"/drumlin/" + w for w in wanted}


def check(name, table):
    read = {"tosc": read_tosc, "touchosc": read_touchosc, "json": read_osc}[name.rsplit(".", 1)[1]]
    pages, faults = read(contents(name)), []
    for page in pages:
        check_page(*page, table, faults)
    paths = {path for page in pages for c in page[3] for path, _, _ in c.messages}
    faults += [f"no control for {w}" for w in sorted(wanted_paths() - paths)]
    pads = {"/drumlin/kit/xy", "/drumlin/style/xy"}
    if not (pads <= paths or {"/drumlin/kit/x", "/drumlin/kit/y", "/drumlin/style/x", "/drumlin/style/y"} <= paths):
        faults.append("no pads for kits and styles")
    numbers = sorted(high for page in pages for c in page[3] for path, _, high in c.messages if path == "/drumlin/scene")
    if numbers != list(range(1, 17)):
        faults.append(f"scenes: {numbers}")
    for fault in faults:
        print(f"{name}: {fault}")
    print(f"{name}: {len(pages)} pages, {sum(len(p[3]) for p in pages)} controls, {len(paths)} paths")
    return not faults


def main():
    if sys.argv[1] == "--dump":
        sys.stdout.buffer.write(contents(sys.argv[2]))
        return 0
    table = own_table(sys.argv[1])
    return 0 if all([check(name, table) for name in sys.argv[2:]]) else 1


sys.exit(main())
