#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library exports what its headers declare, and the core keeps no state at file scope.

usage: symbols.py LIBGBP.so ARCHIVE_OF_THE_CORE...
"""
import re
import subprocess
import sys

import tree

DECLARED = re.compile(r"^GBP_(?:API|AVAILABLE_IN_\d+_\d+) [^;(]*?\b(gbp_\w+) \(", re.MULTILINE)
VARIABLE = re.compile(r" O (\.t?data|\.t?bss|\*COM\*)\S*\s+\S+\s+(?:\.hidden )?([\w.]+)")
MEMBER = re.compile(r"([\w-]+)\.c\.o:")

# Every variable that lives as long as the process, as room_file:name, and why.
STATE = {
    "_weights_builtin-weights:static_resource": "the built-in network, by glib-compile-resources",
    "format_shared:table": "weak references to the networks that are loaded",
    "format_shared:loading": "of two that want the same file, one loads and the other waits",
    "format_shared:has_loaded": "what the other waits for",
    "format_shared:generation": "after how many forks that is",
    "kernel_kernels:chosen": "the kernels for this CPU, set once",
    "kernel_blas:blas": "OpenBLAS' functions, found once, when the first one is needed",
    "kernel_blas:once": "that once",
    "kernel_scratch:all": "the buffers that explanations, and renderers, share while they compute",
    "kernel_cpus:quota": "CPUs that the control group allows, known for a second",
    "kernel_cpus:quota_second": "and in which second that was",
    "kernel_cpus:wish": "CPUs that the environment wants, read once",
    "kernel_helpers:pool": "the helper threads, which all explanations borrow in turn",
    "kernel_shared:lock": "guards the helpers, the table of networks, and what the explanations of one share, over a fork too",
    "kernel_shared:is_fork_safe": "whether fork() knows of the lock",
    "kernel_shared:generation": "counts forks, in the child",
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def check_exports(library):
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    exported = {line.split()[-1] for line in lines}
    declared = set()
    for path in tree.files(".h", folders=("include",)):
        declared |= set(DECLARED.findall(tree.text(path)))
    offences = [f"{name}: exported, but in no public header" for name in exported - declared]
    offences += [f"{name}: in a public header, but not exported" for name in declared - exported]
    return sorted(offences), len(exported)


def check_state(archives):
    offences, member = [], None
    for line in run("objdump", "-t", *archives).splitlines():
        opened = MEMBER.search(line)
        variable = VARIABLE.search(line)
        member = opened.group(1) if opened else member
        # constant tables of pointers are read-only once they are relocated
        if variable and not line.split(" O ")[1].startswith(".data.rel.ro"):
            # static in a function: gcc appends a number, clang puts the function before it
            name = f"{member}:{re.sub(r'[.][0-9]+$', '', variable.group(2)).split('.')[-1]}"
            if name not in STATE:
                offences.append(f"{name}: mutable at file scope")
    return offences


def main():
    library, *archives = sys.argv[1:]
    offences, checked = check_exports(library)
    offences += check_state(archives)
    tree.report(offences, checked, "exports are the public headers', no state at file scope")


main()
