# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Families that repeat themselves: curves and trees by recursion, iterated maps, escape times."""
import cv2
import numpy as np

from pen import OVER, circle


def koch_curve(points, depth, height):
    """Replaces each side of a closed polygon by four, `depth` times (Koch 1904)."""
    for _ in range(depth):
        after = np.roll(points, -1, axis=0)
        side = after - points
        normal = np.stack([side[:, 1], -side[:, 0]], axis=1) * height
        points = np.stack([points, points + side / 3, points + side / 2 + normal, points + side * 2 / 3], 1)
        points = points.reshape(-1, 2)
    return points


def koch(pen, rng):
    pen.polygon(koch_curve(circle(3), 3, rng.uniform(0.26, 0.31)))


def sierpinski(pen, rng):
    depth = rng.integers(2, 4)

    def cut(a, b, c, level):
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        pen.polygon([ab, bc, ca], -1)
        if level > 1:
            for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c)):
                cut(*corner, level - 1)

    corners = circle(3, np.pi / 2, 2.5 * np.pi)
    pen.polygon(corners)
    cut(*corners, depth)


def carpet(pen, rng):
    def cut(x, y, side, level):
        third = side / 3
        pen.polygon(np.array([(1, 1), (2, 1), (2, 2), (1, 2)]) * third + (x, y), -1)
        for i in range(9):
            if level > 1 and i != 4:
                cut(x + i % 3 * third, y + i // 3 * third, third, level - 1)

    pen.polygon([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    cut(-1, -1, 2, 2)


def dragon(pen, rng):
    turns = []
    for _ in range(rng.integers(7, 9)):
        turns = turns + [1] + [-t for t in reversed(turns)]
    heading = np.cumsum([0] + turns) * np.pi / 2
    points = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)
    points -= (points.min(0) + points.max(0)) / 2
    scale = 0.97 / np.abs(points).max()
    pen.stroke(points * scale, scale * rng.uniform(0.55, 0.75))


def fern(pen, rng):
    """Barnsley's leaf, as fronds on fronds."""
    bend = rng.uniform(-0.02, 0.02)

    def frond(x, y, angle, length, level):
        n = 11
        for i in range(n):
            step = length * 0.16 * 0.9 ** i
            end = x + step * np.cos(angle), y + step * np.sin(angle)
            pen.stroke([(x, y), end], 0.05 if level else 0.075)
            (x, y), angle = end, angle + bend
            if level < 2 and 0 < i:
                for side in (-1, 1):
                    frond(x, y, angle + side * 1.1, length * 0.42 * 0.84 ** i, level + 1)

    frond(0, -1, np.pi / 2, 2, 0)


JULIA = (-0.123 + 0.745j, -0.75 + 0.11j)


def julia(pen, rng):
    """Points whose orbit under z → z² + c stays bounded (Julia 1918), and level lines around them."""
    c = JULIA[rng.integers(len(JULIA))] + rng.uniform(-0.02, 0.02) + 1j * rng.uniform(-0.02, 0.02)
    axis = np.linspace(-1.65, 1.65, OVER // 3)
    z = axis[None, :] + 1j * axis[:, None]
    inside = np.ones(z.shape, bool)
    count = np.zeros(z.shape, np.float32)
    for _ in range(24):
        z = np.where(inside, z * z + c, 9)
        inside &= np.abs(z) < 2.5
        count += inside
    mask = cv2.resize((count >= 9).astype(np.float32), (OVER, OVER))
    relief = cv2.resize(0.45 + 0.55 * (count >= 20).astype(np.float32), (OVER, OVER))
    pen.mask(mask > 0.5)
    pen.relief = (pen.relief * relief).astype(np.uint8)


def tree(pen, rng):
    spread = rng.uniform(0.4, 0.55)

    def branch(x, y, angle, length, level):
        end = x + length * np.cos(angle), y + length * np.sin(angle)
        pen.stroke([(x, y), end], 0.03 + 0.034 * level)
        if level:
            for side in (-1, 1):
                branch(*end, angle + side * spread * rng.uniform(0.8, 1.2), length * 0.74, level - 1)

    branch(0, -1, np.pi / 2, 0.62, 5)


def dendrite(pen, rng):
    """A snow crystal's six arms, each with twigs."""
    twigs = rng.uniform(0.3, 0.45)
    for direction in circle(6):
        side = np.array([-direction[1], direction[0]])
        pen.stroke([(0, 0), direction], 0.1)
        for at, size in ((0.38, 0.7), (0.66, 1.0)):
            for sign in (-1, 1):
                tip = direction * (at + twigs * size * 0.6) + sign * side * twigs * size
                pen.stroke([direction * at, tip], 0.085)
