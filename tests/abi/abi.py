#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs that are compiled already rely on, against a list of it: the library's symbols, prototypes, the values
of enumerations and constants, and where the members of structures lie.

usage: abi.py [--update] LIST LIBRARY HEADER... -- CFLAGS...
  --update  writes the list instead: to add what is new, on purpose
What is gone or different breaks programs. Sizes are those of machines with 64 bits, and are compared there.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
ENUM = re.compile(r"typedef enum \{([^}]*)\} (\w+);")
STRUCT = re.compile(r"typedef struct(?: \w+)? \{([^}]*)\} (\w+);")
OPAQUE = re.compile(r"typedef struct _\w+ (\w+);")
FUNCTION = re.compile(r"^GBP_(?:API|AVAILABLE_IN_\d+_\d+) ([^;{]*?\b(\w+) \([^;]*\));", re.MULTILINE)
CONSTANT = re.compile(r"^#define (GBP_\w+)[ \t]+(\(?-?[\d.]+\)?)$", re.MULTILINE)
MEMBER = re.compile(r"\b(\w+)(?:\[\w+\])*$")
VERSION = re.compile(r"GBP_(MAJOR|MINOR|MICRO)_VERSION")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def flatten(text):
    return " ".join(text.split()).replace("( ", "(")


def describe_members(body, name):
    """printf()s of the members of a structure."""
    for declaration in filter(None, map(flatten, body.split(";"))):
        member = MEMBER.search(declaration).group(1)
        place = f"offsetof ({name}, {member}), sizeof (({name} *) 0)->{member}"
        yield f'printf ("  at %zu, %zu bytes: {declaration}\\n", {place});'


def describe_header(text):
    """The statements of a program that prints what a header declares."""
    for body, name in ENUM.findall(text):
        yield f'printf ("enum {name}: %zu bytes\\n", sizeof ({name}));'
        for constant in re.findall(r"\bGBP_\w+", body):
            yield f'printf ("  {constant} = %d\\n", (int) {constant});'
    for body, name in STRUCT.findall(text):
        yield f'printf ("struct {name}: %zu bytes, aligned to %zu\\n", sizeof ({name}), _Alignof ({name}));'
        yield from describe_members(body, name)
    for name in OPAQUE.findall(text):
        yield f'printf ("opaque {name}\\n");'
    for name, _ in CONSTANT.findall(text):
        if not VERSION.fullmatch(name):
            yield f'printf ("constant {name} = %g\\n", (double) {name});'
    for prototype, _ in FUNCTION.findall(text):
        yield f'printf ("{flatten(prototype)}\\n");'


def describe(headers, flags):
    """The lines that such a program prints, compiled and run; the first is of the machine."""
    texts = [COMMENT.sub("", path.read_text(encoding="utf-8")) for path in headers]
    includes = ["stddef.h", "stdio.h"] + [str(path.resolve()) for path in headers]
    lines = [f"#include <{name}>" for name in includes[:2]] + [f'#include "{name}"' for name in includes[2:]]
    lines += ["int main (void) {", 'printf ("%zu\\n", sizeof (void *));']
    lines += [statement for text in texts for statement in describe_header(text)] + ["return 0; }"]
    with tempfile.TemporaryDirectory() as scratch:
        pathlib.Path(scratch, "abi.c").write_text("\n".join(lines), encoding="utf-8")
        run(*os.environ.get("CC", "cc").split(), f"{scratch}/abi.c", "-o", f"{scratch}/abi", *flags)
        return run(f"{scratch}/abi").splitlines()


def list_symbols(library):
    return sorted("symbol " + line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines())


def main():
    arguments = sys.argv[1:]
    update = arguments[0] == "--update"
    split = arguments.index("--")
    names, library, *headers = arguments[update:split]
    pointer, *found = describe(sorted(map(pathlib.Path, headers)), arguments[split + 1 :])
    if pointer != "8":
        print("skipped: the list is of machines with 64 bits")
        sys.exit(77)
    found += list_symbols(library)
    listed = pathlib.Path(names)
    if update:
        listed.write_text("\n".join(found) + "\n", encoding="utf-8")
    expected = listed.read_text(encoding="utf-8").splitlines()
    changes = list(difflib.unified_diff(expected, found, names, library, lineterm="", n=1))
    print("\n".join(changes))
    if changes:
        print("what is gone (-) breaks programs that are compiled; what is new (+) is added by: ninja update-abi")
    print(f"{len(found)} lines compared with {names}")
    sys.exit(1 if changes or not found else 0)


main()
