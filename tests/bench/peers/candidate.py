# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes that are timed in turn, round by round, and what the tables say of them. They talk as peer.py says."""
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

PAUSE = 0.3  # seconds, until the threads of the last one have stopped waiting for work


class Candidate:
    def __init__(self, title, command):
        self.title = title
        self.command = command
        self.process = None
        self.starts, self.runs = [], []
        self.memory = self.error = None

    def start(self, environment):
        """Seconds to the first result. The process stays."""
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

    def get_values(self, path):
        """Its last result, by way of a file."""
        if self.ask(f"save {path}") != "saved":
            sys.exit(f"{self.title}: cannot save its result")
        return np.fromfile(path, "<f4").astype(np.float64)

    def get_quantiles(self):
        """The milliseconds that a tenth, a half and nine tenths of its runs took at most."""
        return np.quantile(self.runs, [0.1, 0.5, 0.9]) * 1e3


def make_environment(threads, **more):
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1", **more)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                 "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        environment[name] = str(threads)
    return environment


def time_rounds(candidates, n_rounds):
    """Each computes two frames in every round, in an order that changes from round to round; the second one counts, as
    in a video, where one frame follows another."""
    for turn in range(-2, n_rounds):  # two to warm up
        first = turn % len(candidates)
        for candidate in candidates[first:] + candidates[:first]:
            time.sleep(PAUSE)
            candidate.ask("run")  # wakes its threads, and the processor
            seconds = float(candidate.ask("run"))
            if turn >= 0:
                candidate.runs.append(seconds)


def set_errors(candidates, expected, path):
    """The relative L2 error of each one's last result."""
    for candidate in candidates:
        distance = np.linalg.norm(candidate.get_values(path) - expected)
        candidate.error = distance / np.linalg.norm(expected)
        print(f"{candidate.title}: relative L2 error {candidate.error:.1e}", flush=True)


def find_cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown CPU"
