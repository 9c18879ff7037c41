# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Families that look made: tools, parts, lattices, solids with light on them, printed letters."""
import cv2
import numpy as np

from pen import OVER, circle, polar, turned


def gear(pen, rng):
    n = rng.integers(8, 12)
    tooth = np.array([1, 1, 0.74, 0.74])
    pen.polygon(polar(np.tile(tooth, n)))
    pen.disk((0, 0), rng.uniform(0.22, 0.34), -1)


def wheel(pen, rng):
    n = rng.integers(5, 9)
    pen.stroke(circle(64) * 0.88, 0.2, closed=True)
    for end in circle(n):
        pen.stroke([(0, 0), 0.88 * end], 0.1)
    pen.disk((0, 0), 0.24)


def wrench(pen, rng):
    w = rng.uniform(0.2, 0.28)
    pen.polygon([(-0.7, -w / 2), (0.7, -w / 2), (0.7, w / 2), (-0.7, w / 2)])
    for sign in (-1, 1):
        pen.disk((sign * 0.72, 0), 0.36)
        jaw = np.array([(0, -0.16), (1, -0.19), (1, 0.19), (0, 0.16)])
        pen.polygon(turned(jaw, rng.uniform(-0.3, 0.3)) * (sign, 1) + (sign * 0.72, 0), -1)


def chain(pen, rng):
    wide = rng.uniform(0.24, 0.3)
    for i, x in enumerate((-0.66, 0, 0.66)):
        link = np.sign(circle(40)) * np.abs(circle(40)) ** 0.8 * (0.42, wide)
        pen.stroke(link + (x, 0), 0.15, 1 - 0.25 * (i % 2), closed=True)


def ladder(pen, rng):
    n, w = rng.integers(4, 7), rng.uniform(0.36, 0.46)
    for x in (-w, w):
        pen.stroke([(x, -1), (x, 1)], 0.14)
    for y in np.linspace(-0.8, 0.8, n):
        pen.stroke([(-w, y), (w, y)], 0.12, 0.8)


def anchor(pen, rng):
    w = rng.uniform(0.14, 0.19)
    pen.stroke([(0, 0.6), (0, -0.85)], w)
    pen.stroke([(-0.42, 0.36), (0.42, 0.36)], w)
    pen.stroke(circle(24) * 0.2 + (0, 0.78), w * 0.8, closed=True)
    pen.stroke(circle(30, np.pi * 1.08, np.pi * 1.94) * 0.8 - (0, 0.1), w)
    for sign in (-1, 1):
        pen.polygon([(sign * 0.98, -0.42), (sign * 0.55, -0.42), (sign * 0.84, 0.02)])


def key(pen, rng):
    w = rng.uniform(0.12, 0.18)
    pen.disk((-0.62, 0), 0.4)
    pen.disk((-0.62, 0), rng.uniform(0.16, 0.22), -1)
    pen.stroke([(-0.25, 0), (1, 0)], w)
    for x in (0.55, 0.78, 0.98)[: rng.integers(2, 4)]:
        pen.stroke([(x, 0), (x, -0.32)], w * 0.85)


def hammer(pen, rng):
    w = rng.uniform(0.11, 0.16)
    pen.polygon([(-w, 0.6), (w, 0.6), (w * 1.2, -1), (-w * 1.2, -1)], 0.6)
    pen.polygon([(-0.6, 0.45), (0.25, 0.45), (0.72, 0.62), (0.72, 0.76), (0.25, 0.95), (-0.6, 0.95)])


def comb(pen, rng):
    n = rng.integers(6, 9)
    pen.polygon([(-1, 0.25), (1, 0.25), (1, 0.6), (-1, 0.6)])
    for x in np.linspace(-0.92, 0.92, n):
        pen.stroke([(x, 0.3), (x, -0.6)], 0.14)


def mesh(pen, rng):
    n = rng.integers(4, 6)
    for x in np.linspace(-0.93, 0.93, n):
        pen.stroke([(x, -1), (x, 1)], 0.13)
        pen.stroke([(-1, x), (1, x)], 0.13, 0.8)


def zigzag(pen, rng):
    n = rng.integers(5, 8)
    x = np.linspace(-1, 1, n)
    y = rng.uniform(0.3, 0.42) * (-1.0) ** np.arange(n)
    pen.stroke(np.stack([x, y], axis=1), rng.uniform(0.18, 0.24))


