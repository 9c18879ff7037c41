#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is hardened: looked at in the files themselves, as they are after an installation.

usage: hardening.py BUILD COUNT yes|no COMPILER...
  BUILD     the build folder; it is installed into a temporary folder
  COUNT     how many such files there are
  yes|no    whether the compiler was told to take the C library's checked functions
  COMPILER  the command
"""
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import tree

# Checked wherever any call is, since what they write depends on what they are given.
PRINTING = {"printf", "fprintf", "vprintf", "vfprintf", "sprintf", "snprintf", "vsprintf", "vsnprintf"}
# Checked where the compiler knows how much room there is, and cannot see that it is enough.
IMPORT = re.compile(r" UND (\w+)")
FUNCTION = re.compile(r"^[0-9a-f]+ <(gbp_\w+|gst_plugin_\w+|main)>:\n[^\t]*\t(\w+)", re.MULTILINE)
RUN_PATH = re.compile(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def install(build, target):
    """The installed files that the system loads."""
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", target)
    paths = [path for path in pathlib.Path(target).rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in paths if path.read_bytes()[:4] == b"\x7fELF"]


def check_segments(file):
    """Which parts of its memory can be written or executed."""
    segments = run("readelf", "--wide", "--segments", file)
    stack = re.search(r"GNU_STACK .* (R?W?E?) +0x\w+$", segments, re.MULTILINE)
    if not stack or "E" in stack.group(1):
        yield "its stack can be executed"
    if "GNU_RELRO" not in segments:
        yield "what is relocated stays writable: no GNU_RELRO"
    if re.search(r"^ +LOAD .* RWE ", segments, re.MULTILINE):
        yield "a part of it can be written and executed"


def check_dynamic(file, build):
    """What the loader does with it."""
    dynamic = run("readelf", "--wide", "--dynamic", file)
    if not re.search(r"\(FLAGS(?:_1)?\).*\b(?:BIND_NOW|NOW)\b", dynamic):
        yield "its functions are bound when they are called: no BIND_NOW"
    if "TEXTREL" in dynamic:
        yield "its code is relocated: TEXTREL"
    if not re.search(r"Type: +DYN ", run("readelf", "--file-header", file)):
        yield "it is loaded at a fixed address"
    for path in ":".join(RUN_PATH.findall(dynamic)).split(":"):
        if path.startswith(build) or path and not path.startswith("/"):
            yield f"it looks for libraries in {path}"


def check_imports(file, fortified):
    """What it calls of the C library."""
    names = set(IMPORT.findall(run("readelf", "--wide", "--dyn-syms", file)))
    if "__stack_chk_fail" not in names:
        yield "no function guards its stack"
    if fortified:
        for name in sorted(names & PRINTING):
            yield f"it calls {name}, not the checked one"


def is_checked(file):
    """Whether it calls one of the C library's checked functions: a file that copies only where the compiler does not
    know the size calls none."""
    names = IMPORT.findall(run("readelf", "--wide", "--dyn-syms", file))
    return any(name.endswith("_chk") and name != "__stack_chk_fail" for name in names)


def has_features(file):
    notes = run("readelf", "--wide", "--notes", file)
    return all(re.search(rf"x86 feature: .*\b{feature}\b", notes) for feature in ("IBT", "SHSTK"))


def check_control_flow(file, startup):
    """Indirect jumps land where they may, and calls return to where they came from. x86 alone has notes of that;
    the linker writes one where all objects have it, and a distribution's first one may not."""
    if platform.machine() != "x86_64":
        return
    functions = FUNCTION.findall(run("objdump", "--disassemble", "--no-show-raw-insn", file))
    if not functions:
        yield "it has no function to look at"
    for name, instruction in functions:
        if instruction != "endbr64":
            yield f"{name} is no place to jump to: it begins with {instruction}"
    if has_features(startup) and not has_features(file):
        yield "it lacks the notes IBT and SHSTK, which its objects have"


def main():
    build, count = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    fortified, compiler = sys.argv[3] == "yes", sys.argv[4:]
    startup = run(*compiler, "-print-file-name=crti.o").strip()
    with tempfile.TemporaryDirectory() as target:
        files = install(build, target)
        offences = []
        for file in files:
            found = [*check_segments(file), *check_dynamic(file, build), *check_imports(file, fortified)]
            found += check_control_flow(file, startup)
            offences += [f"{file.name}: {offence}" for offence in found]
        if fortified and not any(is_checked(file) for file in files):
            offences.append("no file calls a checked function of the C library")
    if len(files) != count:
        offences.append(f"{count} files are loaded by the system, and {len(files)} are installed")
    tree.report(offences, len(files), "what is installed is hardened")


main()
