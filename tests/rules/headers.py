#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every public header compiles alone, as C and as C++, with pedantic warnings.

usage: headers.py CFLAGS...
"""
import shutil
import subprocess
import sys

import tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
COMPILERS = [["cc", "-x", "c", "-std=c11"], ["c++", "-x", "c++", "-std=c++11"]]


def main():
    offences, checked = [], 0
    for compiler in COMPILERS:
        if shutil.which(compiler[0]) is None:
            tree.skip(f"there is no {compiler[0]}")
        for path in tree.files(".h", folders=("include",)):
            command = compiler + WARNINGS + sys.argv[1:] + ["-I", str(tree.ROOT / "include"), "-"]
            source = f"#include <{path.relative_to('include')}>\n"
            run = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
            checked += 1
            if run.returncode:
                offences.append(f"{path} with {compiler[0]}:\n{run.stderr}")
    tree.report(offences, checked, "public headers compile alone, as C and as C++")


main()
