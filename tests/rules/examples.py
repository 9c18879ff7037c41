#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that the public headers show compile without a warning, and do what they say.

usage: examples.py LIBRARY CFLAGS...
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import tree

# In a comment, a block of lines that are indented by four spaces more than its text.
BLOCK = re.compile(r"^ \*\n((?: \*     .*\n| \*\n)+)", re.MULTILINE)
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]


def find_programs(path):
    blocks = [block.replace(" *     ", "").replace(" *\n", "\n") for block in BLOCK.findall(tree.text(path))]
    return [block for block in blocks if "main (" in block]


def run(program, library, flags):
    """The fault, or None; every program here writes a picture of 224 × 224 pixels."""
    folder = os.path.dirname(library)
    with tempfile.TemporaryDirectory() as scratch:
        source, binary = pathlib.Path(scratch, "example.c"), str(pathlib.Path(scratch, "example"))
        source.write_text(program, encoding="utf-8")
        command = ["cc", str(source), "-o", binary, *WARNINGS, *flags, library, "-lglib-2.0", f"-Wl,-rpath,{folder}"]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode:
            return compiled.stderr
        ran = subprocess.run([binary], capture_output=True, check=False)
    if ran.returncode:
        return f"ends with {ran.returncode}: {ran.stderr.decode()}"
    pixels = {ran.stdout[i : i + 3] for i in range(0, len(ran.stdout), 3)}
    if len(ran.stdout) != 3 * 224 * 224 or len(pixels) < 50:
        return f"writes {len(ran.stdout)} bytes in {len(pixels)} colours, which are no picture"
    return None


def main():
    library, *flags = sys.argv[1:]
    offences, checked = [], 0
    for path in tree.files(".h", folders=("include",)):
        for program in find_programs(path):
            checked += 1
            fault = run(program, library, flags)
            if fault:
                offences.append(f"{path}: {fault}")
    tree.report(offences, checked, "the headers' programs compile and run")


main()
