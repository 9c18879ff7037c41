# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random networks by PyTorch and by this library: for random.sh."""

import argparse
import contextlib
import io
import logging
import pathlib
import random
import sys
import warnings

import comparison
import numpy
import torch
from torch import nn
from torch.nn import functional

TOLERANCE = 1e-4  # of the gradients' relative L2 distance
OPSETS = [9, 11, 13, 17, 18]  # of the older exporter
ACTIVATIONS = [
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.SiLU, nn.GELU, nn.Hardswish, nn.Mish, nn.Sigmoid, nn.Hardsigmoid,
    nn.Tanh, nn.Softplus, nn.Softshrink, nn.Hardshrink, nn.LogSigmoid, nn.Tanhshrink,
]  # fmt: skip


class Function(nn.Module):
    """A part that is a function of a map."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Joined(nn.Module):
    """What two parts make of a map, joined by a function."""

    def __init__(self, function, first, second):
        super().__init__()
        self.function, self.first, self.second = function, first, second

    def forward(self, x):
        return self.function(self.first(x), self.second(x))


def choose_activation(draw):
    return draw.choice(ACTIVATIONS)()


def make_convolution(draw, channels):
    groups = draw.choice([1, 1, 1, 2, 4])
    groups = groups if channels % groups == 0 else 1
    size, dilation = (draw.choice([1, 2, 3, 3, 5, 7]), draw.choice([1, 3, 3, 5])), draw.choice([1, 1, 1, 2])
    stride, padding = (draw.choice([1, 1, 2]), draw.choice([1, 1, 2])), draw.choice([0, 1, "half", "same"])
    if padding == "half":
        padding = tuple(side * dilation // 2 for side in size)
    elif padding == "same":
        stride = 1
    made = groups * draw.choice([2, 4, 6])
    convolution = nn.Conv2d(channels, made, size, stride, padding, dilation, groups, bias=draw.random() < 0.7)
    parts = [convolution] + [nn.BatchNorm2d(made)] * (draw.random() < 0.4) + [choose_activation(draw)]
    return nn.Sequential(*parts)


def make_pool(draw, _):
    size, stride, padding = draw.choice([2, 3]), draw.choice([1, 2, 3]), draw.choice([0, 1])
    if draw.random() < 0.5:
        return nn.MaxPool2d(size, stride, padding, ceil_mode=draw.random() < 0.4)
    return nn.AvgPool2d(size, stride, padding, draw.random() < 0.4, draw.random() < 0.5)


def make_residual(draw, channels):
    inner = [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), choose_activation(draw)]
    return Joined(torch.add, nn.Identity(), nn.Sequential(*inner, nn.Conv2d(channels, channels, 1)))


def make_gate(draw, channels):
    """Squeeze and excitation."""
    gate = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 4, 1), choose_activation(draw), nn.Conv2d(4, channels, 1)]
    return Joined(torch.mul, nn.Identity(), nn.Sequential(*gate, draw.choice([nn.Sigmoid, nn.Hardsigmoid])()))


def make_branches(draw, channels):
    first, second = nn.Conv2d(channels, draw.choice([4, 6]), 1), nn.Conv2d(channels, 3, 3, padding=1)
    return Joined(lambda x, y: torch.cat([x, y], 1), first, second)


def make_padding(draw, _):
    border, mode = [draw.randint(0, 2) for _ in range(4)], draw.choice(["constant", "constant", "reflect", "replicate"])
    return Function(lambda x: functional.pad(x, border, mode))


def make_transposed(draw, channels):
    size, stride = draw.choice([2, 3, 4]), draw.choice([1, 2, 3])
    groups = draw.choice([1, 1, channels])
    return nn.ConvTranspose2d(channels, groups * 2, size, stride, draw.choice([0, 1]), groups=groups)


def make_resized(draw, _):
    mode = draw.choice(["nearest", "bilinear", "bicubic"])
    aligned = None if mode == "nearest" else draw.random() < 0.3
    size = [draw.randint(7, 30), draw.randint(7, 30)]
    return nn.Upsample(size, mode=mode, align_corners=aligned)


def make_depthwise(draw, channels):
    return nn.Conv2d(channels, channels * draw.choice([1, 2]), 3, draw.choice([1, 2]), 1, groups=channels)


def make_affine(draw, _):
    factor, shift = draw.uniform(0.5, 2), draw.uniform(-1, 1)
    return Function(lambda x: x * factor + shift)


def shuffle(x):
    batch, channels, height, width = x.shape
    return x.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, channels, height, width)


def make_shuffle(_, channels):
    return Function(shuffle) if channels % 2 == 0 and channels > 2 else nn.Identity()


def make_half(draw, channels):
    which = draw.choice([0, 1])
    return Function(lambda x: x.chunk(2, 1)[which]) if channels % 2 == 0 else nn.Identity()


def attend(x):
    return x * torch.sigmoid(x.mean(1, keepdim=True) - x.max(1)[0].unsqueeze(1))


def respond(x):
    """Global response normalization."""
    length = x.norm(p=2, dim=(2, 3), keepdim=True)
    return x + x * length / (length.mean(1, keepdim=True) + 1e-6)


def make_weighed(draw, channels):
    """By what the channels or the pixels of a map have in common."""
    return draw.choice([
        Function(attend), Function(respond), nn.LocalResponseNorm(draw.choice([3, 4]), 0.5),
        Function(lambda x: x * torch.sigmoid(x.mean((2, 3), keepdim=True)).expand_as(x)),
        Function(lambda x: torch.where(x > 0.1, x, x * x)), Function(lambda x: torch.maximum(x, x.mean((2, 3), keepdim=True))),
        Function(lambda x: x * torch.sigmoid(x.mean(2, keepdim=True) + x.mean(3, keepdim=True))),
    ])  # fmt: skip


PARTS = [
    make_convolution, make_convolution, make_convolution, make_pool, make_residual, make_gate, make_branches, make_padding,
    make_depthwise, make_affine, make_shuffle, make_half, make_transposed, make_resized,
    make_weighed, make_weighed,
    lambda draw, _: choose_activation(draw),
    lambda draw, channels: nn.BatchNorm2d(channels),
    lambda draw, channels: nn.PReLU(draw.choice([1, channels])),
]  # fmt: skip
HEADS = [
    lambda: nn.AdaptiveAvgPool2d(1), lambda: nn.AdaptiveMaxPool2d(1), nn.Identity,
    lambda: Function(lambda x: x.mean([2, 3], keepdim=True)),
]  # fmt: skip


def make_network(draw, height, width):
    """3 to 9 parts, then classes. ValueError: nothing was left of the map."""
    body, x = [], torch.zeros(1, 3, height, width)
    for _ in range(draw.randint(3, 9)):
        body.append(draw.choice(PARTS)(draw, x.shape[1]).eval())
        try:
            x = body[-1](x)
        except RuntimeError as reason:
            raise ValueError(str(reason)) from reason
    body += [draw.choice(HEADS)(), nn.Flatten()]
    features = nn.Sequential(*body[-2:])(x).shape[1]
    if features == 0:
        raise ValueError("no map")
    network = nn.Sequential(*body, nn.Linear(features, draw.randint(2, 7))).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return network


def export(network, pixels, path, exporter):
    """@exporter: an opset of the older one; 0: the newer one"""
    with contextlib.redirect_stdout(io.StringIO()):
        options = {"dynamo": False, "opset_version": exporter} if exporter else {"dynamo": True, "verbose": False}
        torch.onnx.export(network, (pixels,), path, **options)


def is_other_network(network, opset):
    """Whether the exporter writes another one: an Upsample, which ONNX had up to opset 9, begins at the pixels' corners, and
    PyTorch's bilinear one at their middles."""
    return opset == 9 and any(isinstance(module, nn.Upsample) and module.mode != "nearest" for module in network.modules())


