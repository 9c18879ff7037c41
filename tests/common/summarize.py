#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Count the checks in meson's logs and print what was skipped or failed, and its last words, then one line of totals.

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
LAST_WORDS = 20  # lines of what a failed test says


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


def describe_failure(test):
    """Which test failed, how, and the ends of what it said, each line behind the same word for whoever collects them."""
    yield f"{test['name']}: {test['result'].lower()} after {test.get('duration', 0):.0f} s"
    for stream in ("stdout", "stderr"):
        for line in test.get(stream, "").splitlines()[-LAST_WORDS:]:
            yield f"  {line}"


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
                for line in describe_failure(test):
                    print(f"failed: {line}")
            total_passed += passed
            total_failed += failed
            total_skipped += len(skipped)
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main())
