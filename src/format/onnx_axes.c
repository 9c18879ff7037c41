/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps whose axes a file has in an order that their operator does not take, and what joins maps along their axes. */
#include <string.h>

#include "format/onnx_axes.h"

static const GbpOnnxRole usual[] = {
    GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};

/* Which of the graph's axes a role is. */
static float
find_place (GbpOnnxRole role)
{
  return role == GBP_ONNX_HEIGHT ? 0 : role == GBP_ONNX_WIDTH ? 1 : 2;
}

GbpOnnxValue *
gbp_onnx_make_nchw (GbpOnnx *onnx, GbpOnnxValue *map, GError **error)
{
  float *axes;
  GbpOperation operation;
  GbpOnnxValue *transposed;
  int value;

  if (gbp_onnx_is_nchw (map) || map->rank != 4 || map->roles[0] != GBP_ONNX_BATCH
      || map->groups != 0 || gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) < 0
      || gbp_onnx_find_axis (map, GBP_ONNX_HEIGHT) < 0
      || gbp_onnx_find_axis (map, GBP_ONNX_WIDTH) < 0)
    return map;
  axes = gbp_builder_allocate (onnx->builder, 3, error);
  if (axes == NULL)
    return NULL;
  axes[0] = find_place (map->roles[2]);
  axes[1] = find_place (map->roles[3]);
  axes[2] = find_place (map->roles[1]);
  operation = gbp_operation_on (GBP_KIND_TRANSPOSE, map->value);
  operation.tensors[0] = gbp_tensor_new_take (axes, 3);
  value = gbp_builder_add (onnx->builder, &operation, error);
  if (value < 0)
    return NULL;
  transposed = gbp_onnx_map_new (onnx, value, map);
  memcpy (transposed->roles, usual, sizeof usual);
  return transposed;
}

gboolean
gbp_onnx_have_same_axes (const GbpOnnxValue *x, const GbpOnnxValue *y)
{
  return x->rank == y->rank && memcmp (x->roles, y->roles, x->rank * sizeof *x->roles) == 0
         && memcmp (&x->flattened, &y->flattened, sizeof x->flattened) == 0;
}

gboolean
gbp_onnx_align_axes (GbpOnnx *onnx, GbpOnnxValue **maps, guint n, GError **error)
{
  gboolean are_same = TRUE;

  for (guint i = 1; i < n; i++)
    are_same = are_same && gbp_onnx_have_same_axes (maps[0], maps[i]);
  for (guint i = 0; i < n && !are_same; i++) {
    maps[i] = gbp_onnx_make_nchw (onnx, maps[i], error);
    if (maps[i] == NULL)
      return FALSE;
  }
  return TRUE;
}

/* Maps along their rows or columns: each with zeros where the others are, all added. -1 with @error set
 * @maps: [@n] */
static int
join_lines (GbpOnnx *onnx, GbpOnnxValue *const *maps, guint n, gboolean is_row, GError **error)
{
  g_autofree int *parts = g_new (int, n);
  guint64 total = 0, at = 0;
  GbpOperation operation;

  for (guint i = 0; i < n; i++) {
    const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) maps[i]->value);

    total += is_row ? shape->height : shape->width;
  }
  if (total > GBP_MAX_SIZE)
    return gbp_builder_refuse (error, "at most %u rows or columns are supported", GBP_MAX_SIZE);
  for (guint i = 0; i < n; i++) {
    const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) maps[i]->value);
    guint size = is_row ? shape->height : shape->width;
    guint before = (guint) at, after = (guint) (total - at) - size;

    operation = gbp_operation_on (GBP_KIND_PAD, maps[i]->value);
    operation.window.padding =
        is_row ? (GbpPadding){before, 0, after, 0} : (GbpPadding){0, before, 0, after};
    parts[i] = gbp_builder_add (onnx->builder, &operation, error);
    if (parts[i] < 0)
      return -1;
    at += size;
  }
  operation = gbp_operation_on_all (GBP_KIND_ADD, parts, n);
  return gbp_builder_add (onnx->builder, &operation, error);
}

