# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guided gradients of torchvision's networks by PyTorch and by this library, and the time both take: for networks.sh."""

import argparse
import pathlib
import statistics
import subprocess
import time
import warnings

import numpy
import PIL.Image
import torch
import torchvision

NAMES = [
    "mobilenet_v2", "mobilenet_v3_large", "resnet50", "densenet121", "inception_v3", "efficientnet_b0",
    "vgg16", "vgg16_bn", "googlenet", "mnasnet1_0", "regnet_y_400mf", "resnext50_32x4d",
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


RECTIFIERS = ("relu", "relu6", "hardtanh", "hardswish", "silu")


class GuidedRectifiers:
    """Within it torch.nn.functional's rectifiers, which all modules use, go back so."""

    def __enter__(self):
        self.kept = {name: getattr(torch.nn.functional, name) for name in RECTIFIERS}
        for name, function in self.kept.items():
            guided = lambda x, *bounds, inplace=False, function=function: Guided.apply(  # noqa: E731
                lambda own: function(own, *bounds), x
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
        if hasattr(module, "inplace"):
            module.inplace = False
    return network


class Peer:
    """This library in a process of its own."""

    def __init__(self, arguments):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(argument) for argument in arguments], **pipes)

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the library's process has ended")
        return answer.strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def explain(network, pixels, target):
    """The guided gradient of a class, per step of 0 ... 255, and the seconds it took."""
    began = time.perf_counter()
    with GuidedRectifiers():
        own = pixels.clone().requires_grad_()
        gradient = torch.autograd.grad(network(own)[0, target], own)[0]
    seconds = time.perf_counter() - began
    return gradient[0].permute(1, 2, 0) / (255 * DEVIATION), seconds


def measure_distance(found, expected):
    """Relative, in L2."""
    return float((found.double() - expected).norm() / expected.norm())


def compare(name, options):
    """A row of the table."""
    folder = pathlib.Path(options.folder)
    side = 299 if name == "inception_v3" else 224
    image = PIL.Image.open(options.image).convert("RGB").resize((side, side))
    (folder / "image.rgb").write_bytes(image.tobytes())
    rgb = torch.tensor(numpy.array(image, numpy.float32))
    pixels = ((rgb / 255 - MEAN) / DEVIATION).permute(2, 0, 1)[None]
    network = make(name)
    torch.onnx.export(network, pixels, folder / "network.onnx", dynamo=False, opset_version=17)
    peer = Peer([options.peer, options.threads, folder / "network.onnx", "torch", folder / "image.rgb"])
    times = {"class": [], "map": [], "torch": []}
    peer.ask("class")
    target = int(peer.ask("which").split()[0])
    for _ in range(options.rounds):
        for question in ("map", "class"):
            times[question].append(float(peer.ask(question)))
        theirs, seconds = explain(network, pixels, target)
        times["torch"].append(seconds)
    peer.ask(f"save {folder / 'gradient.f32'}")
    layer = peer.ask("which").split()[1]
    peer.close()
    found = torch.tensor(numpy.fromfile(folder / "gradient.f32", numpy.float32).reshape(theirs.shape))
    expected = explain(network.double(), pixels.double(), target)[0]
    error, their_error = measure_distance(found, expected), measure_distance(theirs, expected)
    medians = {key: 1000 * statistics.median(values) for key, values in times.items()}
    top = int(network(pixels.double()).argmax())
    return (
        f"| {name} | {side} | {error:.1e} | {their_error:.1e} | {'the same' if top == target else f'{target}, not {top}'} "
        f"| {medians['class']:.0f} | {medians['torch']:.0f} | {medians['torch'] / medians['class']:.2f} "
        f"| {layer.split('/')[-1] if layer.startswith('/') else layer} | {1000 / medians['map']:.0f} |"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", default=NAMES)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    with open("/proc/cpuinfo") as text:
        cpu = next((line.split(":")[1].strip() for line in text if line.startswith("model name")), "unknown")
    rows = []
    for name in options.only:
        rows.append(compare(name, options))
        print(rows[-1], flush=True)
    head = (
        "# Networks of torchvision\n\n"
        f"Guided backpropagation of the strongest class, at full size, random weights through ONNX, float32, "
        f"{options.threads} threads on {cpu}; medians of {options.rounds} rounds in which both take turns, with "
        f"PyTorch {torch.__version__.split('+')[0]} and torchvision {torchvision.__version__.split('+')[0]}. The errors "
        "are relative L2 distances to PyTorch's gradient in float64: masks that rounding flips make most of the larger ones. "
        "The last columns are of this library's guided map of the last layer with a map. `tests/bench/networks.sh` makes it again.\n\n"
        "| network | input | error | PyTorch's | class | ms | PyTorch, ms | ÷ ours | last map | frames a second |\n"
        "|---|---:|---:|---:|---|---:|---:|---:|---|---:|\n"
    )
    pathlib.Path(options.output).write_text(head + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
