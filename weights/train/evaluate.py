#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the weight file on held-out scenes, with the C library, against the untrained network.

tests/weights/evaluate computes everything about a scene; here it is only counted. Writes evaluation.md.
"""
import argparse
import csv
import math
import pathlib
import subprocess

import numpy as np
import torch

import reference
from scenes import Maker
from sheets import write_sheets

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build-test"
MEASURES = ("guided", "gradient", "deconvnet", "block5-guided", "block5-gradient")
# Marks a little under evaluation.md's figures; "-points" are means, ratios medians.
LEAST = {"right": 0.88, "guided": 3.0, "gradient": 4.0, "gradient-points": 0.65, "block5-guided": 3.0}
TITLES = ("guided", "gradient", "deconvnet", "guided, all of block5_conv4", "gradient, all of block5_conv4")


def evaluate_in_c(weights, sheets, *options):
    subprocess.run([BUILD / "tests/weights/evaluate", "--weights", weights, *options, *sheets], check=True,
                   stdout=subprocess.DEVNULL)


def read_csv(path):
    """Columns by name, one value a scene."""
    with open(path, encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def median_interval(values, n=4000):
    """The median, and where 95 % of the medians of resampled scenes lie."""
    rng = np.random.default_rng(1)
    medians = np.median(values[rng.integers(0, len(values), (n, len(values)))], axis=1)
    return np.median(values), *np.quantile(medians, (0.025, 0.975))


def sign_test(first, second):
    """How often first is above second, and how probable that or more is if neither were the better one."""
    wins, n = int((first > second).sum()), int((first != second).sum())
    log_p = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
             for k in range(wins, n + 1)]
    top = max(log_p)
    return wins, n, (top + math.log(sum(math.exp(p - top) for p in log_p))) / math.log(10)


def logits_error(weights, sheets, maker, folder, n=16):
    """The largest relative error over scenes, |C - PyTorch| / |PyTorch|."""
    path = folder / "logits.f64"
    evaluate_in_c(weights, sheets[:1], "--most", str(n), "--logits", path)
    ours = np.fromfile(path).reshape(n, -1)
    images = torch.from_numpy(np.stack([maker.scene(i).image for i in range(n)]))
    expected = reference.Reference(weights).logits(images).numpy()
    return (np.linalg.norm(ours - expected, axis=1) / np.linalg.norm(expected, axis=1)).max()


def table(trained, untrained):
    """Markdown: the measures of both networks, and whether the difference may be chance."""
    counts = trained["counts"] > 0
    lines = [f"{len(counts)} held-out scenes; localisation on the {counts.sum()} of them whose mask is 5 to 25 % of "
             "the image and whose ground's mean edge energy is at least the object's.", "",
             "| measure | trained | untrained | trained is higher |", "|---|---|---|---|",
             f"| accuracy | {trained['right'].mean():.3f} | {untrained['right'].mean():.3f} | |"]
    for name, title in zip(MEASURES, TITLES):
        cells = ["{:.2f} ({:.2f} to {:.2f})".format(*median_interval(side[name][counts]))
                 for side in (trained, untrained)]
        wins, n, log_p = sign_test(trained[name][counts], untrained[name][counts])
        lines.append(f"| {title}: ratio | {cells[0]} | {cells[1]} | {wins} of {n}, p = 10^{log_p:.1f} |")
        points = [side[name + "-points"][counts].mean() for side in (trained, untrained)]
        lines.append(f"| {title}: pointing game | {points[0]:.2f} | {points[1]:.2f} | |")
    chance = trained["area"][counts].mean()
    lines.append(f"| chance: ratio, pointing game | 1, {chance:.2f} | | |")
    return lines


def check(trained, untrained, error):
    """The trained network reaches the marks, the untrained one none of them, and C agrees with PyTorch."""
    good = error <= 1e-3
    for name, least in LEAST.items():
        values = []
        for side in (trained, untrained):
            counting = side[name] if name == "right" else side[name][side["counts"] > 0]
            values.append(np.mean(counting) if name == "right" or name.endswith("-points") else np.median(counting))
        passed = values[0] >= least > values[1]
        print(f"{'ok' if passed else 'FAILED'} {name}: trained {values[0]:.3f}, mark {least}, untrained {values[1]:.3f}")
        good = good and passed
    if not good:
        raise SystemExit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, default=HERE.parent / "builtin.safetensors")
    parser.add_argument("--scenes", type=int, default=800)
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parent / "evaluation.md")
    parser.add_argument("--check", action="store_true", help="fail if the network is worse than it was")
    options = parser.parse_args()
    folder = HERE / "runs" / "evaluation"
    maker = Maker("held-out")
    sheets = write_sheets(folder, maker, options.scenes)
    found = []
    for name, weights in (("trained", options.weights), ("untrained", BUILD / "weights/untrained.safetensors")):
        evaluate_in_c(weights, sheets, "--csv", folder / f"{name}.csv")
        found.append(read_csv(folder / f"{name}.csv"))
    lines = table(*found)
    error = logits_error(options.weights, sheets, maker, folder)
    lines += ["", f"Logits, C against PyTorch in double precision: relative error at most {error:.1e} (16 scenes)."]
    options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    if options.check:
        check(*found, error)


if __name__ == "__main__":
    main()
