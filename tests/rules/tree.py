#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the source tree, and how a rule reports what breaks it."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("gst", "src", "include", "tests", "weights", "examples", "docs", "debian", ".ci")

OTHERS = {"__pycache__", "runs"}  # what Python and the training leave behind


def files(*suffixes, folders=FOLDERS):
    """Paths relative to the root, in order, of the files with one of these suffixes."""
    found = []
    for folder in folders:
        for directory, _, names in os.walk(ROOT / folder):
            found += [pathlib.Path(directory, name) for name in names if name.endswith(suffixes)]
    return sorted(path.relative_to(ROOT) for path in found if not OTHERS & set(path.parts))


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def shell_scripts():
    """Scripts by their first line, whatever they are called."""
    return [path for path in files("") if is_shell(path)]


def is_shell(path):
    with open(ROOT / path, "rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and first.rstrip().endswith((b"/sh", b"/bash", b" sh", b" bash"))


def report(offences, checked, rule):
    """Print what breaks the rule and end the program."""
    for offence in offences:
        print(offence)
    if not checked:
        print(f"nothing to check: {rule}")
    print(f"{len(offences)} offences in {checked} checked: {rule}")
    sys.exit(1 if offences or not checked else 0)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)
