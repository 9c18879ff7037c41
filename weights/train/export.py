#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a weight file of a training's checkpoint: normalisation settled and folded away, float16, torchvision's
names."""
import argparse
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file

import network
import plan
from scenes import FINAL, Maker

HERE = pathlib.Path(__file__).resolve().parent
LICENCE = "LGPL-2.1-or-later"
BATCH = 32


def settle(net, n_batches):
    """The norms' means and variances anew, over scenes of the training's split as they are in the end, in float32:
    the training's own running averages are of weights that changed meanwhile."""
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # all batches count the same
    maker = Maker("train", 1, *plan.FULL[-1].bank)
    first = sum(part.steps * part.batch for part in plan.FULL)
    net.train()
    with torch.no_grad():
        for batch in range(first, first + n_batches * BATCH, BATCH):
            images = np.stack([maker.scene(index, FINAL).image for index in range(batch, batch + BATCH)])
            net(network.preprocess(torch.from_numpy(images)))
    return net.eval()


def fold(convolution, norm):
    """The convolution that does both: y = g (w x - m) / s + b = (g / s) w x + (b - g m / s)."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


def folded_arrays(net):
    """The network without its helper, float32, under torchvision's names."""
    arrays, module = {}, 0
    for block in net.blocks:
        for convolution, norm in zip(block.convolutions, block.norms):
            weight, bias = fold(convolution, norm)
            arrays[f"features.{module}.weight"], arrays[f"features.{module}.bias"] = weight, bias
            module += 2  # a ReLU follows
        module += 1  # the pool
    repeated = net.fc1.weight[:, :, None].repeat(1, 1, network.POSITIONS) / network.POSITIONS
    for name, weight, bias in (("classifier.0", repeated.flatten(1), net.fc1.bias),
                               ("classifier.3", net.fc2.weight, net.fc2.bias),
                               ("classifier.6", net.predictions.weight, net.predictions.bias)):
        arrays[name + ".weight"], arrays[name + ".bias"] = weight, bias
    return {name: array.detach().numpy() for name, array in arrays.items()}


def load_checkpoint(path):
    """The trained network and its training's state."""
    state = torch.load(path, weights_only=True)
    net = network.Network(len(state["classes"]))
    net.load_state_dict(state["net"])
    return net.eval(), state


def write(arrays, path, classes, description):
    halves = {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}
    for name, array in halves.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} does not fit into float16")
    save_file(halves, path, metadata={
        "preprocess": "caffe", "trained": "true", "classes": "\n".join(classes),
        "licence": LICENCE, "trained_on": "synthetic scenes", "description": description})
    path.chmod(0o644)  # it is made for its owner alone


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=pathlib.Path, default=HERE / "runs" / "full", help="the training's folder")
    parser.add_argument("--settle", type=int, default=48, help="batches that the norms are measured on; 0: none")
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parent / "builtin.safetensors")
    options = parser.parse_args()
    net, state = load_checkpoint(options.run / "checkpoint.pt")
    if options.settle:
        settle(net, options.settle)
    description = f"{state['step']} steps of weights/train/train.py, seed 1"
    write(folded_arrays(net), options.output, state["classes"], description)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB, {description}")


if __name__ == "__main__":
    main()
