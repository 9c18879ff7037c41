/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Operations that are computed as one: a convolution or dense layer, the scale behind it (which batch normalisation
 * is), whose factors go into its weights, and the rectifier that closes it. */
#pragma once

#include "layer/kind.h"

/* gbp_fusion_find:
 * @nodes: [n_operations]: a graph's operations, by themselves
 * @n_users: of each of the graph's values
 * @index: of an operation
 * @folded: (out): the operation with @index's scale in its weights; its inputs are borrowed, its tensors are for
 *     gbp_fusion_fold() to make; untouched where there is no scale
 * @fused: (out): the node that makes @index's output; its operation may be @folded
 *
 * What lies between may be a target nevertheless: it is then computed by itself.
 *
 * Returns: FALSE if @index is computed by itself */
gboolean gbp_fusion_find (
    const GbpNode *nodes, const guint *n_users, guint index, GbpOperation *folded, GbpNode *fused);

/* The operation whose weights gbp_fusion_find() found for @index, and the scale behind it; NULL where there is none. */
const GbpNode *gbp_fusion_find_base (
    const GbpNode *nodes, const guint *n_users, guint index, const GbpOperation **scale);

/* Makes @folded's tensors of @base's and @scale's.
 * Returns: FALSE if there is no memory */
gboolean gbp_fusion_fold (
    const GbpOperation *base, const GbpOperation *scale, GbpOperation *folded);
