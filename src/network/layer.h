/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A layer as people see it: what stands between one named value of a graph and the next. */
#pragma once

#include "network/graph.h"

/* What a layer's weights are, in a graph that owns them.
 * @n_inputs: channels in; for a dense layer, the length of its input
 * @n_outputs: channels out
 * @kernel: (nullable): NULL where the layer has none, or where they are prepared in another form
 * @bias: (nullable) */
typedef struct {
  guint n_inputs;
  guint n_outputs;
  const float *kernel;
  const float *bias;
} GbpLayerView;

/* @name: (nullable): the graph's
 * @kind: of what the layer does; where its value is what an activation makes of an operation without a name, that
 *     operation's
 * @has_relu: a plain ReLU closes such an operation
 * @operation: the index of the operation with that kind, whose weights they are
 * @value: what is explained when the layer is the target */
typedef struct {
  const char *name;
  GbpKind kind;
  gboolean has_relu;
  guint height;
  guint width;
  guint channels;
  GbpLayerView weights;
  guint operation;
  guint value;
} GbpLayer;

/* The layer whose output is @value, which is not the input. */
void gbp_layer_init (GbpLayer *layer, const GbpGraph *graph, guint value);

/* The same where it is known that the layer begins with the operation at @index, which may have a name of its own. */
void gbp_layer_init_from (GbpLayer *layer, const GbpGraph *graph, guint index, guint value);

/* Whether @operation is max (x, 0). */
gboolean gbp_operation_is_relu (const GbpOperation *operation);