def explain(options, path, image):
    image_path = pathlib.Path(options.folder) / "random.rgb"
    image_path.write_bytes(image.tobytes())
    peer = comparison.Peer(options, path, "unit", image_path)
    peer.explain("plain")
    target, found = peer.get_target()[0], peer.get_gradient(image.shape)
    peer.close()
    return target, found


def compare(seed, options):
    """What is to be said of one network; None: nothing, or it is none."""
    draw = random.Random(seed)
    torch.manual_seed(seed)
    height, width, exporter = draw.randint(20, 44), draw.randint(20, 44), draw.choice([0, 0, *OPSETS])
    image = numpy.random.RandomState(seed).randint(0, 256, (height, width, 3)).astype(numpy.uint8)
    pixels = torch.tensor(image.astype(numpy.float64) / 255).permute(2, 0, 1)[None].contiguous()
    path = pathlib.Path(options.folder) / "random.onnx"
    try:
        network = make_network(draw, height, width)
        if is_other_network(network, exporter):
            return None
        export(network, pixels.float(), path, exporter)
    except (ValueError, torch.onnx.errors.OnnxExporterError):
        return None
    try:
        target, found = explain(options, path, image)
    except RuntimeError:
        return "refused, see above"
    own = pixels.requires_grad_()
    expected = torch.autograd.grad(network.double()(own)[0, target], own)[0][0].permute(1, 2, 0).numpy() / 255
    if not expected.any():
        return "is not zero" if found.any() else None
    error = comparison.measure_distance(found, expected)
    return None if error < TOLERANCE else f"differs by {error:.1e}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    options.threads = 1
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    n_said = 0
    for seed in range(options.first, options.first + options.count):
        said = compare(seed, options)
        n_said += said is not None
        if said is not None:
            print(f"network {seed}: {said}", flush=True)
    print(f"{options.count} networks, {n_said} of them refused or different")
    sys.exit(n_said > 0)


if __name__ == "__main__":
    main()
