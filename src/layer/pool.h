/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over 2×2 pixels, stride 2, both ways, in plain C: for convolutions that do not take the pool after
 * them along. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/team.h"

/* @width: of the pooled map; what goes in is twice as high and wide
 * @region: the pixels of the pooled map that are wanted, or that there are
 * @labels: [2 · height][2 · width]: of what goes in
 * @choice: [height][width][2][stride / 8]: which of the four was the first maximum, see kernel/pooling.h;
 *     written forward, read backward
 * @active: (out): forward: the maxima above zero, as bits */
typedef struct {
  GbpTeam *team;
  guint width;
  gsize stride;
  GbpRegion region;
  const guint64 *labels;
  guint8 *choice;
  guint8 *active;
} GbpPool;

/* Bytes of a pool's choices. */
gsize gbp_pool_get_choice_size (guint height, guint width, gsize stride);

/* @input: [2 · height][2 · width][stride]; @output: (out): [height][width][stride] */
void gbp_pool_forward (const GbpPool *pool, const float *input, float *output);

/* @gradient: [height][width][stride]; @output: (out): [2 · height][2 · width][stride] */
void gbp_pool_backward (const GbpPool *pool, const float *gradient, float *output);
