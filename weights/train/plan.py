# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The curriculum: which scenes each step of the training sees.

Objects keep their size in pixels throughout; what grows is the image around them and the clutter in it. So
the first steps see large, calm objects in small images, which is easy and fast, and the last ones what the
network is measured on.
"""
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from scenes import FINAL, Maker, Stage

WARM = 327  # steps to the highest learning rate
DECAY = 0.3553  # the share of the steps that leads down again
QUIET_AFTER = 1362  # steps to the whole weight of silence on the ground
CELL, FINE = 16, 4  # pixels for each position of block5 and of block3


@dataclass(frozen=True)
class Silence:
    """How much the late layers' loudness on the ground counts: a weight for each convolution, from
    block5_conv4 back, the hardness, and whether the ground begins at the object's outline, or where the
    cells of 16 pixels are free of it."""
    weights: tuple
    hardness: float
    is_fine: bool = False

    def at(self, step):
        share = min(1.0, step / QUIET_AFTER)
        return Silence(tuple(share * weight for weight in self.weights), self.hardness, self.is_fine)


# drawings of each family, and textures, that the scenes are made of
SMALL, LARGE = (48, 96), (120, 288)

LENIENT = Silence((0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05), 0.0)
STRICT = Silence((0.6, 0.6, 0.6, 0.6, 0.6, 0.5, 0.3, 0.1), 1.0)
SEVERE = Silence((1.2, 0.8, 0.8, 0.8, 1.0, 1.0, 0.8, 0.5), 1.0)
SHARP = Silence((1.2, 0.8, 0.8, 0.8, 1.0, 1.0, 1.0, 0.8, 0.8, 0.6), 1.0, True)


@dataclass(frozen=True)
class Part:
    stage: Stage
    batch: int
    steps: int
    silence: Silence
    bank: tuple = SMALL


FULL = (
    Part(Stage(96, (1900, 4600), 0.1), 64, 500, LENIENT),
    Part(Stage(96, (1900, 4600), 0.5), 64, 300, LENIENT),
    Part(Stage(112, (1900, 6000), 0.8), 64, 500, STRICT),
    Part(Stage(128, (2100, 7500), 1.0), 64, 400, SEVERE),
    Part(Stage(128, (2100, 7500), 1.0), 64, 300, SEVERE, LARGE),
    Part(Stage(160, (2300, 10500), 1.0), 48, 300, SEVERE, LARGE),
    Part(FINAL, 32, 300, SEVERE, LARGE),
    Part(FINAL, 32, 1200, SHARP, LARGE),
)
SMOKE = (Part(Stage(64, (1200, 2600), 0.0), 16, 64, STRICT, (6, 16)),)


def shares_of(scenes, cell):
    cells = scenes[0].image.shape[0] // cell
    shares = [cv2.resize(scene.mask, (cells, cells), interpolation=cv2.INTER_AREA) for scene in scenes]
    return torch.from_numpy(np.stack(shares).astype(np.float32) / 255)


class Batches(torch.utils.data.Dataset):
    """Step by step: images uint8 [n][size][size][3], labels [n], and the object's share of each cell of 16 and
    of 4 pixels, float32 [n][size / 16][size / 16] and [n][size / 4][size / 4]."""

    def __init__(self, parts, seed, n_labels=None):
        self.parts = parts
        self.makers = {part.bank: Maker("train", seed, *part.bank, n_labels) for part in parts}

    def __len__(self):
        return sum(part.steps for part in self.parts)

    def find(self, step):
        """The part that a step is in, and the index of the step's first scene."""
        first = 0
        for part in self.parts:
            if step < part.steps:
                break
            step -= part.steps
            first += part.steps * part.batch
        return part, first + step * part.batch

    def __getitem__(self, step):
        part, first = self.find(step)
        maker = self.makers[part.bank]
        scenes = [maker.scene(first + i, part.stage) for i in range(part.batch)]
        return (torch.from_numpy(np.stack([s.image for s in scenes])),
                torch.tensor([s.label for s in scenes]),
                shares_of(scenes, CELL), shares_of(scenes, FINE))
