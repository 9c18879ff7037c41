# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the frameworks' sides share: weights, picture, and the talk with compare.py.

A peer is a process. It reads weights and image, computes the gradient, writes it as a picture (raw RGB,
224×224) and says "ready"; that is its first result. Then it answers lines on standard input:
  run        computes the gradient again, image to array, and says how many seconds that took
  memory     says its peak resident memory in MiB
  save PATH  writes the last gradient to PATH, float32 [224][224][3], RGB
Those of forward.py do so with the output of a network, and without a picture.
"""
import json
import resource
import sys
import time

import numpy as np

MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)
BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))  # channels, convolutions
SIZE = 224


def read_safetensors(path):
    """{name: float32 array} of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        arrays[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return arrays


def read_convolutions(path):
    """[(kernel [out][in][3][3], bias [out])] of VGG19's sixteen convolutions, in order."""
    arrays = read_safetensors(path)
    numbers = sorted(int(name.split(".")[1]) for name in arrays if name.endswith(".weight"))
    return [(arrays[f"features.{n}.weight"], arrays[f"features.{n}.bias"]) for n in numbers]


def preprocess(rgb):
    """As keras.applications.vgg19 does: BGR minus the mean."""
    return rgb[..., ::-1].astype(np.float32) - MEAN_BGR


def write_picture(path, gradient):
    low, high = gradient.min(), gradient.max()
    picture = (gradient - low) / max(high - low, 1e-30) * 255
    picture.astype(np.uint8).tofile(path)


def serve(make_compute):
    """Talks as a peer. make_compute (threads, weights) gives a function from an RGB image,
    uint8 [224][224][3], to its gradient, float32 [224][224][3] in RGB order."""
    threads, weights, image, picture = sys.argv[-4:]
    rgb = np.fromfile(image, np.uint8).reshape(SIZE, SIZE, 3)
    compute = make_compute(int(threads), weights)
    gradient = compute(rgb)
    write_picture(picture, gradient)
    answer(lambda: compute(rgb), gradient)


def answer(compute, result):
    """Says that the first result is there, and then does what it is asked."""
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word == "run":
            begin = time.perf_counter()
            result = compute()
            print(f"{time.perf_counter() - begin:.6f}", flush=True)
        elif word == "memory":
            usage = resource.getrusage(resource.RUSAGE_SELF)
            print(f"{usage.ru_maxrss / 1024:.1f}", flush=True)
        elif word == "save":
            np.ascontiguousarray(result, np.float32).tofile(path)
            print("saved", flush=True)
