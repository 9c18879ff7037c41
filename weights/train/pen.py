# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A canvas for one object: where it is (alpha) and how light its surface is there (relief).

Coordinates are those of mathematics, x to the right and y up, the object within about -1 … 1. Everything is
drawn at three times the size that is kept, and averaged down, which smooths the edges.
"""
import cv2
import numpy as np

SIZE = 128  # width and height of a finished drawing, in pixels
OVER = 3 * SIZE
FRACTION = 4  # bits of a pixel's fraction that OpenCV is given


class Pen:
    def __init__(self):
        self.alpha = np.zeros((OVER, OVER), np.uint8)
        self.relief = np.zeros((OVER, OVER), np.uint8)

    def pixels(self, points):
        """Points, [n][2], as OpenCV's fixed-point pixels."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        flipped = points * (OVER * 0.48, -OVER * 0.48) + OVER / 2
        return np.round(flipped * (1 << FRACTION)).astype(np.int32)

    def polygon(self, points, shade=1.0):
        """A filled polygon. A shade below zero cuts a hole."""
        pixels = [self.pixels(points)]
        cv2.fillPoly(self.alpha, pixels, 255 if shade >= 0 else 0, shift=FRACTION)
        cv2.fillPoly(self.relief, pixels, int(255 * max(shade, 0)), shift=FRACTION)

    def stroke(self, points, width, shade=1.0, closed=False):
        """A line of the given width with round ends."""
        pixels = [self.pixels(points)]
        thick = max(1, round(width * OVER * 0.48))
        cv2.polylines(self.alpha, pixels, closed, 255 if shade >= 0 else 0, thick, shift=FRACTION)
        cv2.polylines(self.relief, pixels, closed, int(255 * max(shade, 0)), thick, shift=FRACTION)

    def line(self, points, width, shade):
        """A line on the surface only: it does not change where the object is."""
        thick = max(1, round(width * OVER * 0.48))
        cv2.polylines(self.relief, [self.pixels(points)], False, int(255 * shade), thick, shift=FRACTION)

    def disk(self, centre, radius, shade=1.0):
        self.polygon(np.asarray(centre) + radius * circle(48), shade)

    def mask(self, mask, shade=1.0):
        """Adds an image of the canvas' size: bool, or 0 … 1."""
        self.alpha = np.maximum(self.alpha, (mask * 255).astype(np.uint8))
        self.relief = np.maximum(self.relief, (mask * 255 * shade).astype(np.uint8))

    def finish(self):
        """The drawing, cut to what is drawn and centred: uint8 [2][SIZE][SIZE], alpha and relief."""
        x, y, width, height = cv2.boundingRect(self.alpha)
        side = max(width, height, 8)
        scale = (SIZE - 6) / side
        move = np.array([[scale, 0, SIZE / 2 - scale * (x + width / 2)],
                         [0, scale, SIZE / 2 - scale * (y + height / 2)]])
        beyond = cv2.dilate(self.relief, np.ones((15, 15), np.uint8))  # so that the rim is not darkened
        np.copyto(self.relief, beyond, where=self.alpha == 0)
        blur = (0, 0), max(0.3, 0.45 / scale)
        planes = [cv2.GaussianBlur(plane, *blur) for plane in (self.alpha, self.relief)]
        return np.stack([cv2.warpAffine(plane, move, (SIZE, SIZE), flags=cv2.INTER_LINEAR) for plane in planes])


def circle(n, start=0.0, stop=2 * np.pi):
    """n points of the unit circle, from one angle to just before another."""
    angles = start + (stop - start) * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def polar(radii, start=0.0):
    """A closed contour from its radius at equal angles."""
    return np.asarray(radii)[:, None] * circle(len(radii), start)


def turned(points, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points) @ np.array([[c, s], [-s, c]])
