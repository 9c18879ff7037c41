#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of at most 400 lines, functions of at most 40, and comments in C of at most 120 columns."""
import ast
import re

import tree

FILE_LINES = 400
FUNCTION_LINES = 40
COMMENT_COLUMNS = 120


def c_functions(lines):
    """(first line, name, number of lines): as the formatter leaves them, the braces of a function are
    alone in the first column."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, lines[start - 1].strip(), number - start + 1
            start = None


def python_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.name, node.end_lineno - node.lineno + 1


def comment_lines(lines):
    """(number, line): of comments that stand alone"""
    is_inside = False
    for number, line in enumerate(lines, 1):
        is_inside = is_inside or re.match(r"\s*/\*", line) is not None
        if is_inside:
            yield number, line
        is_inside = is_inside and "*/" not in line


def main():
    offences, checked = [], 0
    for path in tree.files(".c", ".h", ".py", ".sh", ".build"):
        source = tree.text(path)
        lines = source.splitlines()
        if len(lines) > FILE_LINES:
            offences.append(f"{path}: {len(lines)} lines, at most {FILE_LINES}")
        functions = ()
        if path.suffix in (".c", ".h"):
            functions = c_functions(lines)
            offences += [f"{path}:{number}: {len(line)} columns, at most {COMMENT_COLUMNS}"
                         for number, line in comment_lines(lines) if len(line) > COMMENT_COLUMNS]
        elif path.suffix == ".py":
            functions = python_functions(source)
        for start, name, length in functions:
            checked += 1
            if length > FUNCTION_LINES:
                offences.append(f"{path}:{start}: {name}: {length} lines, at most {FUNCTION_LINES}")
    tree.report(offences, checked, "short files, functions and lines of comments")


main()
