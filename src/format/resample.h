/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps in other sizes, and transposed convolutions, which put zeros between a map's pixels. */
#pragma once

#include "format/builder.h"

/* Which of the input's lines, rows or columns, one is made of that is at a place between them.
 * @EXACT: the one there, or zeros where there is none
 * @FLOOR, @CEIL, @HALF_DOWN, @HALF_UP: the nearest one, and of two that are equally near the first or the second
 * @LINEAR: two, @CUBIC: four; those outside are the ones at the border */
typedef enum {
  GBP_LINES_EXACT,
  GBP_LINES_FLOOR,
  GBP_LINES_CEIL,
  GBP_LINES_HALF_DOWN,
  GBP_LINES_HALF_UP,
  GBP_LINES_LINEAR,
  GBP_LINES_CUBIC,
} GbpLinesMode;

/* What EXACT takes where a place lies outside: zeros, the line at the border, or as far within, the border's own
 * once. */
typedef enum {
  GBP_BORDER_ZEROS,
  GBP_BORDER_EDGE,
  GBP_BORDER_REFLECT,
} GbpBorder;

/* The lines that come out along one direction: line i is at (i + shift) · numerator / denominator + back.
 * @n: how many
 * @curve: of CUBIC: its parameter, below 0 (Keys 1981) */
typedef struct {
  guint64 n;
  GbpLinesMode mode;
  GbpBorder border;
  double shift, numerator, denominator, back;
  double curve;
} GbpLines;

/* gbp_builder_add_lines:
 * @rows, @columns: (nullable): NULL: as they are
 *
 * Returns: the value that comes out, the input where nothing changes; -1 with @error set */
int gbp_builder_add_lines (
    GbpBuilder *builder, int input, const GbpLines *rows, const GbpLines *columns, GError **error);

/* gbp_builder_add_border:
 * @padding: in each direction less than the map's size
 * @border: not zeros, which are an operation of their own
 *
 * Returns: the value that comes out; -1 with @error set */
int gbp_builder_add_border (
    GbpBuilder *builder, int input, const GbpPadding *padding, GbpBorder border, GError **error);

/* A transposed convolution. Along both directions, rows and columns:
 * @window: places of the kernel
 * @before: lines that are left out before the first
 * @size: lines that come out */
typedef struct {
  guint window[2], stride[2], dilation[2];
  gint64 before[2], size[2];
  guint groups;
} GbpTransposed;

/* gbp_builder_add_transposed:
 * @kernel, @bias: (transfer full); @bias: (nullable): as a convolution has them, the kernel's rows and columns the
 *     other way round
 *
 * Returns: the value that comes out; -1 with @error set */
int gbp_builder_add_transposed (GbpBuilder *builder, int input, const GbpTransposed *transposed,
    GbpTensor *kernel, GbpTensor *bias, GError **error);
