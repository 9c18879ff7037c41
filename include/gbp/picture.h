/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/network.h>

G_BEGIN_DECLS

/**
 * GbpColormap:
 * @GBP_COLORMAP_RGB: the three channels of the gradient as red, green and blue: minus the minimum,
 *     divided by the range, both taken over all three channels
 * @GBP_COLORMAP_GRAY: the largest absolute value over the channels, divided by its maximum, as grey
 * @GBP_COLORMAP_VIRIDIS: the same magnitude in matplotlib's viridis
 * @GBP_COLORMAP_INFERNO: the same magnitude in matplotlib's inferno
 * @GBP_COLORMAP_TURBO: the same magnitude in Google's turbo
 * @GBP_COLORMAP_MAGMA: the same magnitude in matplotlib's magma
 * @GBP_COLORMAP_DIVERGING: the value that is largest in absolute terms, with its sign, in Moreland's cool to warm:
 *     blue below zero, light grey at zero, red above
 *
 * How a gradient becomes colour; gbp_list_colormaps() lists them, and may have more than these. A number that it does
 * not list counts as GBP_COLORMAP_GRAY.
 */
typedef enum {
  GBP_COLORMAP_RGB,
  GBP_COLORMAP_GRAY,
  GBP_COLORMAP_VIRIDIS,
  GBP_COLORMAP_INFERNO,
  GBP_COLORMAP_TURBO,
  GBP_COLORMAP_MAGMA,
  GBP_COLORMAP_DIVERGING,
} GbpColormap;

/**
 * gbp_picture_render: (skip)
 * @colormap: the colours
 * @gradient: float32 [height][width][3] in RGB order, as gbp_explanation_compute() gives it; a value that
 *     is not finite counts as zero
 * @height: rows of the network's input
 * @width: pixels in each of them
 * @rgb: (out caller-allocates): 8-bit RGB, [height][width][3], rows @stride bytes apart
 * @stride: at least 3 · @width
 *
 * Each picture over its own range, as GBP_NORMALIZE_FRAME says. A gradient without range (constant, for RGB; zero
 * everywhere, for the others) gives the colour of zero: mid grey for RGB.
 *
 * From any thread, with buffers of its own; goes over the gradient twice, and allocates nothing.
 */
GBP_AVAILABLE_IN_0_1 void gbp_picture_render (GbpColormap colormap, const float *gradient,
    guint height, guint width, guint8 *rgb, gsize stride);

/**
 * gbp_blend_u8: (skip)
 * @frame: (inout): rows of @n_components 8-bit components, @frame_stride bytes apart
 * @frame_stride: bytes from one row of @frame to the next, at least @n_components
 * @picture: rows of as many, @picture_stride bytes apart; must not overlap @frame
 * @picture_stride: bytes from one row of @picture to the next, at least @n_components
 * @n_components: components in a row
 * @n_rows: rows
 * @weights: the picture's share, 0 … 1, of component i of a row at @weights[i % 4]: 0 where alpha lies
 *
 * Sets every component of @frame to (1 − weight) · frame + weight · picture, rounded to nearest. A
 * weight of 0 leaves the frame as it is, one of 1 copies the picture, exactly. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_blend_u8 (guint8 *frame, gsize frame_stride, const guint8 *picture,
    gsize picture_stride, gsize n_components, guint n_rows, const float weights[4]);

/**
 * gbp_blend_u16: (skip)
 * @frame: (inout): rows of @n_components 16-bit components, @frame_stride bytes apart
 * @frame_stride: bytes from one row of @frame to the next, at least 2 · @n_components
 * @picture: rows of as many, @picture_stride bytes apart; must not overlap @frame
 * @picture_stride: bytes from one row of @picture to the next, at least 2 · @n_components
 * @n_components: components in a row
 * @n_rows: rows
 * @weights: the picture's share, 0 … 1, of component i of a row at @weights[i % 4]: 0 where alpha lies
 *
 * As gbp_blend_u8(), for 16-bit components in the machine's byte order. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_blend_u16 (guint16 *frame, gsize frame_stride, const guint16 *picture,
    gsize picture_stride, gsize n_components, guint n_rows, const float weights[4]);

G_END_DECLS
