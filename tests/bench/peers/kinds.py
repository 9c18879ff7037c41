# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times every kind of operation by itself, both ways, in this library, in PyTorch and forward in ncnn, and writes a table.

In each round all take turns, a burst of calls each. Of all calls the shortest counts, as in kinds.c: that is what an
operation costs where nothing else wants the processors. All compute the same numbers, which is checked.
"""
import argparse
import importlib.metadata
import os
import pathlib
import subprocess
import sys
import time

import ncnn
import numpy as np
import torch

from candidate import find_cpu_model
from operations import OPERATIONS

PAUSE = 0.02  # seconds, until the threads of the last one have stopped waiting for work
BURST = 0.012  # seconds that a turn takes
CHAIN = 8  # layers in a row, the first over a copy of its input, where they are computed in place; BENCH_CHAIN
TOLERANCE = 1e-3  # relative L2 error
ALLOWED = 4 / 3  # of the fastest other one's time
FIRST_INPUT, SECOND_INPUT, KERNEL, BIAS, GRADIENT = range(5)


def fill(shape, seed):
    """As operation.c's bench_fill() does."""
    numbers = np.arange(np.prod(shape), dtype=np.int64) + 1000 * seed
    return ((numbers * 7919 % 2503 + 0.5) / 2503 - 0.5).astype(np.float32).reshape(shape)


def make_weights(operation):
    """Kernel [outputs][inputs][rows][columns] and bias, from the order that this library has them in."""
    if not operation.kernel:
        return None, None
    n_outputs, n_inputs, rows, columns = operation.kernel
    kernel = fill((rows, columns, n_inputs, n_outputs), KERNEL).transpose(3, 2, 0, 1)
    return np.ascontiguousarray(kernel), fill(operation.n_bias, BIAS) if operation.n_bias else None


