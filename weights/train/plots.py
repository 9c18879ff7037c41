#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The model card's pictures, of a real run: scenes, training curve, first filters, randomisation, saliency."""
import argparse
import json
import os
import pathlib
import subprocess

import cv2
import matplotlib
import numpy as np
from safetensors.numpy import load_file

import plan
from evaluate import BUILD, HERE
from families import NAMES
from randomise import METHODS
from scenes import Maker
from sheets import contact_sheet, write_image

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 pylint: disable=wrong-import-position

CARD = HERE.parent
TILE = 150  # pixels of a picture in the comparison
N_SCENES = 6


def plot_curve(run):
    """Loss and accuracy on the scenes of each step, before it learns from them, and the curriculum's parts."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="ascii").splitlines()]
    steps = [line["step"] for line in lines]
    figure, (upper, lower) = pyplot.subplots(2, 1, figsize=(8, 5.4), sharex=True, layout="constrained")
    for name, title in (("loss", "class, of the image"), ("helper", "class, of each cell"),
                        ("quiet", "silence on the ground, weighted")):
        upper.plot(steps, [line[name] for line in lines], label=title)
    upper.set(ylabel="loss", ylim=(0, 4))
    upper.legend()
    lower.plot(steps, [line["right"] for line in lines])
    lower.set(xlabel="step", ylabel="accuracy on new scenes", ylim=(0, 1))
    first = 0
    for part in plan.FULL:
        for axis in (upper, lower):
            axis.axvline(first, color="0.8", zorder=0)
        label = f" {part.stage.size} px\n clutter {part.stage.clutter}\n {part.batch} a step"
        lower.text(first, 0.02, label, fontsize=7, va="bottom")
        first += part.steps
    figure.savefig(CARD / "training-curve.png", dpi=100)


def plot_filters(weights):
    """block1_conv1's kernels as colour, each stretched to its own range; zero is mid grey."""
    kernels = load_file(weights)["features.0.weight"].astype(np.float32)[:, ::-1]  # the network takes BGR
    tiles = []
    for kernel in kernels.transpose(0, 2, 3, 1):
        image = 127.5 + 127.5 * kernel / np.abs(kernel).max()
        tile = cv2.resize(image.astype(np.uint8), (60, 60), interpolation=cv2.INTER_NEAREST)
        tiles.append(cv2.copyMakeBorder(tile, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    write_image(CARD / "first-filters.png", np.vstack([np.hstack(tiles[:8]), np.hstack(tiles[8:])]))


def plot_randomisation(path):
    rows = json.loads(path.read_text(encoding="ascii"))
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    names = ["trained"] + [layer for layer, _ in rows]
    for axis, measure, title in zip(axes, ("rank", "ssim"), ("rank correlation", "SSIM")):
        for method in METHODS:
            axis.plot(names, [1] + [found[method][measure] for _, found in rows], marker=".", label=method)
        axis.set(title=f"{title} with the trained network's map", ylim=(min(0, axis.get_ylim()[0]), 1.02))
        axis.tick_params("x", rotation=90)
        axis.grid(alpha=0.3)
    axes[0].set_xlabel("layers with random weights: this one and all to its left")
    axes[0].legend()
    figure.savefig(CARD / "randomisation.png", dpi=80)


def saliency(image, weights, *options):
    """The tool's picture of an image."""
    output = HERE / "runs" / "saliency.png"
    command = [BUILD / "examples/gbp-saliency", "--quiet", "--colormap", "inferno", *options, image, output]
    if weights is not None:
        command[1:1] = ["--weights", weights]
    subprocess.run(command, check=True, env={**os.environ, "GST_PLUGIN_PATH": str(BUILD / "gst")})
    return small(cv2.imread(str(output))[:, :, ::-1])


def small(image):
    return cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA)


def labelled(image, text):
    cv2.rectangle(image, (0, TILE - 15), (8 * len(text) + 4, TILE), (0, 0, 0), -1)
    cv2.putText(image, text, (3, TILE - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return image


def row_of(path, title, *options):
    """An image, then its saliency by each method, trained and untrained."""
    tiles = [labelled(small(cv2.imread(str(path))[:, :, ::-1]).copy(), title)]
    for weights in (None, BUILD / "weights/untrained.safetensors"):
        tiles += [saliency(path, weights, "--method", method, *options) for method in METHODS]
    return np.hstack(tiles)


def heading():
    band = np.full((20, 7 * TILE, 3), 255, np.uint8)
    titles = ["input"] + [f"{method}, {side}" for side in ("trained", "untrained") for method in METHODS]
    for i, title in enumerate(titles):
        cv2.putText(band, title, (i * TILE + 2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
    return band


def draw_comparison():
    """Held-out scenes explained for their true class, and a photograph for block5_conv4."""
    maker, rows = Maker("held-out"), [heading()]
    path = HERE / "runs" / "scene.png"
    for index in range(N_SCENES):
        scene = maker.scene(index)
        write_image(path, scene.image)
        target = ("--layer", "predictions", "--channel", str(scene.label))
        rows.append(row_of(path, NAMES[scene.label], *target))
    rows.append(row_of(HERE.parent.parent / "examples/astronaut.jpg", "block5_conv4", "--layer", "block5_conv4"))
    write_image(CARD / "saliency.jpg", np.vstack(rows), quality=85)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=pathlib.Path, default=HERE / "runs" / "full")
    parser.add_argument("--weights", type=pathlib.Path, default=CARD / "builtin.safetensors")
    options = parser.parse_args()
    write_image(CARD / "scenes.jpg", contact_sheet(Maker("held-out")), quality=85)
    plot_curve(options.run)
    plot_filters(options.weights)
    plot_randomisation(HERE / "runs" / "randomisation" / "randomisation.json")
    draw_comparison()


if __name__ == "__main__":
    main()
