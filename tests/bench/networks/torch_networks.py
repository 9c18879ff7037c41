# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guided gradients of torchvision's networks by PyTorch and by this library, and the time both take: for networks.sh."""

import pathlib
import time
import warnings

import numpy
import torch
import torchvision

import comparison

NAMES = [
    "mobilenet_v2", "mobilenet_v3_large", "resnet50", "densenet121", "inception_v3", "efficientnet_b0",
    "vgg16", "vgg16_bn", "googlenet", "mnasnet1_0", "regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x1_0",
    "squeezenet1_1", "convnext_tiny", "efficientnet_v2_s", "alexnet", "vgg11", "vgg13",
]  # fmt: skip
OPTIONS = {
    "inception_v3": {"aux_logits": False, "init_weights": False, "transform_input": False},
    "googlenet": {"aux_logits": False, "init_weights": False, "transform_input": False},
}
MEAN = torch.tensor([0.485, 0.456, 0.406])
DEVIATION = torch.tensor([0.229, 0.224, 0.225])


class Guided(torch.autograd.Function):
    """f(x) forward; back f'(x) · max(dy, 0) · [f(x) > 0]."""

    @staticmethod
    def forward(context, function, pixels):
        with torch.enable_grad():
            own = pixels.detach().requires_grad_()
            result = function(own)
        context.save_for_backward(own, result)
        return result.detach()

    @staticmethod
    def backward(context, gradient):
        own, result = context.saved_tensors
        gradient = gradient.clamp(min=0) * (result > 0)
        return None, torch.autograd.grad(result, own, gradient)[0]


RECTIFIERS = ("relu", "relu6", "hardtanh", "hardswish", "silu", "gelu")


class GuidedRectifiers:
    """Within it torch.nn.functional's rectifiers, which all modules use, go back so."""

    def __enter__(self):
        self.kept = {name: getattr(torch.nn.functional, name) for name in RECTIFIERS}
        for name, function in self.kept.items():
            guided = lambda x, *bounds, inplace=False, function=function, **others: Guided.apply(  # noqa: E731
                lambda own: function(own, *bounds, **others), x
            )
            setattr(torch.nn.functional, name, guided)

    def __exit__(self, *unused):
        for name, function in self.kept.items():
            setattr(torch.nn.functional, name, function)


def make(name):
    """The network with seeded weights, and statistics that a batch normalisation can divide by."""
    torch.manual_seed(7)
    network = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(name, {})).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
        if hasattr(module, "layer_scale"):  # else a block is a millionth of what goes around it
            torch.nn.init.uniform_(module.layer_scale, 0.5, 1.5)
        if hasattr(module, "inplace"):
            module.inplace = False
    return network


def explain(network, pixels, target):
    """The guided gradient of a class, per step of 0 ... 255, and the seconds it took."""
    began = time.perf_counter()
    with GuidedRectifiers():
        own = pixels.clone().requires_grad_()
        gradient = torch.autograd.grad(network(own)[0, target], own)[0]
    seconds = time.perf_counter() - began
    return gradient[0].permute(1, 2, 0) / (255 * DEVIATION), seconds


def compare(name, options):
    """The row of the table."""
    side = 299 if name == "inception_v3" else 224
    image, image_path = comparison.read_image(options, side, side)
    pixels = ((torch.tensor(image.astype(numpy.float32)) / 255 - MEAN) / DEVIATION).permute(2, 0, 1)[None]
    network = make(name)
    path = pathlib.Path(options.folder) / "network.onnx"
    torch.onnx.export(network, pixels, path, dynamo=False, opset_version=17)
    peer = comparison.Peer(options, path, "torch", image_path)
    peer.explain("class")
    target, layer = peer.get_target()
    times = comparison.take_turns(peer, lambda: explain(network, pixels, target)[1], options.rounds)
    found = peer.get_gradient((side, side, 3))
    peer.close()
    theirs = explain(network, pixels, target)[0]
    expected = explain(network.double(), pixels.double(), target)[0].numpy()
    error, their_error = (comparison.measure_distance(gradient, expected) for gradient in (found, theirs))
    top = int(network(pixels.double()).argmax())
    yield (
        f"| {name} | {side} | {error:.1e} | {their_error:.1e} | {comparison.name_class(top, target)} "
        f"| {times['class']:.0f} | {times['framework']:.0f} | {times['framework'] / times['class']:.2f} "
        f"| {layer.split('/')[-1] if layer.startswith('/') else layer} | {1000 / times['map']:.0f} |"
    )


def main():
    options = comparison.parse_options(NAMES)
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    head = (
        "# Networks of torchvision\n\n"
        f"Guided backpropagation of the strongest class, at full size, random weights through ONNX, float32, "
        f"{options.threads} threads on {comparison.read_cpu()}; medians of {options.rounds} rounds in which both take turns, with "
        f"PyTorch {torch.__version__.split('+')[0]} and torchvision {torchvision.__version__.split('+')[0]}. The errors "
        "are relative L2 distances to PyTorch's gradient in float64: masks that rounding flips make most of the larger ones. "
        "The last columns are of this library's guided map of the last layer with a map. `tests/bench/networks.sh` makes it again.\n\n"
        "| network | input | error | PyTorch's | class | ms | PyTorch, ms | ÷ ours | last map | frames a second |\n"
        "|---|---:|---:|---:|---|---:|---:|---:|---|---:|\n"
    )
    comparison.write_table(options, head, compare)


if __name__ == "__main__":
    main()
