/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which outputs of the cut layer are explained: their sum, and its gradient, the seed. */
#pragma once

#include <gbp/explanation.h>

#include "kernel/kernels.h"
#include "network/network.h"

/* A target in a network's terms.
 * @cut: index of the layer
 * @end: index of the layer where the forward pass ends: the cut, or one behind it
 * @inner: index of a layer before the cut at which a way back may stop; -1: there is none
 * @is_repeated: whether the way back is gone more than once
 * @channel: one channel, or GBP_CHANNEL_ALL or GBP_CHANNEL_STRONGEST
 * @unit_x: one column, or GBP_UNIT_ALL; @unit_y: likewise
 * @is_class: whether the channel was given as a class */
typedef struct {
  guint cut;
  guint end;
  int inner;
  gboolean is_repeated;
  GbpMethod method;
  int channel;
  int unit_x;
  int unit_y;
  gboolean is_class;
} GbpSelection;

/* Returns: FALSE with @error set if @network has no such layer, channel, unit or class; @selection is then of no use */
gboolean gbp_selection_init (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error);

/* The selected positions of the cut layer's map. */
GbpRegion gbp_selection_get_region (const GbpSelection *selection, const GbpLayer *layer);

/* @output: the cut layer's map, [height][width][padded channels]
 * @sums: scratch, [padded channels]
 * Returns: the selected outputs' sum, and which channel it is of */
GbpResult gbp_selection_sum (
    const GbpSelection *selection, const GbpLayer *layer, const float *output, double *sums);

/* @channel: as gbp_selection_sum() found it
 * @seed: (out): the gradient of the sum at the selected positions: ones at the selected outputs, else
 *     zeros; the rest of the map is not written */
void gbp_selection_seed (
    const GbpSelection *selection, const GbpLayer *layer, int channel, float *seed);
