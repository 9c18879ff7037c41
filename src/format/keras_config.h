/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' model_config, of versions 1 to 3, as a tree: models have layers, some of which are models. */
#pragma once

#include "format/arrays.h"
#include "format/json.h"
#include "network/graph.h"

typedef struct _GbpKerasModel GbpKerasModel;

/* One layer. What is not owned belongs to the JSON.
 * @name: unique in its model
 * @nodes: (nullable): its inbound_nodes, one for each call; NULL in a Sequential
 * @model: (owned) (nullable): the layer is a model
 * @arrays: (owned) (element-type GbpArray): its weights in the layer's own order; the arrays are the file's
 * @is_common: another layer of the tree has this name too
 * @made: (owned) (nullable): tensors that are made of its arrays, shared by its calls */
typedef struct {
  const char *name;
  const char *class_name;
  const json_t *config;
  const json_t *nodes;
  GbpKerasModel *model;
  GPtrArray *arrays;
  gboolean is_common;
  GbpTensor *made[3];
} GbpKerasLayer;

/* @layers: (owned) (element-type GbpKerasLayer)
 * @config: (nullable): NULL: a Sequential of Keras 1, whose configuration is the list of its layers
 * @is_sequential: each layer takes what the one before it gives */
struct _GbpKerasModel {
  GPtrArray *layers;
  const json_t *config;
  gboolean is_sequential;
};

/* gbp_keras_model_parse:
 * @root: {class_name, config}, kept as long as the model
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_READ) */
GbpKerasModel *gbp_keras_model_parse (const json_t *root, GError **error);
void gbp_keras_model_free (GbpKerasModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpKerasModel, gbp_keras_model_free)

/* One output of a call of a layer: what inbound_nodes, input_layers and output_layers are lists of.
 * @layer: NULL: a number in its place
 * @node: which call
 * @tensor: which of its outputs */
typedef struct {
  const char *layer;
  guint node;
  guint tensor;
  double number;
} GbpKerasOperand;

/* (transfer full) (element-type GbpKerasOperand): all that a node of a graph takes, in order: of Keras 2, [name, node,
 * tensor, {keywords}] or a list of those; of Keras 3, {args, kwargs} with __keras_tensor__ in them, and __tensor__,
 * whose numbers are operands one by one. */
GArray *gbp_keras_parse_operands (const json_t *node);
