/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reader of safetensors with torchvision's or timm's names. */
#pragma once

#include "format/source.h"
#include "network/network.h"

/* gbp_safetensors_read:
 * @weights: all but the origin is set; on failure it is still to be cleared
 *
 * Metadata that it knows: "preprocess" (none, unit, tf, caffe or torch), "trained" (true or false) and "classes", one
 * name a line.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_safetensors_read (const GbpSource *source, GbpWeights *weights, GError **error);

/* The same of weights in several files, of which the first has the metadata: @sources: [@n_pieces] */
gboolean gbp_safetensors_read_pieces (
    const GbpSource *sources, guint n_pieces, GbpWeights *weights, GError **error);
