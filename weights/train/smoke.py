#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does the training work? A few steps over a few families: the loss falls, a run that was stopped goes on, the
exported file is read by the C library, and its logits are PyTorch's. And: do the generator and the shipped file
still belong together? Under two minutes."""
import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

import evaluate
from scenes import Maker
from sheets import cell, write_sheets

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "tests" / "weights" / "scenes.jpg"
TOLERANCE = 1e-3  # relative error of the logits


def check(good, text):
    print(f"{'ok' if good else 'FAILED'} {text}", flush=True)
    if not good:
        sys.exit(1)


def run(script, *options):
    subprocess.run([sys.executable, HERE / script, *map(str, options)], check=True)


def read_log(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="ascii").splitlines()]


def check_training(folder):
    # one thread: so small a batch has no work for more, and another test has the other core
    run("train.py", "--smoke", "--threads", 1, "--run", folder)
    first, *_, last = read_log(folder)
    check(last["loss"] < 0.75 * first["loss"], f"the loss falls from {first['loss']} to {last['loss']}")
    run("train.py", "--smoke", "--run", folder)
    check(read_log(folder)[-1] == last, "a run that is complete is not begun again")


def check_export(folder, maker):
    weights = folder / "smoke.safetensors"
    run("export.py", "--run", folder, "--output", weights, "--settle", 0)
    sheets = write_sheets(folder, maker, 2)
    for name, path in (("the smoke run's file", weights), ("the shipped file", HERE.parent / "builtin.safetensors")):
        error = evaluate.logits_error(path, sheets, maker, folder, n=2)
        check(error <= TOLERANCE, f"{name}: C and PyTorch agree on the logits to {error:.1e}")


def check_generator(maker):
    """The committed sample is what the generator makes, but for JPEG's losses."""
    sheet = cv2.imread(str(SAMPLE))[:, :, ::-1]
    labels = SAMPLE.with_suffix(".txt").read_text(encoding="ascii").split()
    scene = maker.scene(0)
    error = np.abs(sheet[:224, :448].astype(int) - cell(scene)).mean()
    check(error < 8 and int(labels[0]) == scene.label, f"the sample's first scene is made again: {error:.1f} of 255")


def main():
    maker = Maker("held-out")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_training(folder)
        check_export(folder, maker)
    check_generator(maker)


if __name__ == "__main__":
    main()
