# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Surfaces for grounds and objects: grey images, made once, which scenes cut windows from and colour."""
import cv2
import numpy as np

SIZE = 512  # width and height of a texture, in pixels


def stretched(image):
    """To uint8, its 2nd and 98th percentile at 0 and 255."""
    low, high = np.percentile(image, (2, 98))
    return np.clip((image - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)


def noise(rng):
    """1/f noise: a spectrum that falls with a random power of the frequency."""
    f = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :])
    f[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE, SIZE))) / f ** rng.uniform(0.9, 2.0)
    return stretched(np.fft.irfft2(spectrum, s=(SIZE, SIZE)))


def axes(rng):
    """Coordinates along a random direction and across it, in pixels."""
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def grating(rng):
    along, across = axes(rng)
    period = np.exp(rng.uniform(np.log(7), np.log(60)))
    wave = np.sin(2 * np.pi * along / period + rng.uniform(0, 0.6) * np.sin(across / period))
    return stretched(np.tanh(wave * rng.uniform(0.5, 5)))


def checker(rng):
    along, across = axes(rng)
    period = np.exp(rng.uniform(np.log(10), np.log(50)))
    waves = np.sin(2 * np.pi * along / period) * np.sin(2 * np.pi * across / (period * rng.uniform(0.7, 1.4)))
    return stretched(np.tanh(waves * rng.uniform(1, 8)))


def gradient(rng):
    along, across = axes(rng)
    return stretched(along + rng.uniform(0, 0.002) * across * across + rng.standard_normal(along.shape))


def cells(rng):
    """The distance to the nearest of many points, as in dried mud."""
    seeds = np.full((SIZE, SIZE), 255, np.uint8)
    n = rng.integers(60, 700)
    seeds[rng.integers(0, SIZE, n), rng.integers(0, SIZE, n)] = 0
    return stretched(cv2.distanceTransform(seeds, cv2.DIST_L2, 3))


def patches(rng):
    """Flat areas with hard edges: 1/f noise in a few steps."""
    steps = rng.integers(2, 5)
    return (noise(rng).astype(np.int32) * steps // 256 * (255 // (steps - 1 or 1))).astype(np.uint8)


def dots(rng):
    image = np.full((SIZE, SIZE), 40, np.uint8)
    for _ in range(rng.integers(100, 500)):
        cv2.circle(image, [int(v) for v in rng.integers(0, SIZE, 2)], int(rng.integers(2, 12)),
                   int(rng.integers(60, 256)), -1)
    return image


KINDS = (noise, noise, grating, checker, gradient, cells, patches, dots)


def make_bank(key, n):
    """n textures, uint8 [n][SIZE][SIZE]; the kinds take turns."""
    rng = np.random.default_rng([*key, 0x7E87])
    return np.stack([KINDS[i % len(KINDS)](rng) for i in range(n)])
