#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Words are spelled as codespell knows them, and shell scripts pass shellcheck.

usage: linters.py codespell|shellcheck
"""
import shutil
import subprocess
import sys

import tree

OPTIONS = {
    "codespell": ["--ignore-words-list=inout,gir"],  # GObject introspection's terms
    "shellcheck": ["--external-sources", "--exclude=SC2015"],  # "test && test || fail" is meant as it reads
}
DOCUMENTS = ["README.md", "NEWS.md", "CONTRIBUTING.md", "meson.build"]


def documents():
    paths = tree.files(".c", ".h", ".py", ".sh", ".build", ".md", ".txt")
    return paths + [name for name in DOCUMENTS if (tree.ROOT / name).exists()]


def main():
    linter = sys.argv[1]
    if shutil.which(linter) is None:
        tree.skip(f"there is no {linter}")
    paths = tree.shell_scripts() if linter == "shellcheck" else documents()
    command = [linter, *OPTIONS[linter], *map(str, paths)]
    run = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    offences = (run.stdout + run.stderr).splitlines()
    if run.returncode and not offences:
        offences = [f"{linter} ended with {run.returncode}"]
    tree.report(offences if run.returncode else [], len(paths), f"{linter} has nothing to say")


main()
