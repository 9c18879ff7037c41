/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Python's indices of a map's channels, as preprocess_input writes them: x[..., 2] and x[..., ::-1]. */
#include <string.h>

#include "format/keras_build.h"

/* What stands between the brackets: in a node of Keras 3 the second argument, of Keras 2 a keyword. NULL: it is not
 * known, also of a layer that is called several times. */
static const json_t *
find_indices (const GbpKerasLayer *layer)
{
  const json_t *node =
      json_array_size (layer->nodes) == 1 ? json_array_get (layer->nodes, 0) : NULL;
  const json_t *arguments = json_object_get (node, "args");

  return arguments != NULL ? json_array_get (arguments, 1)
                           : json_object_get (json_array_get (node, 3), "slice_spec");
}

/* Whether a slice takes all, with a step of 1 or -1. Keras 3 has its members in a configuration. */
static gboolean
is_whole_slice (const json_t *slice, double step)
{
  const json_t *config = json_object_get (slice, "config");
  const json_t *members = config != NULL ? config : slice;
  double found = 1;

  if (!json_is_object (members) || json_object_get (members, "step") == NULL)
    return FALSE;
  gbp_json_as_number (json_object_get (members, "step"), &found);
  return json_is_null (json_object_get (members, "start"))
         && json_is_null (json_object_get (members, "stop")) && found == step;
}

/* Whether the indices before the last one take all. */
static gboolean
takes_all_places (const json_t *indices)
{
  const char *class_name = gbp_json_get_string (json_array_get (indices, 0), "class_name");
  gsize n = json_array_size (indices);

  if (n == 2)
    return class_name != NULL && strcmp (class_name, "__ellipsis__") == 0;
  for (gsize i = 0; i < 3 && n == 4; i++)
    if (!is_whole_slice (json_array_get (indices, i), 1))
      return FALSE;
  return n == 4;
}

/* A map of one channel has the axis still that the index takes away: what follows takes it as one. */
static int
keras_index (const GbpKerasCall *call, GError **error)
{
  const json_t *indices = find_indices (call->layer);
  const json_t *last =
      indices != NULL ? json_array_get (indices, json_array_size (indices) - 1) : NULL;
  guint channels = gbp_keras_get_input_shape (call)->channels, n = channels;
  GbpOperation operation;
  double first = channels - 1.0;
  float *values;

  if (json_is_array (indices) && takes_all_places (indices)) {
    if (gbp_json_as_number (last, &first)) {
      first += first < 0 ? channels : 0;
      n = first >= 0 && first < channels ? 1 : 0;
    } else if (!is_whole_slice (last, -1)) {
      n = 0;
    }
  } else {
    n = 0;
  }
  if (n == 0)
    return gbp_builder_refuse (
        error, "an index is supported where it is [..., CHANNEL] or [..., ::-1]");
  values = gbp_builder_allocate (call->keras->builder, n, error);
  if (values == NULL)
    return -1;
  for (guint c = 0; c < n; c++)
    values[c] = (float) first - (float) c;
  operation = gbp_operation_on (GBP_KIND_SELECT, call->inputs[0]);
  operation.tensors[0] = gbp_tensor_new_take (values, n);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Maps of one channel, which indices have made, become one map. */
static int
keras_stack (const GbpKerasCall *call, GError **error)
{
  double axis = gbp_json_get_number (call->layer->config, "axis", 0);

  for (guint i = 0; i < call->n_inputs; i++)
    if (gbp_graph_get_shape (call->keras->builder->graph, (guint) call->inputs[i])->channels != 1)
      axis = 0;
  if (axis != -1 && axis != 3)
    return gbp_builder_refuse (
        error, "stacking is supported of maps of one channel, along a last axis of channels");
  return gbp_keras_concatenate (call, error);
}

const GbpKerasRow gbp_keras_index_rows[] = {
    {"GetItem", keras_index, TRUE},
    {"SlicingOpLambda", keras_index, TRUE},
    {"Stack", keras_stack, TRUE},
    {NULL, NULL, FALSE},
};
