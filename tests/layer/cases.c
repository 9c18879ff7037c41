/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cases.h"

#define GROUPS(n)                        WINDOW (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n)
#define SUMS(n)                          WINDOW (0, n, 0, 0, 0, 0, 0, 0, 0, 0, 0)
#define BORDER(top, left, bottom, right) WINDOW (0, 0, 0, 0, 0, 0, top, left, bottom, right, 0)

/* Rows out, each made of some of the input's, and columns: as strides, which resampling has none of. */
#define LINES(rows, taps, columns, taps_x) WINDOW (taps, taps_x, rows, columns, 0, 0, 0, 0, 0, 0, 0)

/* Of a transposition the outputs are its axes, one behind the other. Odd sizes, channels one off a vector, one pixel,
 * windows larger than the map, paddings of one side. */
const KindCase kind_cases[] = {
    {GBP_KIND_CONVOLUTION, {{5, 7, 17}}, 31, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{1, 1, 40}}, 65, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{13, 11, 33}}, 112, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{23, 21, 7}}, 16, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 20}}, 18, WINDOW (1, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 20}}, 18, WINDOW (1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 20}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{19, 16, 20}}, 112, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 3}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 20}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 12, 3}}, 33, WINDOW (3, 3, 2, 2, 1, 1, 0, 0, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{15, 22, 3}}, 17, WINDOW (7, 7, 2, 2, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{15, 22, 1}}, 1, WINDOW (7, 7, 2, 2, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{61, 10, 2}}, 5, WINDOW (4, 4, 4, 4, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{33, 9, 4}}, 5, WINDOW (4, 4, 1, 1, 2, 1, 0, 3, 5, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 9, 5}}, 16, WINDOW (3, 5, 1, 2, 2, 1, 2, 1, 0, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 9, 6}}, 9, WINDOW (2, 3, 3, 4, 1, 2, 0, 1, 1, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 8, 4}}, 9, WINDOW (2, 2, 5, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{3, 3, 4}}, 9, WINDOW (7, 7, 1, 1, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{7, 7, 48}}, 144, WINDOW (3, 3, 1, 1, 1, 1, 2, 1, 0, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 12}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 3)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 24}}, 24, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 4)},
    {GBP_KIND_CONVOLUTION, {{6, 11, 128}}, 128, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 64}}, 32, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 4)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 96}}, 160, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 102}}, 105, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 3)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 16}}, 32, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 16)},
    {GBP_KIND_CONVOLUTION, {{11, 13, 17}}, 17, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 17)},
    {GBP_KIND_CONVOLUTION, {{10, 29, 40}}, 40, WINDOW (3, 3, 2, 2, 1, 1, 0, 0, 1, 1, 40)},
    {GBP_KIND_CONVOLUTION, {{10, 7, 16}}, 16, WINDOW (5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 16)},
    {GBP_KIND_CONVOLUTION, {{10, 7, 16}}, 16, WINDOW (5, 5, 2, 2, 1, 1, 1, 1, 2, 2, 16)},
    {GBP_KIND_CONVOLUTION, {{2, 2, 33}}, 33, WINDOW (3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 33)},
    {GBP_KIND_CONVOLUTION, {{9, 9, 7}}, 7, WINDOW (2, 2, 4, 4, 1, 1, 0, 0, 0, 0, 7)},
    {GBP_KIND_DENSE, {{1, 1, 37}}, 101, {0}},
    {GBP_KIND_SCALE, {{4, 7, 33}}, 0, {0}},
    {GBP_KIND_LAYER_NORM, {{4, 7, 33}}, 0, {0}},
    {GBP_KIND_LAYER_NORM, {{1, 1, 96}}, 0, {0}},
    {GBP_KIND_LAYER_NORM, {{33, 32, 2}}, 0, {0}},
    {GBP_KIND_GROUP_NORM, {{5, 7, 18}}, 0, GROUPS (3)},
    {GBP_KIND_GROUP_NORM, {{4, 3, 33}}, 0, GROUPS (1)},
    {GBP_KIND_GROUP_NORM, {{33, 32, 2}}, 0, GROUPS (2)},
    {GBP_KIND_RESPONSE_NORM, {{4, 7, 33}}, 0, SUMS (5)},
    {GBP_KIND_RESPONSE_NORM, {{1, 1, 96}}, 0, SUMS (4)},
    {GBP_KIND_RESPONSE_NORM, {{33, 32, 2}}, 0, SUMS (3)},
    {GBP_KIND_RESPONSE_NORM, {{5, 3, 17}}, 0, SUMS (33)},
    {GBP_KIND_POOL_MAX, {{8, 8, 16}}, 0, WINDOW (2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_MAX, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_MAX, {{5, 4, 17}}, 0, WINDOW (3, 2, 1, 1, 1, 1, 0, 0, 2, 1, 1)},
    {GBP_KIND_POOL_MAX, {{9, 9, 3}}, 0, WINDOW (2, 2, 4, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_AVERAGE, {{8, 8, 16}}, 0, WINDOW (2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_AVERAGE, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE, {{5, 4, 33}}, 0, WINDOW (3, 3, 1, 1, 1, 1, 2, 0, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE_PADDED, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE_PADDED, {{9, 9, 3}}, 0, WINDOW (2, 2, 4, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_GLOBAL_AVERAGE, {{7, 9, 33}}, 0, {0}},
    {GBP_KIND_GLOBAL_MAX, {{7, 9, 33}}, 0, {0}},
    {GBP_KIND_ADD, {{5, 7, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_ADD, {{5, 7, 17}, {1, 1, 17}, {5, 7, 1}}, 0, {0}},
    {GBP_KIND_ADD, {{1, 1, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 7, 17}, {5, 7, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 7, 80}, {1, 1, 80}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{1, 1, 17}, {5, 7, 1}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 1, 17}, {1, 7, 17}, {1, 1, 1}}, 0, {0}},
    {GBP_KIND_MAXIMUM, {{5, 7, 17}, {5, 7, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_MAXIMUM, {{19, 21, 40}, {19, 21, 40}}, 0, {0}},
    {GBP_KIND_CHANNEL_MAX, {{5, 7, 17}}, 0, {0}},
    {GBP_KIND_CHANNEL_MAX, {{33, 40, 48}}, 0, {0}},
    {GBP_KIND_CONCATENATE, {{5, 3, 16}, {5, 3, 7}, {5, 3, 30}}, 0, {0}},
    {GBP_KIND_SELECT, {{5, 3, 17}}, 33, {0}},
    {GBP_KIND_SELECT, {{19, 21, 64}}, 20, {0}},
    {GBP_KIND_RESAMPLE, {{5, 3, 17}}, 0, LINES (11, 1, 7, 2)},
    {GBP_KIND_RESAMPLE, {{19, 21, 20}}, 0, LINES (9, 4, 4, 3)},
    {GBP_KIND_RESAMPLE, {{1, 1, 33}}, 0, LINES (6, 1, 5, 1)},
    {GBP_KIND_TRANSPOSE, {{5, 3, 17}}, 210, {0}},
    {GBP_KIND_TRANSPOSE, {{5, 3, 17}}, 102, {0}},
    {GBP_KIND_TRANSPOSE, {{7, 33, 20}}, 21, {0}},
    {GBP_KIND_PAD, {{5, 3, 17}}, 0, BORDER (1, 2, 3, 0)},
    {GBP_KIND_CROP, {{9, 8, 17}}, 0, BORDER (1, 2, 3, 0)},
    {GBP_KIND_FLATTEN, {{5, 3, 17}}, 0, {0}},
    {GBP_KIND_IDENTITY, {{5, 3, 17}}, 0, {0}},
};
const guint n_kind_cases = G_N_ELEMENTS (kind_cases);

static gsize
count_weights (const KindCase *it)
{
  const GbpWindow *window = &it->window;

  switch (it->kind) {
    case GBP_KIND_CONVOLUTION:
      return (gsize) window->rows * window->columns * (it->inputs->channels / window->groups)
             * it->n_outputs;
    case GBP_KIND_DENSE:
      return (gsize) it->inputs->channels * it->n_outputs;
    case GBP_KIND_SCALE:
    case GBP_KIND_LAYER_NORM:
    case GBP_KIND_GROUP_NORM:
      return it->inputs->channels;
    case GBP_KIND_RESPONSE_NORM:
    case GBP_KIND_TRANSPOSE:
      return 3;
    case GBP_KIND_SELECT:
      return it->n_outputs;
    case GBP_KIND_RESAMPLE:
      return (gsize) window->stride_y * (window->rows + 1);
    default:
      return 0;
  }
}

static gsize
count_shifts (const KindCase *it)
{
  if (it->kind == GBP_KIND_SELECT || it->kind == GBP_KIND_RESPONSE_NORM
      || it->kind == GBP_KIND_TRANSPOSE)
    return 0;
  if (it->kind == GBP_KIND_RESAMPLE)
    return (gsize) it->window.stride_x * (it->window.columns + 1);
  return gbp_kind_scales (it->kind) ? it->inputs->channels : it->n_outputs;
}

TestNode *
kind_case_new (const KindCase *it, const GbpOperation *activation, int level, guint n_threads,
    gboolean has_shifts)
{
  GbpOperation operation = {.kind = it->kind, .window = it->window, .epsilon = 0.01f};
  guint n_inputs = 0;

  if (it->kind == GBP_KIND_TRANSPOSE)
    operation.window.groups = it->n_outputs; /* for who makes its axes */
  while (n_inputs < MOST_INPUTS && it->inputs[n_inputs].height > 0)
    n_inputs++;
  return test_node_new (level, n_threads, &operation, activation, it->inputs, n_inputs,
      count_weights (it), has_shifts || it->kind == GBP_KIND_RESAMPLE ? count_shifts (it) : 0);
}
