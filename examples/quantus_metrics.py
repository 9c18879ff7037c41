#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Quantus' metrics of what gbp-saliency writes.

usage: gbp-saliency in.mp4 --class top --raw maps.npy --scores scores.csv
       quantus_metrics.py maps.npy scores.csv [MASKS.npy]

Prints a row for each frame: the class with the highest score, how sparse and how complex its map is and, with MASKS.npy
(bool [frames][height][width], where the object is), how much of the relevance lies on the object. Quantus' metrics that
perturb the network's input need a network in Python; docs/honest.md has such figures for the built-in one.
Needs from PyPI quantus, and what it rests on.
"""

import csv
import sys

import numpy
import quantus

QUIET = {"disable_warnings": True, "display_progressbar": False}


def read_top(path):
    """The name and score of the strongest class of each frame."""
    with open(path, newline="") as table:
        return {int(row["frame"]): row for row in csv.DictReader(table) if row["rank"] == "1"}


def rows(maps, masks):
    """Quantus' metrics, by name, each with a value for every frame."""
    strengths = numpy.abs(maps).max(axis=-1, keepdims=True).transpose(0, 3, 1, 2)  # Quantus wants channels first
    frames = {
        "model": None,
        "x_batch": strengths,
        "y_batch": numpy.zeros(len(maps), int),
        "a_batch": strengths,
        "channel_first": True,
    }
    found = {
        "sparseness": quantus.Sparseness(abs=True, normalise=True, **QUIET)(**frames),
        "complexity": quantus.Complexity(abs=True, normalise=True, **QUIET)(**frames),
    }
    if masks is not None:
        metric = quantus.RelevanceMassAccuracy(abs=True, normalise=True, **QUIET)
        found["mass on object"] = metric(**frames, s_batch=masks[:, None])
    return found


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    maps = numpy.load(sys.argv[1])
    top = read_top(sys.argv[2])
    masks = numpy.load(sys.argv[3]) if len(sys.argv) == 4 else None
    found = rows(maps, masks)
    print("frame,class,score," + ",".join(found))
    for frame in range(len(maps)):
        values = ",".join(f"{float(values[frame]):.4f}" for values in found.values())
        print(f"{frame},{top[frame]['name'] or top[frame]['class']},{float(top[frame]['score']):.3f},{values}")


if __name__ == "__main__":
    main()
