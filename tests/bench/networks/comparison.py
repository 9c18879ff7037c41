# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What torch_networks.py and keras_networks.py have in common: this library's side, taking turns, and the table."""

import argparse
import pathlib
import statistics
import subprocess

import numpy
import PIL.Image


class Peer:
    """This library in a process of its own: tests/bench/network.c."""

    def __init__(self, options, network, preprocess, image):
        arguments = [options.peer, options.threads, network, preprocess, image]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(argument) for argument in arguments], **pipes)
        self.gradient = pathlib.Path(options.folder) / "gradient.f32"

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the library's process has ended")
        return answer.strip()

    def explain(self, question):
        """The seconds that a gradient takes: "class" or "map"."""
        return float(self.ask(question))

    def get_gradient(self, shape):
        """The last one, per step of 0 ... 255."""
        self.ask(f"save {self.gradient}")
        return numpy.fromfile(self.gradient, numpy.float32).reshape(shape)

    def get_target(self):
        """The class that was explained, and the last layer with a map."""
        target, layer = self.ask("which").split(maxsplit=1)
        return int(target), layer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def read_image(options, height, width):
    """The image in a network's size, [height][width][3], and the file that it is in for this library."""
    image = PIL.Image.open(options.image).convert("RGB").resize((width, height))
    path = pathlib.Path(options.folder) / "image.rgb"
    path.write_bytes(image.tobytes())
    return numpy.array(image), path


def take_turns(peer, explain, rounds):
    """The medians, in milliseconds, of this library's class and map, and of the framework's class."""
    times = {"map": [], "class": [], "framework": []}
    for _ in range(rounds):
        for question in ("map", "class"):
            times[question].append(peer.explain(question))
        times["framework"].append(explain())
    return {key: 1000 * statistics.median(values) for key, values in times.items()}


def measure_distance(found, expected):
    """Relative, in L2."""
    difference = numpy.asarray(found, numpy.float64) - expected
    return float(numpy.linalg.norm(difference) / numpy.linalg.norm(expected))


def name_class(top, target):
    return "the same" if top == target else f"{target}, not {top}"


def parse_options(names):
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", default=names)
    return parser.parse_args()


def read_cpu():
    with open("/proc/cpuinfo") as text:
        return next((line.split(":")[1].strip() for line in text if line.startswith("model name")), "unknown")


def write_table(options, head, compare):
    """@compare: gives the rows of a network's name."""
    rows = []
    for name in options.only:
        for row in compare(name, options):
            rows.append(row)
            print(row, flush=True)
    pathlib.Path(options.output).write_text(head + "\n".join(rows) + "\n")
