/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over 2×2 pixels, stride 2, both ways. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/team.h"

/* @height: of the pooled map; what goes in is twice as high and wide
  * @region: the pixels of the pooled map that are wanted, or that there are
 * @labels: [2 · height][2 · width]: of what goes in
 * @choice: [height][width][2][stride / 8]: which of the four was the first maximum in raster order;
 *     written forward, read backward */
typedef struct {
  const GbpKernels *kernels;
  GbpTeam *team;
  guint height;
  guint width;
  gsize stride;
  GbpRegion region;
  const guint64 *labels;
  guint8 *choice;
} GbpPool;

/* Bytes of a pool's choices. */
gsize gbp_pool_get_choice_size (guint height, guint width, gsize stride);

/* @input: [2 · height][2 · width][stride]; @output: (out): [height][width][stride] */
void gbp_pool_forward (const GbpPool *pool, const float *input, float *output);

/* @gradient: [height][width][stride]; @output: (out): [2 · height][2 · width][stride], through @gate,
 * the ReLU before the pool */
void gbp_pool_backward (
    const GbpPool *pool, const float *gradient, const GbpGate *gate, float *output);
