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
 * @equivalence: [2 · height][2 · width]: the classes of what goes in
 * @argmax: [height][width][2][stride / 8]: which of the four was the first maximum, see kernel/pooling.h;
 *     written forward, read backward
 * @active: (out): forward: the maxima above zero, as bits */
typedef struct {
  GbpTeam *team;
  guint width;
  gsize stride;
  GbpRegion region;
  const guint64 *equivalence;
  guint8 *argmax;
  guint8 *active;
} GbpPool;

/* Bytes of a pool's argmax. */
gsize gbp_pool_get_argmax_size (guint height, guint width, gsize stride);

/* @input: [2 · height][2 · width][stride]; @output: (out): [height][width][stride] */
void gbp_pool_forward (const GbpPool *pool, const float *input, float *output);

/* @gradient: [height][width][stride]; @output: (out): [2 · height][2 · width][stride] */
void gbp_pool_backward (const GbpPool *pool, const float *gradient, float *output);
