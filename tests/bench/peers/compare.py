# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times this library and the frameworks in turn, round by round, and writes a table.

Every candidate is a process that talks as peer.py says, and all get the same weights, image and number of
threads. A start is timed from the making of the process to its first picture on disk; the first start of
each is not counted, so that all of them find their files in the page cache, and torch.compile its results
of an earlier run. Then all processes stay, and compute in turn.
"""
import argparse
import importlib.metadata
import os
import pathlib
import statistics
import subprocess
import sys

import numpy as np
from PIL import Image

from candidate import Candidate, find_cpu_model, make_environment, set_errors, time_rounds

HERE = pathlib.Path(__file__).resolve().parent
OURS = "gbpsaliency"
# Relative L2 errors: what this library promises, and what shows that another computes the same thing.
# Where rounding flips a ReLU's mask, float32 through oneDNN is off by some 2e-3; another recipe, by 1.
OUR_TOLERANCE, THEIR_TOLERANCE = 2e-3, 1e-2
FRAMEWORKS = (
    ("Keras, eager", "keras_peer.py", "eager"),
    ("Keras, tf.function", "keras_peer.py", "function"),
    ("PyTorch, autograd", "torch_peer.py", "autograd"),
    ("PyTorch, torch.compile", "torch_peer.py", "compile"),
    ("captum, GuidedBackprop", "torch_peer.py", "captum"),
)
REFERENCE = ("PyTorch, double precision", "torch_peer.py", "float64")
PACKAGES = ("tensorflow-cpu", "keras", "torch", "captum")


def parse():
    parser = argparse.ArgumentParser(description="compare with the frameworks")
    parser.add_argument("--peer", required=True, help="the program bench-peer")
    parser.add_argument("--maker", required=True, help="the program make_untrained")
    parser.add_argument("--image", required=True, help="a picture")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="for what is made")
    parser.add_argument("--output", required=True, type=pathlib.Path, help="Markdown file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--starts", type=int, default=3)
    return parser.parse_args()


def make_candidates(arguments):
    """The weights, the image, and who is to explain it: the reference, and those who are timed."""
    weights, image = arguments.folder / "vgg19.safetensors", arguments.folder / "image.rgb"
    subprocess.run([arguments.maker, "--widths", "64,128,256,512,512", "--dense", "0",
                    "--classes", "0", "--type", "float32", "--seed", "19", weights], check=True)
    Image.open(arguments.image).convert("RGB").resize((224, 224)).save(
        arguments.folder / "image.png")
    np.asarray(Image.open(arguments.folder / "image.png")).tofile(image)
    rest = [str(arguments.threads), str(weights), str(image), str(arguments.folder / "picture.rgb")]
    frameworks = [Candidate(title, [sys.executable, str(HERE / script), variant, *rest])
                  for title, script, variant in (REFERENCE, *FRAMEWORKS)]
    return frameworks[0], [Candidate(OURS, [arguments.peer, *rest]), *frameworks[1:]]


def time_starts(candidates, environment, n_starts):
    for turn in range(n_starts + 1):
        for candidate in candidates:
            seconds = candidate.start(environment)
            print(f"{candidate.title}: first picture after {seconds:.2f} s", flush=True)
            if turn > 0:
                candidate.starts.append(seconds)
            if turn < n_starts:
                candidate.stop()


def check_errors(candidates, reference, path):
    """Sets the relative L2 error of each, and ends the program if one computes something else."""
    set_errors(candidates, reference.get_values(path), path)
    limits = [OUR_TOLERANCE] + [THEIR_TOLERANCE] * (len(candidates) - 1)
    wrong = [it.title for it, limit in zip(candidates, limits) if not it.error <= limit]
    if wrong:
        sys.exit(f"too far from double precision: {', '.join(wrong)}")


def describe(arguments, load):
    """What the figures depend on."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (f"VGG19 at full width, seeded weights, one 224×224 image, layer block5_conv4, guided, "
            f"float32; {arguments.threads} threads on {find_cpu_model()}; {arguments.rounds} rounds; "
            f"{versions}. Errors are against the same gradient in double precision. The machine's "
            f"load before was {load:.1f}.")


def make_row(candidate, ours):
    low, median, high = candidate.get_quantiles()
    ratio = median / (statistics.median(ours.runs) * 1e3)
    return (f"| {candidate.title} | {median:.0f} | {low:.0f} … {high:.0f} | {ratio:.2f} | {candidate.error:.1e} "
            f"| {candidate.memory:.0f} | {statistics.median(candidate.starts):.2f} |")


def make_table(candidates, description):
    ours, *others = candidates
    fastest = min(others, key=lambda other: statistics.median(other.runs))
    ratio = statistics.median(fastest.runs) / statistics.median(ours.runs)
    lines = [
        "# The same gradient from other frameworks", "", description, "",
        "| | ms a frame, median | 10 … 90 % | ÷ ours | relative L2 error "
        "| peak memory, MiB | process start to picture, s |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(make_row(candidate, ours) for candidate in candidates), "",
        f"The fastest of the others, {fastest.title}, takes {ratio:.2f} times as long as {OURS}.",
        "Made by `tests/bench/peers.sh`, which installs what it needs in an environment of its own.",
        "", "ncnn, MNN, OpenVINO and ONNX Runtime compute no gradient: [forward.md](forward.md) has their forward pass beside",
        "ours, and [kinds.md](kinds.md) every kind of operation by itself.",
    ]
    return "\n".join(lines) + "\n"


def main():
    arguments = parse()
    load = os.getloadavg()[0]
    environment = make_environment(arguments.threads, TORCHINDUCTOR_CACHE_DIR=str(arguments.folder / "inductor"))
    reference, candidates = make_candidates(arguments)
    time_starts(candidates, environment, arguments.starts)
    reference.start(environment)
    check_errors(candidates, reference, arguments.folder / "gradient.f32")
    reference.stop()
    time_rounds(candidates, arguments.rounds)
    for candidate in candidates:
        candidate.memory = float(candidate.ask("memory"))
        candidate.stop()
    table = make_table(candidates, describe(arguments, load))
    arguments.output.write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
