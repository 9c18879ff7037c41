/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps that are stacked, or whose channels are in groups, and what is made over the groups: networks that weigh
 * branches against each other, as SKNet and ResNeSt, are written so. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

#define MAX_GROUPS 64

/* Sets the values of a map's groups: [groups]; FALSE with @error set. */
static gboolean
take_groups (GbpOnnx *onnx, const GbpOnnxValue *map, int *parts, GError **error)
{
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  guint n = channels / map->groups;

  if (map->groups > MAX_GROUPS)
    return gbp_builder_refuse (error, "at most %d groups are supported", MAX_GROUPS) >= 0;
  for (guint g = 0; g < map->groups; g++) {
    parts[g] = gbp_builder_add_channel_zeros (onnx->builder, map->value, -(gint64) g * n,
        (gint64) (g + 1) * n - (gint64) channels, error);
    if (parts[g] < 0)
      return FALSE;
  }
  return TRUE;
}

static int
add_all (GbpOnnx *onnx, GbpKind kind, const int *parts, guint n, GError **error)
{
  GbpOperation operation;

  if (n == 1)
    return parts[0];
  operation = gbp_operation_on_all (kind, parts, n);
  return gbp_builder_add (onnx->builder, &operation, error);
}

GbpOnnxValue *
gbp_onnx_sum_groups (
    GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, GError **error)
{
  guint axis = (guint) gbp_onnx_find_axis (map, GBP_ONNX_GROUPS);
  gboolean is_sum = strcmp (node->kind, "ReduceSum") == 0;
  int parts[MAX_GROUPS], value;
  GbpOnnxValue *sum;

  if (!is_sum && strcmp (node->kind, "ReduceMean") != 0) {
    gbp_builder_refuse (error, "over groups of channels ReduceSum and ReduceMean are supported");
    return NULL;
  }
  if (!take_groups (onnx, map, parts, error))
    return NULL;
  value = add_all (onnx, GBP_KIND_ADD, parts, map->groups, error);
  if (value >= 0 && !is_sum)
    value = gbp_builder_add_affine (onnx->builder, value, 1.0 / map->groups, 0, error);
  if (value < 0)
    return NULL;
  sum = gbp_onnx_map_new (onnx, value, map);
  sum->groups = 0;
  sum->roles[axis] = GBP_ONNX_SINGLE;
  if (gbp_onnx_get_int (node, "keepdims", 1) != 0)
    return sum;
  memmove (&sum->roles[axis], &sum->roles[axis + 1], (sum->rank - 1 - axis) * sizeof *sum->roles);
  sum->rank--;
  return sum;
}

/* eˣ of each group less the largest of all groups. FALSE with @error set
 * @parts: (inout): [@n] */
static gboolean
add_exponentials (GbpOnnx *onnx, int *parts, guint n, GError **error)
{
  static const GbpActivation exponential = {.function = GBP_FUNCTION_EXPONENTIAL};
  int largest = gbp_builder_add_extremum (onnx->builder, parts, n, FALSE, GBP_CORNER_ABOVE, error);

  for (guint g = 0; g < n; g++) {
    if (largest >= 0)
      parts[g] = gbp_builder_add_difference (onnx->builder, parts[g], largest, error);
    if (largest >= 0 && parts[g] >= 0)
      parts[g] = gbp_builder_add_activation (onnx->builder, parts[g], &exponential, error);
    if (largest < 0 || parts[g] < 0)
      return FALSE;
  }
  return TRUE;
}

GbpOnnxValue *
gbp_onnx_softmax_groups (GbpOnnx *onnx, const GbpOnnxValue *map, GError **error)
{
  static const GbpActivation inverse = {.function = GBP_FUNCTION_POWER, .slope = -1};
  int parts[MAX_GROUPS], value;

  if (!take_groups (onnx, map, parts, error) || !add_exponentials (onnx, parts, map->groups, error))
    return NULL;
  value = add_all (onnx, GBP_KIND_ADD, parts, map->groups, error);
  if (value >= 0)
    value = gbp_builder_add_activation (onnx->builder, value, &inverse, error);
  for (guint g = 0; g < map->groups && value >= 0; g++) {
    parts[g] = gbp_builder_add_product (onnx->builder, parts[g], value, error);
    if (parts[g] < 0)
      return NULL;
  }
  if (value >= 0)
    value = add_all (onnx, GBP_KIND_CONCATENATE, parts, map->groups, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

GbpOnnxValue *
gbp_onnx_stack_maps (GbpOnnx *onnx, GbpOnnxValue *const *maps, guint n, guint axis, GError **error)
{
  int parts[MAX_GROUPS], value;
  GbpOnnxValue *stacked;

  if (n > MAX_GROUPS) {
    gbp_builder_refuse (error, "at most %d maps are supported in a stack", MAX_GROUPS);
    return NULL;
  }
  for (guint i = 0; i < n; i++)
    parts[i] = maps[i]->value;
  value = add_all (onnx, GBP_KIND_CONCATENATE, parts, n, error);
  if (value < 0)
    return NULL;
  stacked = gbp_onnx_map_new (onnx, value, maps[0]);
  stacked->groups = n;
  stacked->roles[axis] = GBP_ONNX_GROUPS;
  return stacked;
}

GbpOnnxValue *
gbp_onnx_group_vector (GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape)
{
  const GbpShape *size = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  GbpOnnxValue *grouped = gbp_onnx_map_new (onnx, map->value, map);
  guint n_large = 0, n_behind = 0;

  grouped->rank = rank;
  for (guint i = 0; i < rank; i++) {
    grouped->roles[i] = i == 0                        ? GBP_ONNX_BATCH
                        : n_large < 2 || n_behind > 1 ? GBP_ONNX_SINGLE
                        : n_behind == 0               ? GBP_ONNX_HEIGHT
                                                      : GBP_ONNX_WIDTH;
    if (shape[i] == 1) {
      n_behind += n_large == 2;
      continue;
    }
    grouped->roles[i] = n_large == 0 ? GBP_ONNX_GROUPS : GBP_ONNX_CHANNELS;
    if (n_large++ == 0)
      grouped->groups = (guint) shape[i];
  }
  return size->height == 1 && size->width == 1 && map->groups == 0 && map->flattened.height == 0
                 && n_large == 2 && shape[0] == 1
             ? grouped
             : NULL;
}

GbpOnnxValue *
gbp_onnx_join_vector (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error)
{
  const GbpShape *size = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  int outer = gbp_onnx_find_axis (map, GBP_ONNX_GROUPS),
      inner = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  GbpOnnxValue *joined;
  guint n_large = 0;

  for (guint i = 0; i < rank; i++)
    n_large += shape[i] != 1;
  if (size->height != 1 || size->width != 1 || outer < 0 || inner < outer || n_large > 2)
    return NULL;
  joined = gbp_onnx_map_new (onnx, map->value, map);
  joined->groups = 0;
  return n_large == 2 ? gbp_onnx_group_vector (onnx, joined, rank, shape)
                      : gbp_onnx_give_axes (onnx, joined, rank, shape, error);
}
