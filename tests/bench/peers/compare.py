# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times this library and the frameworks in turn, round by round, and writes a table.

Every candidate is a process that talks as peer.py says, and all get the same weights, image and number of
threads. A start is timed from the making of the process to its first picture on disk; the first start of
each is not counted, so that all of them find their files in the page cache, and torch.compile its results
of an earlier run. Then all processes stay, and each computes two frames in every round, in an order that
changes from round to round; the second one counts, as in a video, where one frame follows another.
"""
import argparse
import importlib.metadata
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
OURS = "gbpsaliency"
# Relative L2 errors: what this library promises, and what shows that another computes the same thing.
# Where rounding flips a ReLU's mask, float32 through oneDNN is off by some 2e-3; another recipe, by 1.
OUR_TOLERANCE, THEIR_TOLERANCE = 2e-3, 1e-2
PAUSE = 0.3  # seconds, until the threads of the last one have stopped waiting for work
FRAMEWORKS = (
    ("Keras, eager", "keras_peer.py", "eager"),
    ("Keras, tf.function", "keras_peer.py", "function"),
    ("PyTorch, autograd", "torch_peer.py", "autograd"),
    ("PyTorch, torch.compile", "torch_peer.py", "compile"),
    ("captum, GuidedBackprop", "torch_peer.py", "captum"),
)
REFERENCE = ("PyTorch, double precision", "torch_peer.py", "float64")
PACKAGES = ("tensorflow-cpu", "keras", "torch", "captum")


class Candidate:
    def __init__(self, title, command):
        self.title = title
        self.command = command
        self.process = None
        self.starts, self.runs = [], []
        self.memory = self.error = None

    def start(self, environment):
        """Seconds to the first picture. The process stays."""
        begin = time.perf_counter()
        self.process = subprocess.Popen(self.command, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.expect("ready")
        return time.perf_counter() - begin

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, question):
        print(question, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def expect(self, word):
        answer = self.process.stdout.readline().strip()
        if answer != word:
            sys.exit(f"{self.title}: '{answer}' where '{word}' was expected")

    def get_gradient(self, path):
        """Its gradient, by way of a file."""
        if self.ask(f"save {path}") != "saved":
            sys.exit(f"{self.title}: cannot save its gradient")
        return np.fromfile(path, "<f4").astype(np.float64)


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


def make_environment(arguments):
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1",
                       TORCHINDUCTOR_CACHE_DIR=str(arguments.folder / "inductor"))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                 "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        environment[name] = str(arguments.threads)
    return environment


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


def time_rounds(candidates, n_rounds):
    for turn in range(-2, n_rounds):  # two to warm up
        first = turn % len(candidates)
        for candidate in candidates[first:] + candidates[:first]:
            time.sleep(PAUSE)
            candidate.ask("run")  # wakes its threads, and the processor
            seconds = float(candidate.ask("run"))
            if turn >= 0:
                candidate.runs.append(seconds)
    for candidate in candidates:
        candidate.memory = float(candidate.ask("memory"))


def check_errors(candidates, reference, path):
    """Sets the relative L2 error of each, and ends the program if one computes something else."""
    expected = reference.get_gradient(path)
    for candidate in candidates:
        distance = np.linalg.norm(candidate.get_gradient(path) - expected)
        candidate.error = distance / np.linalg.norm(expected)
        print(f"{candidate.title}: relative L2 error {candidate.error:.1e}", flush=True)
    limits = [OUR_TOLERANCE] + [THEIR_TOLERANCE] * (len(candidates) - 1)
    wrong = [it.title for it, limit in zip(candidates, limits) if not it.error <= limit]
    if wrong:
        sys.exit(f"too far from double precision: {', '.join(wrong)}")


def describe(arguments, load):
    """What the figures depend on."""
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (f"VGG19 at full width, seeded weights, one 224×224 image, layer block5_conv4, guided, "
            f"float32; {arguments.threads} threads on {model}; {arguments.rounds} rounds; "
            f"{versions}. Errors are against the same gradient in double precision. The machine's "
            f"load before was {load:.1f}.")


def make_row(candidate, ours):
    low, median, high = np.quantile(candidate.runs, [0.1, 0.5, 0.9]) * 1e3
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
    ]
    return "\n".join(lines) + "\n"


def main():
    arguments = parse()
    load = os.getloadavg()[0]
    environment = make_environment(arguments)
    reference, candidates = make_candidates(arguments)
    time_starts(candidates, environment, arguments.starts)
    reference.start(environment)
    check_errors(candidates, reference, arguments.folder / "gradient.f32")
    reference.stop()
    time_rounds(candidates, arguments.rounds)
    for candidate in candidates:
        candidate.stop()
    table = make_table(candidates, describe(arguments, load))
    arguments.output.write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
