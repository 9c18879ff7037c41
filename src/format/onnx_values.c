/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/onnx_values.h"

#include <math.h>
#include <string.h>

GbpOnnxValue *
gbp_onnx_value_new (GbpOnnx *onnx, GbpOnnxState state)
{
  GbpOnnxValue *value = g_new0 (GbpOnnxValue, 1);

  value->state = state;
  g_ptr_array_add (onnx->values, value);
  return value;
}

GbpOnnxValue *
gbp_onnx_map_new (GbpOnnx *onnx, int value, const GbpOnnxValue *like)
{
  GbpOnnxValue *map = gbp_onnx_value_new (onnx, GBP_ONNX_MAP);

  map->value = value;
  map->rank = like->rank;
  memcpy (map->roles, like->roles, sizeof map->roles);
  map->flattened = like->flattened;
  map->groups = like->groups;
  gbp_onnx_samples_begin (&map->samples);
  return map;
}

GbpOnnxValue *
gbp_onnx_constant_new (GbpOnnx *onnx, guint rank, const guint64 *shape, float *values)
{
  GbpOnnxValue *value = gbp_onnx_value_new (onnx, GBP_ONNX_CONSTANT);
  guint64 n_values = 1;

  value->constant.rank = rank;
  for (guint i = 0; i < rank; i++)
    n_values *= value->constant.shape[i] = shape[i];
  value->constant.values = gbp_tensor_new_take (values, n_values);
  return value;
}

guint64
gbp_onnx_count (const GbpOnnxConstant *constant)
{
  return constant->values->n_values;
}

/* An initializer, which is read when the first node takes it. */
static GbpOnnxValue *
read_initializer (GbpOnnx *onnx, const GbpOnnxNamed *initializer, GError **error)
{
  GbpOnnxValue *value = gbp_onnx_value_new (onnx, GBP_ONNX_CONSTANT);

  if (!gbp_onnx_read_tensor (
          onnx->builder, onnx->folder, initializer->message, &value->constant, error)) {
    g_prefix_error (error, "array %s: ", initializer->name);
    return NULL;
  }
  g_hash_table_insert (onnx->named, initializer->name, value);
  return value;
}

GbpOnnxValue *
gbp_onnx_get_input (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error)
{
  const char *name = index < node->n_inputs ? node->inputs[index] : "";
  const GbpOnnxNamed *initializer;
  GbpOnnxValue *value;

  if (*name == '\0')
    return NULL;
  value = g_hash_table_lookup (onnx->named, name);
  if (value != NULL)
    return value;
  initializer = g_hash_table_lookup (onnx->initializers, name);
  if (initializer != NULL)
    return read_initializer (onnx, initializer, error);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected values that nodes before it make, found %s", name);
  return NULL;
}

GbpOnnxValue *
gbp_onnx_need_map (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error)
{
  GbpOnnxValue *value = gbp_onnx_need_groups (onnx, node, index, error);

  if (value == NULL || value->groups == 0)
    return value;
  gbp_builder_refuse (error, "its input is expected to have its channels in one axis");
  return NULL;
}

GbpOnnxValue *
gbp_onnx_need_groups (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = gbp_onnx_get_input (onnx, node, index, &cause);

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (value == NULL || value->state == GBP_ONNX_MISSING || value->state == GBP_ONNX_CONSTANT)
    gbp_builder_refuse (error, "its input %u is expected to depend on the picture", index + 1);
  else if (gbp_onnx_settle (onnx, value, error))
    return value;
  return NULL;
}

const GbpOnnxConstant *
gbp_onnx_need_constant (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = gbp_onnx_get_input (onnx, node, index, &cause);

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (value == NULL || value->state != GBP_ONNX_CONSTANT)
    gbp_builder_refuse (error, "its input %u is expected to be a constant", index + 1);
  else
    return &value->constant;
  return NULL;
}

int
gbp_onnx_get_numbers (GbpOnnx *onnx, const GbpOnnxNode *node, const char *attribute, guint index,
    gint64 *numbers, guint n_most, GError **error)
{
  int n = gbp_onnx_get_ints (node, attribute, numbers, n_most);
  const GbpOnnxConstant *constant;

  if (n >= 0 || index >= node->n_inputs || *node->inputs[index] == '\0')
    return n;
  constant = gbp_onnx_need_constant (onnx, node, index, error);
  if (constant == NULL)
    return -1;
  if (gbp_onnx_count (constant) > n_most)
    return gbp_builder_refuse (
        error, "at most %u numbers are expected as its %s", n_most, attribute);
  for (guint i = 0; i < gbp_onnx_count (constant); i++) {
    float number = constant->values->values[i];

    if (!(number == floorf (number))) /* a NaN is none either */
      return gbp_builder_refuse (error, "whole numbers are expected as its %s", attribute);
    numbers[i] = (gint64) CLAMP (number, -1e18f, 1e18f);
  }
  return (int) gbp_onnx_count (constant);
}

guint
gbp_onnx_get_size (const GbpOnnx *onnx, const GbpOnnxValue *map, guint axis)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);

  switch (map->roles[axis]) {
    case GBP_ONNX_HEIGHT:
      return shape->height;
    case GBP_ONNX_WIDTH:
      return shape->width;
    case GBP_ONNX_CHANNELS:
      return shape->channels / MAX (map->groups, 1);
    case GBP_ONNX_GROUPS:
      return map->groups;
    case GBP_ONNX_BLOCK_ROWS:
    case GBP_ONNX_BLOCK_COLUMNS:
      return (guint) sqrt (map->groups);
    case GBP_ONNX_REST:
      return shape->channels / map->groups * shape->height * shape->width;
    default:
      return 1;
  }
}

int
gbp_onnx_find_axis (const GbpOnnxValue *map, GbpOnnxRole role)
{
  for (guint i = 0; i < map->rank; i++)
    if (map->roles[i] == role)
      return (int) i;
  return -1;
}

gboolean
gbp_onnx_is_nchw (const GbpOnnxValue *map)
{
  return map->rank == 4 && map->roles[0] == GBP_ONNX_BATCH && map->roles[1] == GBP_ONNX_CHANNELS
         && map->roles[2] == GBP_ONNX_HEIGHT && map->roles[3] == GBP_ONNX_WIDTH;
}

guint
gbp_onnx_place_channel (const GbpOnnxValue *map, guint index)
{
  const GbpShape *shape = &map->flattened;
  guint n_pixels = shape->height * shape->width;

  return n_pixels == 0 ? index : index % n_pixels * shape->channels + index / n_pixels;
}

gboolean
gbp_onnx_spread_channels (
    const GbpOnnx *onnx, const GbpOnnxValue *map, const GbpOnnxConstant *constant, float *values)
{
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  int channel_axis = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  gboolean is_single = gbp_onnx_count (constant) == 1;

  for (guint i = 0; i < constant->rank && !is_single; i++) {
    int axis = (int) map->rank - (int) constant->rank + (int) i;

    if (constant->shape[i] != 1 && (axis != channel_axis || constant->shape[i] != channels))
      return FALSE;
  }
  if (!is_single && gbp_onnx_count (constant) != channels)
    return FALSE;
  for (guint c = 0; c < channels; c++)
    values[gbp_onnx_place_channel (map, c)] = constant->values->values[is_single ? 0 : c];
  return TRUE;
}
