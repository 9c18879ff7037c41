#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much of an explanation survives when the weights do not (Adebayo et al. 2018, the cascading test).

The layers get random weights one after another, from predictions down; after each, the C library explains the
same scenes, and the maps are compared with the trained network's. Writes randomisation.json and .md.
"""
import argparse
import json
import pathlib

import cv2
import numpy as np
from safetensors.numpy import load_file

import export
from evaluate import BUILD, HERE, MEASURES, evaluate_in_c
from network import BLOCKS
from scenes import Maker
from sheets import write_sheets

METHODS = ("guided", "gradient", "deconvnet")  # of the true class, the first of MEASURES
SIZE = 224


def layer_names():
    """The layers and their modules' names in a weight file, from predictions down."""
    names, module = [], 0
    for block, (_, n_layers) in enumerate(BLOCKS, 1):
        for layer in range(1, n_layers + 1):
            names.append((f"block{block}_conv{layer}", f"features.{module}"))
            module += 2
        module += 1
    names += [("fc1", "classifier.0"), ("fc2", "classifier.3"), ("predictions", "classifier.6")]
    return names[::-1]


def maps_of(weights, sheets, n, path):
    """The magnitude at each pixel, max |g| over its channels: float32 [scenes][methods][224][224]."""
    evaluate_in_c(weights, sheets, "--most", str(n), "--maps", path)
    gradients = np.fromfile(path, np.float32).reshape(n, len(MEASURES), SIZE, SIZE, 3)
    path.unlink()
    return np.abs(gradients[:, :len(METHODS)]).max(axis=4)


def rank_correlation(a, b):
    """Spearman's, of the pixels' magnitudes. Equal values, such as zeros, have no order: they share a rank."""
    ranks = []
    for image in (a, b):
        _, inverse, counts = np.unique(image, return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(counts) - (counts - 1) / 2)[inverse.ravel()])
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def similarity(a, b):
    """Structural similarity (Wang et al. 2004), each image scaled to 0 … 1, Gaussian windows of 1.5 pixels."""
    a, b = (image / max(float(image.max()), 1e-30) for image in (a, b))

    def smooth(image):
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    mean_a, mean_b = smooth(a), smooth(b)
    covariance = smooth(a * b) - mean_a * mean_b
    variances = smooth(a * a) - mean_a ** 2 + smooth(b * b) - mean_b ** 2
    upper = (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4)
    return float((upper / ((mean_a ** 2 + mean_b ** 2 + 1e-4) * (variances + 9e-4))).mean())


def compare(maps, trained):
    """For each method, the means over the scenes of both similarities."""
    return {method: {"rank": float(np.mean([rank_correlation(a[i], b[i]) for a, b in zip(maps, trained)])),
                     "ssim": float(np.mean([similarity(a[i], b[i]) for a, b in zip(maps, trained)]))}
            for i, method in enumerate(METHODS)}


def cascade(weights, untrained, sheets, n, folder):
    """Yields each layer's name and the similarities once it and all above it are random."""
    arrays, random = load_file(weights), load_file(untrained)
    classes = [f"class {i}" for i in range(len(arrays["classifier.6.bias"]))]
    trained = maps_of(weights, sheets, n, folder / "maps.f32")
    path = folder / "randomised.safetensors"
    for layer, module in layer_names():
        for kind in (".weight", ".bias"):
            arrays[module + kind] = random[module + kind]
        export.write(arrays, path, classes, f"random from {layer} up")
        yield layer, compare(maps_of(path, sheets, n, folder / "maps.f32"), trained)


def table(rows):
    lines = ["| random from here up | guided | gradient | deconvnet |", "|---|---|---|---|"]
    for layer, found in rows:
        cells = ["{rank:.2f}, {ssim:.2f}".format(**found[method]) for method in METHODS]
        lines.append(f"| {layer} | {' | '.join(cells)} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, default=HERE.parent / "builtin.safetensors")
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parent / "randomisation.md")
    options = parser.parse_args()
    folder = HERE / "runs" / "randomisation"
    sheets = write_sheets(folder, Maker("held-out"), options.scenes)
    untrained = BUILD / "weights/untrained.safetensors"
    rows = list(cascade(options.weights, untrained, sheets, options.scenes, folder))
    (folder / "randomisation.json").write_text(json.dumps(rows), encoding="ascii")
    lines = [f"Rank correlation and SSIM with the trained network's map, means of {options.scenes} scenes.", ""]
    options.output.write_text("\n".join(lines + table(rows)) + "\n", encoding="utf-8")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
