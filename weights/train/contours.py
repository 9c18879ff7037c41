# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Families that a closed contour tells apart. Each function draws one at random with the pen."""
import numpy as np

from pen import circle, polar, turned


def triangle(pen, rng):
    pen.polygon(polar(rng.uniform(0.85, 1.1, 3), rng.uniform(0, 2)))


def square(pen, rng):
    a, b = rng.uniform(0.8, 1.0, 2)
    pen.polygon([(-a, -b), (a, -b), (a, b), (-a, b)])


def disk(pen, rng):
    pen.polygon(circle(64) * (1, rng.uniform(0.8, 1)))


def ring(pen, rng):
    pen.disk((0, 0), 1)
    pen.disk((0, 0), rng.uniform(0.5, 0.7), -1)


def crescent(pen, rng):
    pen.disk((0, 0), 1)
    pen.disk((rng.uniform(0.4, 0.6), 0), rng.uniform(0.75, 0.9), -1)


def star(pen, rng):
    radii = np.ones(2 * 5)
    radii[1::2] = rng.uniform(0.36, 0.48)
    pen.polygon(polar(radii))


def burst(pen, rng):
    n = rng.integers(11, 17)
    radii = np.ones(2 * n)
    radii[1::2] = rng.uniform(0.55, 0.7)
    pen.polygon(polar(radii))


def plus(pen, rng):
    w = rng.uniform(0.24, 0.38)
    pen.polygon([(-1, -w), (1, -w), (1, w), (-1, w)])
    pen.polygon([(-w, -1), (w, -1), (w, 1), (-w, 1)])


def heart(pen, rng):
    t = np.linspace(0, 2 * np.pi, 80)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    pen.polygon(np.stack([x / 17, y / 17 * rng.uniform(0.9, 1.1)], axis=1))


def drop(pen, rng):
    t = np.linspace(0, 2 * np.pi, 80)
    power = rng.uniform(1.3, 1.9)
    x = 0.75 * np.sin(t) * np.sin(t / 2) ** power
    pen.polygon(np.stack([x, np.cos(t)], axis=1))


def arrow(pen, rng):
    w, h, n = rng.uniform(0.16, 0.26), rng.uniform(0.6, 0.8), rng.uniform(0.0, 0.3)
    pen.polygon([(-1, -w), (n, -w), (n, -h), (1, 0), (n, h), (n, w), (-1, w)])


def bolt(pen, rng):
    k = rng.uniform(0.05, 0.2)
    pen.polygon([(0.15, 1), (-0.6, -0.1), (-0.1, -0.1), (-0.25, -1), (0.6, k + 0.1), (0.1, k + 0.1), (0.55, 1)])


def horseshoe(pen, rng):
    w = rng.uniform(0.34, 0.46)
    arc = circle(40, 0, np.pi) * 0.75
    leg = rng.uniform(0.6, 1.0)
    pen.stroke(np.concatenate([[(0.75, -leg)], arc, [(-0.75, 0), (-0.75, -leg)]]), w)


def bowtie(pen, rng):
    a, k = rng.uniform(0.6, 0.9), rng.uniform(0.08, 0.16)
    pen.polygon([(-1, a), (0, k), (1, a), (1, -a), (0, -k), (-1, -a)])


def trefoil(pen, rng):
    r = rng.uniform(0.46, 0.54)
    for centre in circle(3, np.pi / 2, 2.5 * np.pi):
        pen.disk(0.52 * centre, r)


def flower(pen, rng):
    n = rng.integers(6, 9)
    wide = rng.uniform(0.6, 0.8) * np.pi / n
    for i in range(n):
        petal = (circle(30) + (1, 0)) * (0.36, wide * 0.55) + (0.26, 0)
        pen.polygon(turned(petal, 2 * np.pi * i / n), rng.uniform(0.8, 1))
    pen.disk((0, 0), rng.uniform(0.24, 0.32), 0.35)


def leaf(pen, rng):
    t = np.linspace(-1, 1, 60)
    wide = rng.uniform(0.42, 0.6) * (1 - t ** 2) ** 0.8 * (1 - 0.3 * t)
    teeth = 1 + 0.07 * (np.arange(60) % 4 - 1.5)
    pen.polygon(np.concatenate([np.stack([t, wide * teeth], 1), np.stack([t, -wide * teeth], 1)[::-1]]))
    pen.stroke([(-1.35, 0), (-0.9, 0)], 0.09)
    pen.line([(-1, 0), (1, 0)], 0.07, 0.25)
    for x in np.linspace(-0.75, 0.5, 6):
        pen.line([(x, 0), (x + 0.3, 0.45)], 0.045, 0.3)
        pen.line([(x, 0), (x + 0.3, -0.45)], 0.045, 0.3)


def mushroom(pen, rng):
    w = rng.uniform(0.17, 0.26)
    pen.polygon([(-w, 0.1), (w, 0.1), (w * 1.4, -0.95), (-w * 1.4, -0.95)], 0.6)
    pen.polygon(circle(40, 0, np.pi) * (1, rng.uniform(0.75, 0.95)))
    for x, y in ((-0.5, 0.25), (0.1, 0.5), (0.5, 0.2)):
        pen.line([(x, y), (x, y)], 0.24, 0.4)


def fish(pen, rng):
    pen.polygon([(-0.45, 0), (-1, 0.55), (-0.85, 0), (-1, -0.55)], 0.7)
    pen.polygon(circle(50) * (0.8, rng.uniform(0.4, 0.52)) + (0.15, 0))
    pen.polygon([(-0.1, 0.3), (0.4, 0.35), (0.0, 0.75)], 0.8)
    pen.line([(0.62, 0.12), (0.62, 0.12)], 0.16, 0.1)
    pen.line(circle(12, -0.9, 0.9) * (0.2, 0.3) + (0.2, 0), 0.05, 0.3)


def house(pen, rng):
    w, top = rng.uniform(0.65, 0.8), rng.uniform(0.0, 0.15)
    pen.polygon([(-w, -0.9), (w, -0.9), (w, top), (-w, top)], 0.8)
    pen.polygon([(-1, top), (1, top), (0, 0.95)], 1)
    pen.polygon([(0.35, top), (0.6, top), (0.6, 0.85), (0.35, 0.85)], 1)
    pen.polygon([(-0.15, -0.9), (0.15, -0.9), (0.15, -0.3), (-0.15, -0.3)], 0.2)
    for x in (-0.42, 0.42):
        pen.polygon(np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * 0.14 + (x, -0.25), 0.3)
