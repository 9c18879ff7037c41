/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/vgg.h"

#include "network/demand.h"

static gboolean
has_weights (GbpLayerKind kind)
{
  return kind == GBP_LAYER_CONVOLUTION || kind == GBP_LAYER_DENSE;
}

/* How many layers can be computed: up to the first one that needs weights and has none. */
static guint
count_layers (const GbpLayerEntry *entries, guint n_entries, const GbpWeights *weights)
{
  guint i = 0;

  while (i < n_entries && (!has_weights (entries[i].kind) || weights->layers[i].kernel != NULL))
    i++;
  return i;
}

static gboolean
check_no_gap (
    const GbpLayerEntry *entries, guint first, guint n, const GbpWeights *weights, GError **error)
{
  for (guint i = first; i < n; i++) {
    if (weights->layers[i].kernel == NULL)
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected weights, found none, though there are some for %s after it",
        entries[first].name, entries[i].name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_widths (const GbpLayerEntry *entries, guint n, const GbpWeights *weights,
    const GbpShape *input, GError **error)
{
  guint64 n_outputs[GBP_WEIGHTS_MAX_LAYERS] = {0};

  for (guint i = 0; i < n; i++)
    n_outputs[i] = weights->layers[i].n_outputs;
  return gbp_demand_check (entries, n, n_outputs, input, error);
}

/* @tensors: as many of the two as the layer has, taken */
static int
add_operation (
    GbpGraph *graph, GbpKind kind, const char *name, GbpLayerWeights *taken, GError **error)
{
  GbpOperation operation = {.kind = kind, .name = g_strdup (name), .n_inputs = 1};
  gsize n_kernel = (gsize) taken->n_inputs * taken->n_outputs;

  operation.inputs = g_new (guint, 1);
  operation.inputs[0] = gbp_graph_count_values (graph) - 1;
  if (kind == GBP_KIND_CONVOLUTION) {
    operation.window = (GbpWindow){3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1};
    n_kernel *= 9;
  }
  if (kind == GBP_KIND_POOL_MAX)
    operation.window = (GbpWindow){2, 2, 2, 2, 1, 1, {0, 0, 0, 0}, 1};
  if (taken->kernel != NULL)
    operation.tensors[0] = gbp_tensor_new_take (taken->kernel, n_kernel);
  if (taken->bias != NULL)
    operation.tensors[1] = gbp_tensor_new_take (taken->bias, taken->n_outputs);
  *taken = (GbpLayerWeights){0};
  return gbp_graph_add (graph, &operation, error);
}

static gboolean
check_channels (const GbpGraph *graph, const GbpLayerEntry *entry, const GbpLayerWeights *weights,
    GError **error)
{
  guint n_inputs = gbp_graph_get_shape (graph, gbp_graph_count_values (graph) - 1)->channels;

  if (weights->n_inputs == n_inputs && weights->n_outputs > 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "layer %s: expected %u input channels and at least one output channel, found %u and %u",
      entry->name, n_inputs, weights->n_inputs, weights->n_outputs);
  return FALSE;
}

/* A layer's name is that of what comes out of its ReLU. */
static gboolean
add_layer (GbpGraph *graph, const GbpLayerEntry *entry, GbpLayerWeights *weights, GError **error)
{
  static const GbpKind kinds[] = {
      [GBP_LAYER_CONVOLUTION] = GBP_KIND_CONVOLUTION,
      [GBP_LAYER_POOL] = GBP_KIND_POOL_MAX,
      [GBP_LAYER_FLATTEN] = GBP_KIND_FLATTEN,
      [GBP_LAYER_DENSE] = GBP_KIND_DENSE,
      [GBP_LAYER_GLOBAL_AVERAGE] = GBP_KIND_GLOBAL_AVERAGE,
      [GBP_LAYER_GLOBAL_MAX] = GBP_KIND_GLOBAL_MAX,
  };
  GbpLayerWeights none = {0};
  int value;

  if (has_weights (entry->kind) && !check_channels (graph, entry, weights, error))
    return FALSE;
  value = add_operation (graph, kinds[entry->kind], entry->name, weights, error);
  if (value < 0)
    return FALSE;
  if (!has_weights (entry->kind) || entry->has_classes)
    return TRUE;
  gbp_graph_set_name (graph, (guint) value, NULL);
  return add_operation (graph, GBP_KIND_ACTIVATION, entry->name, &none, error) > 0;
}

GbpGraph *
gbp_vgg_build (GbpWeights *weights, GError **error)
{
  GbpLayerEntry entries[GBP_WEIGHTS_MAX_LAYERS];
  guint n_entries = gbp_weights_list_layers (weights, entries), n_layers;
  g_autoptr (GbpGraph) graph = NULL;
  GbpShape input = {.channels = 3};

  gbp_weights_get_input_size (weights, &input.height, &input.width);
  graph = gbp_graph_new (&input);
  n_layers = count_layers (entries, n_entries, weights);
  if (!check_no_gap (entries, n_layers, n_entries, weights, error)
      || !check_widths (entries, n_layers, weights, &input, error))
    return NULL;
  for (guint i = 0; i < n_layers; i++)
    if (!add_layer (graph, &entries[i], &weights->layers[i], error))
      return NULL;
  if (n_layers > 0)
    return g_steal_pointer (&graph);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "layer %s: expected weights, found none: the network would be empty", entries[0].name);
  return NULL;
}

char *
gbp_vgg_describe (GbpArchitecture architecture, guint width)
{
  const char *name = gbp_architecture_get_name (architecture);

  if (width == 64)
    return g_strdup (name);
  if (64 % width == 0)
    return g_strdup_printf ("%s at 1/%u width", name, 64 / width);
  return g_strdup_printf ("%s at width %u", name, width);
}
