/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define PALETTE_SIZE 256

typedef guint8 Colour[3];

/* Says a picture in so few colours as a GIF has: its own where they are no more, else those that it has most use for,
 * with the error of each pixel spread over those that follow (Floyd and Steinberg 1976), so that what was smooth stays.
 * @pixels: [@height][@width][3], RGB
 * @colours: (out): [PALETTE_SIZE]; those that are not needed are black
 * @indices: (out): [@height][@width], of the colours */
void palette_reduce (
    const guint8 *pixels, guint width, guint height, Colour *colours, guint8 *indices);
