#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes scenes for others to look at: sheets for tests/weights/evaluate, and a contact sheet for people.

A sheet is an image of cells, each a 224 x 224 scene with its mask to the right, and a text file of the same
name with the labels, one a line.
"""
import argparse
import pathlib
import time

import cv2
import numpy as np

from families import NAMES
from scenes import FINAL, SPLITS, Maker, Stage

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = 4
PER_SHEET = 48


def cell(scene):
    return np.hstack([scene.image, cv2.cvtColor(scene.mask, cv2.COLOR_GRAY2RGB)])


def write_image(path, rgb, quality=90):
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else []
    if not cv2.imwrite(str(path), rgb[:, :, ::-1], options):
        raise OSError(f"cannot write {path}")


def write_sheet(path, scenes):
    cells = [cell(scene) for scene in scenes]
    blank = np.zeros_like(cells[0])
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[i:i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    write_image(path, np.vstack(rows))
    path.with_suffix(".txt").write_text("".join(f"{scene.label}\n" for scene in scenes), encoding="ascii")


def write_sheets(folder, maker, n, suffix=".png"):
    """n scenes, as sheets; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for first in range(0, n, PER_SHEET):
        paths.append(folder / f"sheet-{first // PER_SHEET:03}{suffix}")
        write_sheet(paths[-1], [maker.scene(i) for i in range(first, min(n, first + PER_SHEET))])
    return paths


def contact_sheet(maker, columns=8):
    """One scene of each family, in the order of the classes, with its name."""
    found, index = {}, 0
    while len(found) < len(NAMES):
        scene = maker.scene(index)
        found.setdefault(scene.label, scene.image)
        index += 1
    small = [cv2.resize(found[i], (128, 128), interpolation=cv2.INTER_AREA) for i in range(len(NAMES))]
    for name, image in zip(NAMES, small):
        cv2.rectangle(image, (0, 114), (9 * len(name) + 4, 128), (0, 0, 0), -1)
        cv2.putText(image, name, (3, 125), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([np.hstack(small[i:i + columns]) for i in range(0, len(small), columns)])


def print_speed(maker):
    """Scenes a second on one core, at the curriculum's two ends."""
    for stage in (Stage(96, (1900, 4600), 0.1), FINAL):
        started = time.monotonic()
        for index in range(300):
            maker.scene(index, stage)
        print(f"{stage.size} x {stage.size}: {300 / (time.monotonic() - started):.0f} scenes a second")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, nargs="?", default=HERE / "runs" / "sheets",
                        help="a folder for sheets, or an image for the contact sheet")
    parser.add_argument("--split", choices=SPLITS, default="held-out")
    parser.add_argument("--scenes", type=int, default=PER_SHEET)
    parser.add_argument("--contact", action="store_true", help="write the contact sheet")
    parser.add_argument("--jpeg", action="store_true", help="write the sheets as JPEG")
    parser.add_argument("--speed", action="store_true", help="measure the generator, and write nothing")
    options = parser.parse_args()
    maker = Maker(options.split)
    if options.speed:
        print_speed(maker)
    elif options.contact:
        write_image(options.output, contact_sheet(maker))
    else:
        write_sheets(options.output, maker, options.scenes, ".jpg" if options.jpeg else ".png")


if __name__ == "__main__":
    main()
