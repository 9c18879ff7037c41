/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a network's widths ask of memory, known before any of it is taken. */
#pragma once

#include <gbp/network.h>

#include "network/architecture.h"
#include "network/graph.h"

/* A frame of VGG19 takes 87 MB at most, one of a VGG19 that is twelve times as wide 1 GB. */
#define GBP_DEMAND_MAX_FRAME (G_GUINT64_CONSTANT (1) << 30)

/* gbp_demand_estimate_frame:
 * @n_outputs: [n_layers]: channels that come out of the layers with weights; others are not looked at
 * @input: what goes in
 *
 * Returns: bytes that every explanation holds that is cut at the last of these layers, at most: two maps, a
 *     convolution's transformed ones, and masks. The weights are not among them. */
guint64 gbp_demand_estimate_frame (
    const GbpLayerEntry *entries, guint n_layers, const guint64 *n_outputs, const GbpShape *input);

/* FALSE with @error set (GBP_ERROR_READ), naming the layer, its width and both numbers of bytes, if a frame
 * takes more than GBP_DEMAND_MAX_FRAME. */
gboolean gbp_demand_check (const GbpLayerEntry *entries, guint n_layers, const guint64 *n_outputs,
    const GbpShape *input, GError **error);
