#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may include whom: data flows one way through the rooms, and so does knowledge."""
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# For each folder, the first parts of the paths, or whole paths, that it may include in quotes.
QUOTED = {
    "src/network": {"network", "layer/operation.h", "layer/shape.h"},  # what a graph is made of
    "src/format": {"format", "network", "builtin-weights.h"},  # made in weights/
    "src/explain": {"explain", "network", "layer", "kernel"},
    "src/layer": {"layer", "kernel"},
    "src/kernel": {"kernel"},
    "src/render": {"render"},
    "src/introspection": {"introspection"},
    "include/gbp": set(),
}
# The one that is a library of its own, over the public headers, for who has GObject.
BINDINGS = "src/introspection"
# What every room of the core may include: each has public functions that compute, and some need memory for it, share
# that, or share what the one lock guards that a child of fork() finds free.
COMMON = {"kernel/floating_point.h", "kernel/memory.h", "kernel/scratch.h", "kernel/shared.h"}
GSTREAMER = re.compile(r"^(gst/|glib-object\.h|gobject/)")
GST_MAY = re.compile(r"^(gbp/|gst/|glib(-object)?\.h|glib/|(math|stdio|stdlib|string)\.h$)")


def offence_in_core(room, mark, name):
    """Why a file of src/ or include/ may not include this, or None."""
    if mark == '"' and name not in COMMON and not {name, name.split("/")[0]} & QUOTED[room]:
        return "not a room that this one knows"
    if mark == "<" and GSTREAMER.match(name) and (room != BINDINGS or name.startswith("gst/")):
        return "the core knows no GStreamer and no GObject"
    return None


def offence_in_gst(mark, name):
    """The element sees the public headers, GStreamer, GLib, the C library and its own files."""
    if mark == '"':
        return None if (tree.ROOT / "gst" / name).exists() else "not a file of gst/"
    return None if GST_MAY.match(name) else "gst/ includes only <gbp/…>, GStreamer and GLib"


def check(path, mark, name):
    if path.parts[0] == "gst":
        return offence_in_gst(mark, name)
    return offence_in_core("/".join(path.parts[:2]), mark, name)


def main():
    offences, users_of_blas = [], []
    paths = tree.files(".c", ".h", folders=("gst", "src", "include"))
    for path in paths:
        for mark, name in INCLUDE.findall(tree.text(path)):
            reason = check(path, mark, name)
            if reason:
                offences.append(f"{path}: {name}: {reason}")
            if name == "cblas.h":
                users_of_blas.append(path)
    for path in users_of_blas[1:]:
        offences.append(f"{path}: cblas.h: {users_of_blas[0]} includes it, and only one file may")
    tree.report(offences, len(paths), "each folder includes only what it may know")


main()
