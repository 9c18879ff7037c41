#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program's manual page: a template, with the options that the program's own --help lists.

usage: manual.py TEMPLATE VERSION PROGRAM >PAGE
In the template a line @OPTIONS@ stands for the options, @VALUES@ for what --help says behind them, and @VERSION@
for the version.
"""
import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"^  ((?:-\w, )?--[\w-]+)(?:=(\S+))?\s*(.*)$")
HEADING = "Application Options:\n"


def escape(text):
    """Text as roff shows it: a hyphen that can be searched and copied, and no control line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def options(listing):
    for line in listing.splitlines():
        names, value, meaning = OPTION.match(line).groups()
        yield ".TP\n\\fB" + escape(names) + "\\fR" + (f"=\\fI{escape(value)}\\fR" if value else "")
        yield escape(meaning)


def read_help(program):
    """What --help says: the list of the program's options, and what comes behind that."""
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    run = subprocess.run([program, "--help"], env=environment, capture_output=True, encoding="utf-8", check=True)
    listing, _, values = run.stdout.partition(HEADING)[2].partition("\n\n")
    return "\n".join(options(listing)), ".nf\n" + escape(values.strip()) + "\n.fi"


def main():
    template, version, program = sys.argv[1:]
    listing, values = read_help(program)
    page = pathlib.Path(template).read_text(encoding="utf-8")
    for mark, text in (("@OPTIONS@", listing), ("@VALUES@", values), ("@VERSION@", version)):
        page = page.replace(mark, text)
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(page)


main()
