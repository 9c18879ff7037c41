/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The beginning of a graph that goes as VGG does: 3×3 convolutions with ReLUs, 2×2 max pools, flatten and dense layers,
 * one after another. It has kernels of its own, which fuse its operations; behind it each operation goes by its kind.
 * Where what is fused has a name, and so can be a target itself, the computation for that target leaves the chain
 * before it. */
#pragma once

#include "network/layer.h"

/* How many layers the chain at the beginning of @graph has.
 * @layers: (out) (nullable): they, as many as there are operations at most */
guint gbp_chain_find (const GbpGraph *graph, GbpLayer *layers);

/* Whether @value is computed within a layer of the chain, but is not its output. */
gboolean gbp_chain_hides (const GbpLayer *layer, guint value);
