/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/layer.h"

#include <math.h>

gboolean
gbp_operation_is_relu (const GbpOperation *operation)
{
  return operation->kind == GBP_KIND_ACTIVATION && operation->function == GBP_FUNCTION_RELU
         && (operation->maximum == 0 || isinf (operation->maximum));
}

/* An activation is part of the layer that it closes: Keras' and a person's name for both is one. */
static guint
find_operation (const GbpOperation *operations, guint index)
{
  guint before = operations[index].inputs[0];
  GbpKind kind = operations[index].kind;
  gboolean closes =
      kind == GBP_KIND_ACTIVATION || kind == GBP_KIND_SOFTMAX || kind == GBP_KIND_LOG_SOFTMAX;

  return closes && before > 0 && operations[before - 1].name == NULL ? before - 1 : index;
}

static const float *
get_values (const GbpTensor *tensor)
{
  return tensor != NULL ? tensor->values : NULL;
}

void
gbp_layer_init (GbpLayer *layer, const GbpGraph *graph, guint value)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  gbp_layer_init_from (layer, graph, find_operation (operations, value - 1), value);
}

void
gbp_layer_init_from (GbpLayer *layer, const GbpGraph *graph, guint index, guint value)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations), *operation;
  const GbpShape *shape = gbp_graph_get_shape (graph, value), *input;

  *layer = (GbpLayer){.name = operations[value - 1].name, .value = value};
  layer->height = shape->height;
  layer->width = shape->width;
  layer->channels = shape->channels;
  layer->operation = index;
  layer->has_relu = layer->operation != value - 1 && gbp_operation_is_relu (&operations[value - 1]);
  operation = &operations[layer->operation];
  layer->kind = operation->kind;
  if (operation->kind != GBP_KIND_CONVOLUTION && operation->kind != GBP_KIND_DENSE)
    return;
  input = gbp_graph_get_shape (graph, operation->inputs[0]);
  layer->weights = (GbpLayerView){input->channels, shape->channels,
      get_values (operation->tensors[0]), get_values (operation->tensors[1])};
}
