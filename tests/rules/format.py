#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""C as the formatter writes it, by the version that Debian 12 has, since others write differently."""
import shutil
import subprocess

import tree


def find_formatter():
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            run = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
            if " version 14." in run.stdout:
                return name
    return tree.skip("there is no clang-format 14")


def main():
    paths = tree.files(".c", ".h")
    command = [find_formatter(), "--style=file", "--dry-run", *map(str, paths)]
    run = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=True)
    bad = sorted({line.split(":")[0] for line in run.stderr.splitlines() if ": warning: " in line})
    offences = [f"{path}: not as {command[0]} -i would leave it" for path in bad]
    tree.report(offences, len(paths), "C is formatted")


main()
