/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Between pixels and the network's input, both ways. */
#pragma once

#include <gbp/network.h>

#include "kernel/kernels.h"
#include "network/graph.h"

/* Preprocessing: (value ÷ divisor − mean) ÷ deviation, and as a table what every value of every component becomes.
 * @height, @width: of the image
 * @input: [channel of the network][0 … 255]
 * @component: the RGB component that the network's channel takes
 * @slope: the derivative of the channel with respect to it
 * @divisor, @mean, @deviation: for each channel of the network */
typedef struct {
  guint height;
  guint width;
  float input[3][256];
  guint component[3];
  float slope[3];
  float divisor;
  float mean[3];
  float deviation[3];
} GbpPixels;

/* A place on the straight way from an image of one value to another image.
 * @baseline: that value
 * @share: of the way; 1: at the other image */
typedef struct {
  double baseline;
  double share;
} GbpPath;

void gbp_pixels_init (GbpPixels *pixels, GbpPreprocess preprocess, const GbpShape *image);

/* @rgb: [height][width][3], rows @stride bytes apart; @input: (out): [height][width][padded 3] */
void gbp_pixels_forward (const GbpPixels *pixels, const guint8 *rgb, gsize stride, float *input);

/* As gbp_pixels_forward(), of an image in floats [height][width][3] and in RGB order, which may lie outside of 0 … 255,
 * or of another one on the way to it. */
void gbp_pixels_forward_floats (
    const GbpPixels *pixels, const float *values, const GbpPath *path, float *input);

/* From the derivative with respect to the pixels to that with respect to the network's input, times the input.
 * @values: [height][width][3]; @map: (inout): [height][width][3] */
void gbp_pixels_multiply (const GbpPixels *pixels, const float *values, float *map);

/* @gradient: [height][width][padded 3], of which there is only @region; it is zero elsewhere
 * @output: (out): [height][width][3] in RGB order */
void gbp_pixels_backward (
    const GbpPixels *pixels, const float *gradient, const GbpRegion *region, float *output);
