/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all explanations of a network share: which of its operations go by which kernels, and their weights in the form
 * that these want: made once, when an explanation first needs them. They take the place of the kernels that the
 * network was loaded with. */
#pragma once

#include "explain/chain.h"
#include "layer/convolution.h"
#include "layer/kind.h"
#include "network/network.h"

/* @layers: [n_layers]: of the chain at the graph's beginning
 * @convolutions: [n_layers]: NULL at other layers, and at those that no explanation has needed
 * @n_operations: of the graph
 * @nodes: [2 · n_operations]: of each operation, by itself; and behind these, where an operation closes the one before
 *     it, which nothing else reads, both as one; which without an operation is none
 * @weights: [2 · n_operations]: what a node's kind makes of them
 * @pixel_sums: (nullable): of the chain's first dense layer, see gbp_prepared_sum_pixels() */
typedef struct {
  guint n_layers;
  GbpLayer *layers;
  GbpConvolution **convolutions;
  guint n_operations;
  GbpNode *nodes;
  gpointer *weights;
  float *pixel_sums;
} GbpPrepared;

/* Owned by @network; all but @convolutions and @weights are as they will stay.
 * Returns: NULL with @error set (GBP_ERROR_MEMORY) */
const GbpPrepared *gbp_prepared_get (GbpNetwork *network, GError **error);

/* gbp_prepared_sum_pixels:
 * @layer: the chain's first dense layer, which is behind a flatten
 *
 * Returns: what gbp_dense_sum_pixels() makes of its kernel, by the first call, with @team; owned by @network. NULL with
 *     @error set (GBP_ERROR_MEMORY) */
const float *gbp_prepared_sum_pixels (
    GbpNetwork *network, guint layer, GbpTeam *team, GError **error);

/* Makes what is missing of the first @n_layers of the chain, and of the nodes that are @wanted; by @team. What is there
 * stays as it is while the network lives. Safe from any thread.
 * @wanted: [2 · n_operations] (nullable): NULL: none
 *
 * Returns: FALSE with @error set (GBP_ERROR_MEMORY); what could be made is then there for the next call */
gboolean gbp_prepared_fill (
    GbpNetwork *network, guint n_layers, const gboolean *wanted, GbpTeam *team, GError **error);
