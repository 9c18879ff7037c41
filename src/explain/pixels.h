/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Between pixels and the network's input, both ways. */
#pragma once

#include <gbp/network.h>

#include "kernel/kernels.h"
#include "network/graph.h"

/* Preprocessing as a table: what every value of every component becomes.
 * @height, @width: of the image
 * @input: [channel of the network][0 … 255]
 * @component: the RGB component that the network's channel takes
 * @slope: the derivative of the channel with respect to it */
typedef struct {
  guint height;
  guint width;
  float input[3][256];
  guint component[3];
  float slope[3];
} GbpPixels;

void gbp_pixels_init (GbpPixels *pixels, GbpPreprocess preprocess, const GbpShape *image);

/* @rgb: [height][width][3], rows @stride bytes apart; @input: (out): [height][width][padded 3] */
void gbp_pixels_forward (const GbpPixels *pixels, const guint8 *rgb, gsize stride, float *input);

/* @gradient: [height][width][padded 3], of which there is only @region; it is zero elsewhere
 * @output: (out): [height][width][3] in RGB order */
void gbp_pixels_backward (
    const GbpPixels *pixels, const float *gradient, const GbpRegion *region, float *output);
