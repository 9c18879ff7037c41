#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Count the checks in meson's logs and print what was skipped or failed, then one line of totals.

usage: summarize.py TESTLOG.json...

A program on libcheck counts as many checks as it says; any other test counts as one. A line
"skipped: REASON" counts as a skipped check, whether the whole test was skipped or a part of it.
"""
import json
import re
import sys

CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.MULTILINE)
SKIPPED = re.compile(r"^skipped: (.*)$", re.MULTILINE)
GOOD = ("OK", "EXPECTEDFAIL")


def count(test):
    """Passed, failed, and the reasons of the skipped checks of one test."""
    output = test.get("stdout", "")
    rows = [tuple(map(int, row)) for row in CHECKS.findall(output)]
    bad = sum(failures + errors for _, failures, errors in rows)
    passed = sum(checks for checks, _, _ in rows) - bad
    skipped = SKIPPED.findall(output)
    if test["result"] == "SKIP":
        return 0, 0, skipped or ["no reason given"]
    if test["result"] in GOOD:
        return max(passed, 1), 0, skipped
    return passed, max(bad, 1), skipped


def main():
    total_passed = total_failed = total_skipped = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
        for test in tests:
            passed, failed, skipped = count(test)
            for reason in skipped:
                print(f"skipped: {test['name']}: {reason}")
            if failed:
                print(f"failed: {test['name']}: {test['result'].lower()}")
            total_passed += passed
            total_failed += failed
            total_skipped += len(skipped)
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main())