def spiral(pen, rng):
    t = np.linspace(0.06, 1, 120)
    turns = rng.uniform(2.1, 2.9)
    points = np.stack([t * np.cos(turns * 2 * np.pi * t), t * np.sin(turns * 2 * np.pi * t)], axis=1)
    pen.stroke(points, 0.5 / turns)


def shaded(pen, points, light, lines, shade=0.3):
    """A face under light, with lines on it."""
    pen.polygon(points, light)
    for line in lines:
        pen.line(line, 0.04, light * shade)


def cube(pen, rng):
    """A cube seen from a corner: three rhombs, each with its light and its lattice."""
    x, y, z = circle(3, rng.uniform(-0.15, 0.15) + np.pi / 6, rng.uniform(-0.15, 0.15) + np.pi * 13 / 6)
    lights = rng.permutation([1.0, 0.65, 0.35])
    n = rng.integers(2, 4)
    for (a, b), light in zip(((x, y), (y, z), (z, x)), lights):
        lines = [[a * k / n, a * k / n + b] for k in range(1, n)] + [[b * k / n, b * k / n + a] for k in range(1, n)]
        shaded(pen, [(0, 0), a, a + b, b], light, lines)


def across(width, power=0.8):
    """Light that falls off to both sides, as on a round body: a strip of shades along x."""
    x = np.linspace(-1, 1, width)
    return 0.3 + 0.7 * np.clip(1 - (x + 0.3) ** 2 / 1.7, 0, 1) ** power


def cylinder(pen, rng):
    h, flat = rng.uniform(0.65, 0.85), rng.uniform(0.18, 0.28)
    strip = across(17)
    x = np.linspace(-0.62, 0.62, 18)
    drop = flat * np.sqrt(np.clip(1 - (x / 0.62) ** 2, 0, 1))
    for i, light in enumerate(strip):
        side = [(x[i], h), (x[i + 1], h), (x[i + 1], -h - drop[i + 1]), (x[i], -h - drop[i])]
        pen.polygon(side, light)
    for y in np.linspace(-h, h, rng.integers(3, 6))[:-1]:
        pen.line(np.stack([x, y - drop], axis=1), 0.05, 0.15)
    pen.polygon(circle(40) * (0.62, flat) + (0, h), 0.95)


def cone(pen, rng):
    flat = rng.uniform(0.2, 0.3)
    x = np.linspace(-0.75, 0.75, 18)
    base = -0.75 - flat * np.sqrt(np.clip(1 - (x / 0.75) ** 2, 0, 1))
    for i, light in enumerate(across(17)):
        pen.polygon([(0, 1), (x[i], base[i]), (x[i + 1], base[i + 1])], light)
    for k in np.linspace(0.25, 0.85, rng.integers(3, 5)):
        pen.line(np.stack([x * k, 1 + (base - 1) * k], axis=1), 0.07, 0.1)


def sphere(pen, rng):
    """A globe with meridians and parallels, lit from the side."""
    axis = (np.arange(OVER) - OVER / 2) / (OVER * 0.46)
    x, y = np.meshgrid(axis, -axis)
    inside = x * x + y * y < 1
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    light = np.clip(0.35 + 0.65 * (x * 0.5 + y * 0.5 + z * 0.7), 0.2, 1)
    tilt = rng.uniform(-0.5, 0.5)
    up, depth = y * np.cos(tilt) - z * np.sin(tilt), y * np.sin(tilt) + z * np.cos(tilt)
    n = rng.integers(8, 13)
    longitude = np.arctan2(x, depth) / (2 * np.pi) * n
    latitude = np.arcsin(np.clip(up, -1, 1)) / np.pi * n / 1.4
    lattice = (np.abs(longitude % 1 - 0.5) < 0.12) | (np.abs(latitude % 1 - 0.5) < 0.12)
    pen.mask(inside)
    pen.relief = (255 * inside * light * np.where(lattice, 0.15, 1)).astype(np.uint8)


FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)


def glyph(text):
    """The family of a printed sign."""
    def draw(pen, rng):
        font, scale = FONTS[rng.integers(len(FONTS))], OVER / 40
        thick = int(rng.integers(30, 52))
        (width, height), _ = cv2.getTextSize(text, font, scale, thick)
        fit = 0.75 * OVER / max(width, height)
        where = int(OVER / 2 - fit * width / 2), int(OVER / 2 + fit * height / 2)
        for plane in (pen.alpha, pen.relief):
            cv2.putText(plane, text, where, font, scale * fit, 255, thick)
    return draw
