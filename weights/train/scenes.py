# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scenes: one object of a family, at random size, place, pose, colour and light, on a cluttered ground.

A scene depends on its split, its index and its stage alone: not on the batch, the worker, or what was made
before. The splits draw from banks of their own, so that a held-out scene shares no drawing and no texture
with training.
"""
from dataclasses import dataclass

import cv2
import numpy as np

import textures
from families import NAMES, Bank
from pen import SIZE as DRAWING

SPLITS = {"train": 1, "held-out": 2}
cv2.setNumThreads(1)  # a pool of threads does not outlive the fork of a worker


@dataclass(frozen=True)
class Stage:
    """What the scenes of a part of the training are like.

    size: width and height in pixels; area: the object's area in pixels, lowest and highest; clutter: 0 is
    calm, 1 has many fragments and strong textures.
    """
    size: int
    area: tuple
    clutter: float


# What the network is measured on: an object of 5 to 25 % of a 224 x 224 image, in full clutter.
FINAL = Stage(224, (0.05 * 224 ** 2, 0.25 * 224 ** 2), 1.0)


@dataclass
class Scene:
    """image: uint8 RGB [size][size][3]; mask: uint8 [size][size], 255 on the object; label: its family."""
    image: np.ndarray
    mask: np.ndarray
    label: int


def palette(rng, contrast):
    """Two random colours and what lies between them, uint8 [256][3]; contrast: how far apart, 0 … 1."""
    middle = rng.uniform(40, 215, 3)
    apart = rng.standard_normal(3)
    apart *= contrast * 120 / np.abs(apart).max()
    steps = np.linspace(-1, 1, 256)[:, None]
    return np.clip(middle + apart * steps, 0, 255).astype(np.uint8)


class Maker:
    """Makes the scenes of one split."""

    def __init__(self, split, seed=1, n_drawings=48, n_textures=96, n_labels=None):
        self.key = [seed, SPLITS[split]]
        self.n_labels = n_labels or len(NAMES)  # families that objects are of: the first ones
        self.bank = Bank(self.key, n_drawings)
        self.textures = textures.make_bank(self.key, n_textures)

    def window(self, rng, height, width):
        """A random window of a random texture, grey."""
        texture = self.textures[rng.integers(len(self.textures))]
        y = rng.integers(0, textures.SIZE - height + 1)
        x = rng.integers(0, textures.SIZE - width + 1)
        return texture[y:y + height, x:x + width][:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]

    def paint(self, rng, height, width, contrast):
        return palette(rng, contrast)[self.window(rng, height, width)]

    def ground(self, rng, stage):
        """A texture, or two with a soft border."""
        size, contrast = stage.size, (0.15 + 0.75 * stage.clutter) * rng.uniform(0.3, 1)
        image = self.paint(rng, size, size, contrast)
        if rng.random() < 0.5 * stage.clutter:
            other = self.paint(rng, size, size, contrast)
            share = cv2.GaussianBlur(self.textures[rng.integers(2) * 8][:size, :size], (0, 0), 9)
            image = mix(image, other, stretch(share))
        return image

    def paste(self, rng, image, drawing, move, contrast):
        """Paints a drawing into the image; returns its alpha in the image."""
        height, width = image.shape[:2]
        alpha, relief = (cv2.warpAffine(plane, move, (width, height), flags=cv2.INTER_LINEAR) for plane in drawing)
        x, y, w, h = cv2.boundingRect(alpha)
        if w == 0 or h == 0:
            return alpha
        part = np.s_[y:y + h, x:x + w]
        surface = self.paint(rng, h, w, contrast)
        light = light_of(rng, relief[part])
        surface = cv2.multiply(surface, cv2.merge((light, light, light)), scale=1 / 255)
        image[part] = mix(image[part], surface, alpha[part])
        return alpha

    def scene(self, index, stage=FINAL):
        rng = np.random.Generator(np.random.PCG64([*self.key, index, stage.size]))
        image = self.ground(rng, stage)
        for _ in range(rng.poisson(0.00022 * stage.size ** 2 * stage.clutter * rng.uniform(0.3, 1.3))):
            self.add_fragment(rng, image, stage)
        label = int(rng.integers(self.n_labels))
        which = rng.integers(self.bank.objects.shape[1])
        move = pose(rng, self.bank.areas[label, which], stage)
        contrast = rng.uniform(0.1, 0.6)
        alpha = self.paste(rng, image, self.bank.objects[label, which], move, contrast)
        return Scene(finish(rng, image), (alpha > 127).astype(np.uint8) * 255, label)

    def add_fragment(self, rng, image, stage):
        family, which = rng.integers(len(NAMES)), rng.integers(self.bank.fragments.shape[1])
        drawing = self.bank.fragments[family, which]
        scale = np.exp(rng.uniform(np.log(40), np.log(130))) / DRAWING
        x, y = rng.uniform(0, stage.size, 2)
        self.paste(rng, image, drawing, affine(rng, scale, x, y), rng.uniform(0.1, 0.8))


def stretch(share):
    """A grey image to alpha, half of it opaque with soft borders."""
    middle = float(np.median(share[::8, ::8]))
    return cv2.convertScaleAbs(cv2.subtract(share, middle - 16), alpha=8)


def mix(below, above, alpha):
    """above over below, uint8; alpha is [height][width]."""
    share = cv2.merge((alpha, alpha, alpha))
    return cv2.add(cv2.multiply(above, share, scale=1 / 255), cv2.multiply(below, 255 - share, scale=1 / 255))


def light_of(rng, relief):
    """The drawing's own shades under a light from one side, uint8."""
    height, width = relief.shape
    ramp = np.add.outer(np.linspace(-1, 1, height) * rng.uniform(-1, 1), np.linspace(-1, 1, width) * rng.uniform(-1, 1))
    ramp = (255 * (0.8 + 0.2 * ramp)).clip(0, 255).astype(np.uint8)
    return cv2.multiply(relief, ramp, scale=1 / 255)


def affine(rng, scale, x, y):
    """Turned by any angle, perhaps mirrored, a little sheared and stretched, its centre at (x, y)."""
    angle, stretch_x = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(-0.16, 0.16))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bend = np.array([[stretch_x, rng.uniform(-0.15, 0.15)], [0, 1 / stretch_x]])
    if rng.random() < 0.5:
        bend[:, 0] *= -1
    matrix = scale * turn @ bend
    return np.column_stack([matrix, np.array([x, y]) - matrix @ [DRAWING / 2, DRAWING / 2]])


def pose(rng, area, stage):
    """Where the object goes: an area that the stage allows, in the image as far as its size lets it."""
    wanted = np.exp(rng.uniform(*np.log(stage.area)))
    scale = min(np.sqrt(wanted / area), 0.92 * stage.size / DRAWING)
    reach = min(0.54 * scale * DRAWING, stage.size / 2)
    x, y = rng.uniform(reach, stage.size - reach, 2) if reach < stage.size / 2 else (stage.size / 2,) * 2
    return affine(rng, scale, x, y)


def finish(rng, image):
    """The camera: exposure, sometimes a blur, noise."""
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.0))
    gain = rng.uniform(0.8, 1.2)
    image = cv2.convertScaleAbs(image, alpha=gain, beta=max(0.0, rng.uniform(-20, 20)))
    if rng.random() < 0.5:
        grain = np.frombuffer(rng.bytes(image.size), np.uint8).reshape(image.shape)
        image = cv2.addWeighted(image, 1, grain, rng.uniform(0.01, 0.06), -4)
    return image