/* Whether maps have the same axes and, but along @role, the same sizes. */
static gboolean
can_join (const GbpOnnx *onnx, GbpOnnxValue *const *maps, guint n, GbpOnnxRole role)
{
  for (guint i = 0; i < n; i++) {
    if (!gbp_onnx_have_same_axes (maps[0], maps[i]) || maps[i]->flattened.height != 0)
      return FALSE;
    for (guint axis = 0; axis < maps[i]->rank && role != GBP_ONNX_CHANNELS; axis++)
      if (maps[i]->roles[axis] != role
          && gbp_onnx_get_size (onnx, maps[i], axis) != gbp_onnx_get_size (onnx, maps[0], axis))
        return FALSE;
  }
  return role == GBP_ONNX_CHANNELS || role == GBP_ONNX_HEIGHT || role == GBP_ONNX_WIDTH
         || role == GBP_ONNX_SINGLE;
}

GbpOnnxValue *
gbp_onnx_join_maps (GbpOnnx *onnx, GbpOnnxValue **maps, guint n, gint64 axis, GError **error)
{
  g_autofree int *inputs = g_new (int, n);
  GbpOperation operation;
  GbpOnnxRole role;
  int value;

  if (!gbp_onnx_align_axes (onnx, maps, n, error))
    return NULL;
  axis += axis < 0 ? (gint64) maps[0]->rank : 0;
  role = axis >= 0 && axis < (gint64) maps[0]->rank ? maps[0]->roles[axis] : GBP_ONNX_BATCH;
  if (role == GBP_ONNX_SINGLE && can_join (onnx, maps, n, GBP_ONNX_SINGLE))
    return gbp_onnx_stack_maps (onnx, maps, n, (guint) axis, error);
  if (role == GBP_ONNX_SINGLE || !can_join (onnx, maps, n, role)) {
    gbp_builder_refuse (error,
        "it is supported along the channels, the rows or the columns of maps with the same axes");
    return NULL;
  }
  if (role != GBP_ONNX_CHANNELS) {
    value = join_lines (onnx, maps, n, role == GBP_ONNX_HEIGHT, error);
    return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, maps[0]);
  }
  for (guint i = 0; i < n; i++)
    inputs[i] = maps[i]->value;
  operation = gbp_operation_on_all (GBP_KIND_CONCATENATE, inputs, n);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, maps[0]);
}

GbpOnnxValue *
gbp_onnx_give_axes (
    GbpOnnx *onnx, const GbpOnnxValue *vector, guint rank, const guint64 *shape, GError **error)
{
  static const GbpOnnxRole others[] = {GBP_ONNX_BATCH, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  GbpOnnxValue *given = gbp_onnx_map_new (onnx, vector->value, vector);
  int channels = rank > 1 ? 1 : 0;
  guint n_others = 0;

  for (guint i = 0; i < rank; i++)
    if (shape[i] != 1)
      channels = (int) i;
  if (rank == 0 || rank > 4) {
    gbp_builder_refuse (error, "its shape is supported with up to 4 axes");
    return NULL;
  }
  for (guint i = 0; i < rank; i++)
    given->roles[i] = (int) i == channels ? GBP_ONNX_CHANNELS : others[n_others++];
  given->rank = rank;
  return given;
}

GbpOnnxValue *
gbp_onnx_change_singles (GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape)
{
  GbpOnnxValue *changed = gbp_onnx_map_new (onnx, map->value, map);
  guint at = 0;

  for (guint i = 0; i < rank; i++) {
    while (at < map->rank && shape[i] != 1 && gbp_onnx_get_size (onnx, map, at) == 1)
      at++;
    if (at < map->rank && shape[i] == gbp_onnx_get_size (onnx, map, at))
      changed->roles[i] = map->roles[at++];
    else if (shape[i] == 1)
      changed->roles[i] = GBP_ONNX_SINGLE;
    else
      return NULL;
  }
  for (; at < map->rank; at++)
    if (gbp_onnx_get_size (onnx, map, at) != 1)
      return NULL;
  changed->rank = rank;
  return changed;
}
