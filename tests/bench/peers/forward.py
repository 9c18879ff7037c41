# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times the forward pass of inference engines, which compute no gradient, in turn with this library's, and writes a table.

Every engine is a process of its own, see engine.py. All get the same network with seeded weights by way of one ONNX file, the
same image and number of threads. Beside this library's forward pass stands its whole guided map, which is what the
others cannot give.
"""
import argparse
import importlib.metadata
import os
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import torch
import torchvision
from PIL import Image

from candidate import Candidate, find_cpu_model, make_environment, set_errors, time_rounds

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = {"vgg19": "VGG19 to block5_conv4", "mobilenet_v2": "MobileNetV2", "resnet50": "ResNet50"}
ENGINES = (
    ("ncnn", "ncnn"),
    ("MNN", "mnn"),
    ("OpenVINO", "openvino"),
    ("ONNX Runtime", "onnxruntime"),
    ("PyTorch, eager", "torch"),
)
PACKAGES = ("ncnn", "pnnx", "MNN", "openvino", "onnxruntime", "torch", "torchvision")
TOLERANCE = 1e-3  # relative L2 error: another network, or another layer, is off by 1
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def parse():
    parser = argparse.ArgumentParser(description="compare with inference engines")
    parser.add_argument("--peer", required=True, help="the program bench-forward")
    parser.add_argument("--image", required=True, help="a picture")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="for what is made")
    parser.add_argument("--output", required=True, type=pathlib.Path, help="Markdown file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--only", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    return parser.parse_args()


def make_network(name):
    """Seeded weights, and statistics that a batch normalisation can divide by."""
    torch.manual_seed(7)
    network = getattr(torchvision.models, name)(weights=None).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network.features[:36] if name == "vgg19" else network


def run(*command, folder):
    """Runs a converter, which is quiet unless it fails."""
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def write_models(name, folder):
    """NAME.pt, .onnx, and what the engines' own converters make of that."""
    network, programs = make_network(name), pathlib.Path(sys.executable).parent
    torch.save(network, folder / f"{name}.pt")
    torch.onnx.export(network, torch.zeros(1, 3, 224, 224), folder / f"{name}.onnx", dynamo=False, opset_version=17)
    run(programs / "pnnx", f"{name}.onnx", "inputshape=[1,3,224,224]", "fp16=0", f"ncnnparam={name}.ncnn.param",
        f"ncnnbin={name}.ncnn.bin", folder=folder)
    run(programs / "mnnconvert", "-f", "ONNX", "--modelFile", f"{name}.onnx", "--MNNModel", f"{name}.mnn",
        "--bizCode", "none", folder=folder)


def write_image(picture, folder):
    """As bytes, and preprocessed as torchvision does."""
    rgb = np.asarray(Image.open(picture).convert("RGB").resize((224, 224)))
    rgb.tofile(folder / "image.rgb")
    pixels = ((rgb / np.float32(255) - MEAN) / DEVIATION).transpose(2, 0, 1)
    np.save(folder / "image.npy", np.ascontiguousarray(pixels, np.float32))


def make_candidates(name, arguments):
    """The reference; this library's forward pass and whole map; the engines."""
    threads, model = str(arguments.threads), arguments.folder / name
    ours = [str(arguments.peer), None, threads, f"{model}.onnx", "torch", str(arguments.folder / "image.rgb")]
    forward, guided = (Candidate(title, [ours[0], mode, *ours[2:]]) for title, mode in
                       (("gbpsaliency", "forward"), ("gbpsaliency, a whole guided map", "guided")))
    engines = [Candidate(title, [sys.executable, str(HERE / "engine.py"), engine, threads, str(model),
                                 str(arguments.folder / "image.npy")])
               for title, engine in (*ENGINES, ("PyTorch, double precision", "float64"))]
    return engines.pop(), forward, guided, engines


def check_errors(candidates, reference, folder):
    path = folder / "output.f32"
    set_errors(candidates, reference.get_values(path), path)
    wrong = [it.title for it in candidates if not it.error <= TOLERANCE]
    if wrong:
        sys.exit(f"too far from double precision: {', '.join(wrong)}")


def make_row(candidate, ours):
    low, median, high = candidate.get_quantiles()
    ratios = candidate.get_quantiles() / ours.get_quantiles()
    error = "" if candidate.error is None else f"{candidate.error:.1e}"
    return (f"| {candidate.title} | {median:.1f} | {low:.1f} … {high:.1f} | {ratios[1]:.2f} | {ratios[0]:.2f} "
            f"| {error} |")


def compare(name, arguments):
    """The part of the table that one network has."""
    environment = make_environment(arguments.threads)
    write_models(name, arguments.folder)
    reference, forward, guided, engines = make_candidates(name, arguments)
    for candidate in (reference, forward, guided, *engines):
        candidate.start(environment)
    check_errors([forward, *engines], reference, arguments.folder)
    reference.stop()
    candidates = [forward, *engines, guided]
    time_rounds(candidates, arguments.rounds)
    for candidate in candidates:
        candidate.stop()
    rows = [make_row(candidate, forward) for candidate in candidates]
    print("\n".join(rows), flush=True)
    return "\n".join([
        f"## {NETWORKS[name]}", "",
        "| | ms, median | 10 … 90 % | ÷ ours | ÷ ours, at 10 % | relative L2 error |",
        "|---|---:|---:|---:|---:|---:|", *rows, "",
    ])


def describe(arguments, load):
    versions = ", ".join(f"{name} {importlib.metadata.version(name).split('+')[0]}" for name in PACKAGES)
    return (
        "# The forward pass of inference engines\n\n"
        "These compute no gradient: what this library is for, the last row of each table, they cannot give; [peers.md](peers.md) has "
        "those that can. Here only the forward pass is compared, from an image to the network's output: torchvision's "
        "networks with seeded weights through one ONNX file, converted by pnnx for ncnn and by mnnconvert for MNN. All "
        "compute in float32, with what their documentation gives as fastest: ncnn with Winograd, packed layouts, fused "
        "activations and pooled memory, 16-bit storage off; MNN with high precision; OpenVINO with the latency hint and "
        "f32; ONNX Runtime with all graph optimisations; PyTorch channels last in inference mode. This library's forward "
        "pass is that of an explanation, which also notes which units are active, looks again at those near zero, and "
        "preprocesses the image; the others get it preprocessed.\n\n"
        f"{arguments.threads} thread{'s' if arguments.threads > 1 else ''} on {find_cpu_model()}, {arguments.rounds} rounds in which all take turns; {versions}. "
        "Errors are against PyTorch in double precision. Where other programs use the machine, a thread waits for one that "
        "has lost its core: the ratio at 10 % shows what that does not touch. The machine's load was "
        f"{load:.1f} before and {os.getloadavg()[0]:.1f} behind. Made by `tests/bench/forward.sh`.\n\n"
    )


def main():
    arguments = parse()
    load = os.getloadavg()[0]
    warnings.simplefilter("ignore")
    write_image(arguments.image, arguments.folder)
    parts = []
    for name in arguments.only:
        parts.append(compare(name, arguments))
        arguments.output.write_text(describe(arguments, load) + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