class Ours:
    title = "gbpsaliency"

    def __init__(self, program, threads):
        self.process = subprocess.Popen([program, str(threads)], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, question):
        print(question, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def open(self, operation):
        self.ask(f"open {operation.get_question()}")

    def forward(self, n):
        return float(self.ask(f"forward {n}"))

    def backward(self, n):
        return float(self.ask(f"backward {n}"))

    def get_results(self, path, shape, input_shape):
        """Output and gradient, channels first."""
        if self.ask(f"save {path}") != "saved":
            sys.exit("bench-kind cannot save its results")
        values, size = np.fromfile(path, "<f4"), int(np.prod(shape))
        output, gradient = values[:size].reshape(*shape[1:], shape[0]), values[size:].reshape(input_shape)
        return output.transpose(2, 0, 1), gradient.transpose(2, 0, 1)


def share_processors(n):
    """All have the same n from here on: of a virtual machine's, some have busier neighbours than others."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-n:])


def find_shortest(compute, n):
    shortest = float("inf")
    for _ in range(n):
        begin = time.perf_counter()
        compute()
        shortest = min(shortest, time.perf_counter() - begin)
    return shortest


class Torch:
    """One image, with one of the two memory formats."""

    def __init__(self, title, memory_format):
        self.title = title
        self.memory_format = memory_format

    def arrange(self, array):
        tensor = torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))[None]
        return tensor.contiguous(memory_format=self.memory_format)

    def open(self, operation):
        self.operation = operation
        self.inputs = [self.arrange(fill(shape, seed)) for seed, shape in enumerate(operation.inputs)]
        kernel, bias = make_weights(operation)
        self.kernel = kernel if kernel is None else torch.from_numpy(kernel).contiguous(
            memory_format=self.memory_format)
        self.bias = bias if bias is None else torch.from_numpy(bias)
        self.chained = self.inputs[0].clone()
        self.ways = [tensor.clone().requires_grad_() for tensor in self.inputs]
        self.output = operation.torch(self.ways, self.kernel, self.bias)
        shape = self.output.shape if self.output.dim() == 4 else (*self.output.shape, 1, 1)
        gradient = fill((shape[2], shape[3], shape[1]), GRADIENT)
        self.gradient = self.arrange(gradient).reshape(self.output.shape)

    def compute_chain(self):
        """As many layers in a row as ncnn has, from a copy on: in place where PyTorch has that."""
        self.chained.copy_(self.inputs[0])
        output = self.chained
        for _ in range(CHAIN):
            output = self.operation.compute_in_place(output, self.kernel, self.bias)

    def forward(self, n):
        with torch.inference_mode():
            if self.operation.is_chained:
                return find_shortest(self.compute_chain, n) / CHAIN
            return find_shortest(lambda: self.operation.torch(self.inputs, self.kernel, self.bias), n)

    def differentiate(self):
        return torch.autograd.grad(self.output, self.ways, self.gradient, retain_graph=True)

    def backward(self, n):
        return find_shortest(self.differentiate, n)

    def get_results(self):
        output = self.output.detach()[0].numpy()
        return output if output.ndim == 3 else output[:, None, None], self.differentiate()[0][0].numpy()


class Ncnn:
    """A network of the layer alone, with input and output in the packed layout that they have within a network."""

    title = "ncnn"

    def __init__(self, folder, threads):
        self.folder = folder
        self.allocators = ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator()
        self.options = ncnn.Option()
        self.threads = threads
        self.network = None

    def set_options(self, options):
        options.num_threads = self.threads
        options.blob_allocator, options.workspace_allocator = self.allocators
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(options, name, False)

    def open(self, operation):
        self.network, self.n_layers = ncnn.Net(), CHAIN if operation.is_chained else 1
        self.set_options(self.network.opt)
        parameters, model = self.folder / "kind.param", self.folder / "kind.bin"
        parameters.write_text(self.describe(operation), encoding="utf-8")
        model.write_bytes(self.pack_weights(operation) * self.n_layers)
        if self.network.load_param(str(parameters)) or self.network.load_model(str(model)):
            sys.exit(f"ncnn does not take {operation.title}")
        self.inputs = [self.make_input(fill(shape, seed), operation) for seed, shape in enumerate(operation.inputs)]

    def describe(self, operation):
        layer, parameters = operation.ncnn
        names = [f"in{i}" for i in range(len(operation.inputs))]
        lines = [f"Input {name} 0 1 {name}" for name in names]
        words = " ".join(f"{key}={value!r}" for key, value in parameters.items())
        for i in range(self.n_layers):
            lines.append(f"{layer} layer{i} {len(names)} 1 {' '.join(names)} out{i} {words}")
            names = [f"out{i}"]
        return f"7767517\n{len(lines)} {len(lines)}\n" + "\n".join(lines) + "\n"

    def pack_weights(self, operation):
        kernel, bias = make_weights(operation)
        if kernel is None:
            return b""
        if operation.ncnn[0] == "BatchNorm":  # factor, mean, variance, shift
            zeros = np.zeros_like(bias)
            return b"".join(it.tobytes() for it in (kernel, zeros, zeros + 1, bias))
        if operation.ncnn[0] == "PReLU":
            return kernel.tobytes()
        return bytes(4) + kernel.tobytes() + bias.tobytes()

    def make_input(self, array, operation):
        array = np.ascontiguousarray(array.transpose(2, 0, 1))
        is_vector = array.shape[1:] == (1, 1) and len(operation.inputs) == 1
        plain = ncnn.Mat(array.reshape(-1) if is_vector else array).clone()
        packed = ncnn.Mat()
        ncnn.convert_packing(plain, packed, 8 if len(array) % 8 == 0 else 4 if len(array) % 4 == 0 else 1)
        return packed

    def extract(self, kind):
        extractor = self.network.create_extractor()
        for i, mat in enumerate(self.inputs):
            extractor.input(f"in{i}", mat)
        return extractor.extract(f"out{self.n_layers - 1}", kind)[1]

    def forward(self, n):
        return find_shortest(lambda: self.extract(1), n) / self.n_layers

    def get_output(self, operation):
        if self.n_layers > 1:  # of a chain the first
            extractor = self.network.create_extractor()
            extractor.input("in0", self.inputs[0])
            output = np.array(extractor.extract("out0")[1])
        else:
            output = np.array(self.extract(0))
        return output if output.ndim == 3 else output.reshape(-1, 1, 1)


def check(title, found, expected):
    error = np.linalg.norm(found.astype(float) - expected) / np.linalg.norm(expected)
    if found.shape != expected.shape or not error <= TOLERANCE:
        sys.exit(f"{title}: {found.shape} is not {expected.shape}, or off by {error:.1e}")


def open_all(operation, ours, torches, other, folder):
    """@other: None where it has no such operation"""
    for it in (ours, *torches, *([other] if other else [])):
        it.open(operation)
    expected = [it.astype(float) for it in torches[0].get_results()]
    found = ours.get_results(folder / "kind.f32", expected[0].shape, operation.inputs[0])
    check(f"{operation.title}, forward", found[0], expected[0])
    check(f"{operation.title}, backward", found[1], expected[1])
    if other:
        check(f"{operation.title}, ncnn", other.get_output(operation), expected[0])


def time_operation(operation, ours, torches, other, n_rounds):
    """{(who, direction): its shortest time, in seconds}"""
    turns = [(it, direction) for it in (ours, *torches) for direction in ("forward", "backward")]
    turns += [(other, "forward")] if other else []
    calls = [min(max(int(BURST / getattr(it, direction)(3)), 3), 500) for it, direction in turns]
    times = {(it.title, direction): [] for it, direction in turns}
    for turn in range(n_rounds):
        for i in range(len(turns)):
            k = (i + turn) % len(turns)
            it, direction = turns[k]
            time.sleep(PAUSE)
            times[it.title, direction].append(getattr(it, direction)(calls[k]))
    return {key: min(values) for key, values in times.items()}


def write_ratio(ours, others):
    ratio = ours / min(others)
    return f"**{ratio:.2f}**" if ratio > ALLOWED else f"{ratio:.2f}"


def make_row(operation, times, torches):
    of = {direction: [times[it.title, direction] for it in torches] for direction in ("forward", "backward")}
    ours = {direction: times[Ours.title, direction] for direction in of}
    ncnns = [times[Ncnn.title, "forward"]] if (Ncnn.title, "forward") in times else []
    forward = write_ratio(ours["forward"], of["forward"] + ncnns)
    backward = write_ratio(ours["backward"], of["backward"])
    us = [f"{1e6 * it:.0f}" for it in (ours["forward"], min(of["forward"]), *ncnns, ours["backward"], min(of["backward"]))]
    us[2:2] = [] if ncnns else ["–"]
    return (f"| {operation.title} | {operation.shape} | {us[0]} | {us[1]} | {us[2]} | {forward} "
            f"| {us[3]} | {us[4]} | {backward} |")


def describe(arguments, load, rows):
    versions = ", ".join(f"{name} {importlib.metadata.version(name).split('+')[0]}" for name in ("torch", "ncnn"))
    slower = sum("**" in row for row in rows)
    return (
        "# Every kind of operation, by itself\n\n"
        "Microseconds of one call, float32, one image, as networks of 224×224 have the shapes; ours ÷ the fastest of the "
        "others in that direction, in bold where it is above 4/3. Backward is the plain gradient of the input (of each, "
        "where there are two) for a given gradient of the output. PyTorch is eager, by whichever of its two memory "
        "formats is the faster one at the operation: in inference mode forward, by autograd backward. ncnn, which has no "
        "way back, gets its packed layout and gives it. What networks compute in place, activations and scales, is one of "
        f"{CHAIN} layers in a row, the first over a copy of its input, which counts; so is softmax in the others. PyTorch's "
        "way back, which is not in place, is by itself. Ours saves on the way forward what its way back needs: of a smooth "
        "activation the derivative, of others bits. An addition's way back is no computation in both: it gives the "
        "same array. All outputs, and our gradients, are checked against PyTorch's. Flatten is none of them: in PyTorch "
        "it computes nothing.\n\n"
        f"{arguments.threads} thread{'s' if arguments.threads > 1 else ''} on {find_cpu_model()}; the shortest call of "
        f"{arguments.rounds} rounds, in each of which all have a turn of {1e3 * BURST:.0f} ms; {versions}. The machine's "
        f"load was {load:.1f} before and {os.getloadavg()[0]:.1f} behind. Made by `tests/bench/kinds.sh`.\n\n"
        f"{len(rows)} operations, {slower} of them slower than the fastest other one by more than a third in a direction.\n\n"
        "| operation | map | forward: ours | PyTorch | ncnn | ratio | backward: ours | PyTorch | ratio |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|---:|\n" + "\n".join(rows) + "\n"
    )


def main():
    parser = argparse.ArgumentParser(description="compare each kind of operation")
    parser.add_argument("--peer", required=True, help="the program bench-kind")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="for what is made")
    parser.add_argument("--output", required=True, type=pathlib.Path, help="Markdown file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", nargs="+", default=[""], help="operations whose 'title: map' has one of these in it")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    share_processors(arguments.threads)
    torch.set_num_threads(arguments.threads)
    ours, other = Ours(arguments.peer, arguments.threads), Ncnn(arguments.folder, arguments.threads)
    torches = [Torch("PyTorch", torch.contiguous_format), Torch("PyTorch, channels last", torch.channels_last)]
    rows = []
    for operation in OPERATIONS:
        if any(words in f"{operation.title}: {operation.shape}" for words in arguments.only):
            ncnns = other if operation.ncnn else None
            open_all(operation, ours, torches, ncnns, arguments.folder)
            times = time_operation(operation, ours, torches, ncnns, arguments.rounds)
            rows.append(make_row(operation, times, torches))
            print(rows[-1], flush=True)
    arguments.output.write_text(describe(arguments, load, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
