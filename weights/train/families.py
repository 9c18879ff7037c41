# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The families, in the order of the network's classes, and a bank of drawings of each."""
import numpy as np

import contours
import fractals
import machines
from pen import SIZE, Pen

FAMILIES = {
    **{draw.__name__: draw for draw in (
        contours.triangle, contours.square, contours.disk, contours.ring, contours.crescent, contours.star,
        contours.burst, contours.plus, contours.heart, contours.drop, contours.arrow, contours.bolt,
        contours.horseshoe, contours.bowtie, contours.trefoil, contours.flower,
        contours.leaf, contours.mushroom, contours.fish, contours.house,
        fractals.koch, fractals.sierpinski, fractals.carpet, fractals.dragon, fractals.fern, fractals.julia,
        fractals.tree, fractals.dendrite,
        machines.cube, machines.cylinder, machines.cone, machines.sphere,
        machines.gear, machines.wheel, machines.wrench, machines.chain, machines.ladder, machines.anchor,
        machines.key, machines.hammer, machines.comb, machines.mesh, machines.zigzag, machines.spiral)},
    **{"letter " + text: machines.glyph(text) for text in ("A", "E", "R")},
    "digit 4": machines.glyph("4"),
}
NAMES = list(FAMILIES)
FRAGMENT_SHARE = 0.4  # a fragment keeps at most so much of an object


def draw(name, rng):
    """One object: uint8 [2][SIZE][SIZE], alpha and relief."""
    pen = Pen()
    FAMILIES[name](pen, rng)
    return pen.finish()


def cut(drawing, rng):
    """A piece of an object: what lies on one side of a line that leaves most of it out."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:SIZE, :SIZE]
    along = x * np.cos(angle) + y * np.sin(angle)
    solid = drawing[0] > 127
    edge = np.quantile(along[solid], 1 - rng.uniform(0.15, FRAGMENT_SHARE))
    return np.stack([drawing[0] * (along > edge), drawing[1]])


class Bank:
    """Drawings of every family, made once: scenes turn, bend, light and paint them anew.

    objects: uint8 [families][n][2][SIZE][SIZE]; fragments: the same, cut; areas: alpha's sum in pixels.
    """

    def __init__(self, key, n):
        rng = np.random.default_rng([*key, 0xBA4C])
        self.objects = np.stack([[draw(name, rng) for _ in range(n)] for name in NAMES])
        self.fragments = np.stack([[cut(drawing, rng) for drawing in row[: max(1, n // 2)]] for row in self.objects])
        self.areas = self.objects[:, :, 0].sum(axis=(2, 3), dtype=np.int64) / 255
