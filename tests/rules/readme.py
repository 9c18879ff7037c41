#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The README says what is: its links lead somewhere, its commands find tests, its C is an example's, its properties are the element's.

usage: readme.py FOLDER_OF_THE_PLUGIN
"""
import os
import re
import subprocess
import sys
import tempfile

import tree

LINK = re.compile(r"\]\(([^)#]+)\)")
C_BLOCK = re.compile(r"```c\n(.*?)```", re.DOTALL)
ROW = re.compile(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| ([^|]*)\| ([^|]*)\|", re.MULTILINE)
PROPERTY = re.compile(r"^  ([a-z-]+) +: .*\n +flags: (.*)\n +(.*)$", re.MULTILINE)
MESON_TEST = re.compile(r"meson test (?:--?[\w-]+ )*?-C (\S+)")
INHERITED = {"name", "parent", "qos"}


def check_links(document):
    targets = [link for link in LINK.findall(tree.text(document)) if "://" not in link]
    return [f"{document}: there is no {link}" for link in targets if not (tree.ROOT / link).exists()]


def check_c(readme):
    example = tree.text("examples/explain.c")
    blocks = C_BLOCK.findall(readme)
    offences = [f"README.md: not in examples/explain.c:\n{b}" for b in blocks if b not in example]
    return offences if blocks else ["README.md: shows no C"]


def check_commands(document):
    """Tests are built in build-test, which tests/run.sh makes; the quickstart's build has none."""
    folders = MESON_TEST.findall(tree.text(document))
    return [f"{document}: meson test -C {f}: there are no tests in it" for f in folders if f != "build-test"]


def inspect(folder):
    """{property: (flags, type and default)} of the element that was built."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ, GST_PLUGIN_PATH=folder, GST_REGISTRY=f"{scratch}/registry")
        command = ["gst-inspect-1.0", "gbpsaliency"]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {name: rest for name, *rest in PROPERTY.findall(run.stdout) if name not in INHERITED}


def check_property(name, kind, changes, properties):
    """What one cell of the README's table says against what the element says."""
    if name not in properties:
        return [f"README.md: the element has no property {name}"]
    flags, described = properties[name]
    offences = []
    if ("changeable only in NULL or READY" in flags) != (changes.strip() == "no"):
        offences.append(f"README.md: {name}: while playing: {changes.strip()}, but {flags}")
    if ("controllable" in flags) != ("controllable" in changes):
        offences.append(f"README.md: {name}: {changes.strip()}, but {flags}")
    default = re.search(r'Default: (?:\d+, )?"?([^" ,]*)', described)
    named = re.findall(r"[\w.-]+", kind)
    value = default.group(1) if default else ""
    if value not in ("", "null") and value not in named:
        offences.append(f"README.md: {name}: {kind.strip()}, but the default is {value}")
    return offences


def check_properties(readme, properties):
    offences, listed = [], set()
    for names, kind, changes in ROW.findall(readme):
        for name in re.findall(r"[a-z-]+", names):
            listed.add(name)
            offences += check_property(name, kind, changes, properties)
    missing = sorted(set(properties) - listed)
    return offences + [f"README.md: says nothing about the property {name}" for name in missing]


def main():
    readme = tree.text("README.md")
    offences = check_c(readme)
    for document in ("README.md", "NEWS.md", "CONTRIBUTING.md"):
        offences += check_links(document)
        offences += check_commands(document)
    properties = inspect(sys.argv[1])
    offences += check_properties(readme, properties)
    tree.report(offences, len(properties), "the README says what is")


main()
