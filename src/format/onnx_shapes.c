/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that change axes, and nothing about the numbers. Most need no operation: the graph's map stays as it
 * is, and what its axes mean changes. */
#include <string.h>

#include "format/onnx_axes.h"

/* An input of any kind, whose functions need not be settled. NULL with @error set */
static GbpOnnxValue *
need_input (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = gbp_onnx_get_input (onnx, node, 0, &cause);

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (value == NULL)
    gbp_builder_refuse (error, "it is expected to have an input");
  return value;
}

GbpOnnxValue *
gbp_onnx_identity (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  return need_input (onnx, node, error);
}

/* Does nothing, but has a name. */
static GbpOnnxValue *
onnx_dropout (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  GbpOperation operation;
  int value;

  if (map == NULL)
    return NULL;
  operation = gbp_operation_on (GBP_KIND_IDENTITY, map->value);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* A vector, [batch, channels], of a map. */
static GbpOnnxValue *
flatten_map (GbpOnnx *onnx, const GbpOnnxValue *map, GError **error)
{
  GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gboolean is_vector = shape.height == 1 && shape.width == 1;
  int axis = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  GbpOperation operation = gbp_operation_on (GBP_KIND_FLATTEN, map->value);
  int value = gbp_builder_add (onnx->builder, &operation, error);
  GbpOnnxValue *vector;

  if (value < 0)
    return NULL;
  vector = gbp_onnx_map_new (onnx, value, map);
  vector->rank = 2;
  vector->roles[0] = GBP_ONNX_BATCH;
  vector->roles[1] = GBP_ONNX_CHANNELS;
  if (!is_vector && axis == 1)
    vector->flattened = shape;
  return vector;
}

/* Whether a map's numbers are in an order that a vector of them can have: channels first, or last, height before
 * width. */
static gboolean
is_ordered (const GbpOnnx *onnx, const GbpOnnxValue *map)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  int channels = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  int height = gbp_onnx_find_axis (map, GBP_ONNX_HEIGHT),
      width = gbp_onnx_find_axis (map, GBP_ONNX_WIDTH);

  if (shape->height == 1 && shape->width == 1)
    return TRUE;
  return map->rank == 4 && map->roles[0] == GBP_ONNX_BATCH && height < width
         && (channels == 1 || channels == 3);
}

static GbpOnnxValue *
onnx_flatten (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 axis = gbp_onnx_get_int (node, "axis", 1);

  if (map == NULL)
    return NULL;
  if ((axis == 1 || axis == 1 - (gint64) map->rank) && is_ordered (onnx, map))
    return flatten_map (onnx, map, error);
  gbp_builder_refuse (error, "it is supported from the second axis on");
  return NULL;
}

/* The shape that a Reshape asks for, with 0 and −1 filled in.
 * @before: [@n_before]
 * Returns: FALSE if it does not fit */
static gboolean
resolve_shape (const GbpOnnxNode *node, const guint64 *before, guint n_before, const gint64 *wanted,
    guint n, guint64 *shape)
{
  gboolean keeps_zero = gbp_onnx_get_int (node, "allowzero", 0) == 0;
  guint64 total = 1, known = 1;
  int open = -1;

  for (guint i = 0; i < n_before; i++)
    if (!g_uint64_checked_mul (&total, total, before[i]))
      return FALSE;
  for (guint i = 0; i < n; i++) {
    shape[i] = wanted[i] == 0 && keeps_zero && i < n_before ? before[i] : (guint64) wanted[i];
    if (wanted[i] == -1 && open >= 0)
      return FALSE;
    if (wanted[i] == -1)
      open = (int) i;
    else if (wanted[i] < 0 || !g_uint64_checked_mul (&known, known, shape[i]))
      return FALSE;
  }
  if (open >= 0 && (known == 0 || total % known != 0))
    return FALSE;
  if (open >= 0)
    shape[open] = total / known;
  return open >= 0 || known == total;
}

/* What a Reshape makes of a map whose channels are several axes. NULL with @error set */
static GbpOnnxValue *
join_axes (GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *joined;

  if (gbp_onnx_find_axis (map, GBP_ONNX_REST) >= 0)
    return gbp_onnx_spread_pixels (onnx, map, rank, shape, error);
  if (gbp_onnx_find_axis (map, GBP_ONNX_BLOCK_ROWS) >= 0)
    return gbp_onnx_join_blocks (onnx, map, rank, shape, error);
  joined = gbp_onnx_join_vector (onnx, map, rank, shape, &cause);
  if (cause == NULL)
    return joined != NULL ? joined : gbp_onnx_join_groups (onnx, map, rank, shape, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

/* What it makes of one that stays a map, with other axes; NULL: nothing, or @error is set.
 * @n_large: how many are more than one */
static GbpOnnxValue *
split_axes (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, guint rank,
    const guint64 *shape, guint n_large, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *changed = gbp_onnx_split_blocks (onnx, map, rank, shape, &cause);

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (changed == NULL)
    changed = gbp_onnx_group_channels (onnx, map, rank, shape);
  if (changed == NULL)
    changed = gbp_onnx_group_pixels (onnx, node, map, rank, shape);
  if (changed == NULL)
    changed = gbp_onnx_group_vector (onnx, map, rank, shape);
  return changed == NULL && n_large > 1 ? gbp_onnx_change_singles (onnx, map, rank, shape)
                                        : changed;
}

static GbpOnnxValue *
reshape_map (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, guint rank,
    const guint64 *shape, GError **error)
{
  g_autoptr (GError) cause = NULL;
  guint n_large = 0, n_same = 0;
  const GbpOnnxValue *vector = map;
  GbpOnnxValue *changed;
  const GbpShape *size = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);

  for (guint i = 0; i < rank; i++) {
    n_large += shape[i] != 1;
    n_same += i < map->rank && shape[i] == gbp_onnx_get_size (onnx, map, i);
  }
  if (n_same == rank && rank == map->rank)
    return gbp_onnx_map_new (onnx, map->value, map);
  if (map->groups != 0)
    return join_axes (onnx, map, rank, shape, error);
  changed = split_axes (onnx, node, map, rank, shape, n_large, &cause);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  if (changed != NULL || (error != NULL && *error != NULL))
    return changed;
  if (n_large > 1 || !is_ordered (onnx, map)) {
    gbp_builder_refuse (error,
        "its shape is supported where it leaves the axes as they are, makes a vector of a map, groups "
        "its channels, or makes channels of squares of pixels");
    return NULL;
  }
  if (size->height != 1 || size->width != 1)
    vector = flatten_map (onnx, map, error);
  return vector == NULL ? NULL : gbp_onnx_give_axes (onnx, vector, rank, shape, error);
}

static GbpOnnxValue *
onnx_reshape (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = need_input (onnx, node, error);
  gint64 wanted[GBP_ONNX_MAX_RANK];
  guint64 before[GBP_ONNX_MAX_RANK], shape[GBP_ONNX_MAX_RANK];
  gboolean is_constant = value != NULL && value->state == GBP_ONNX_CONSTANT;
  guint n_before;
  int n;

  if (value == NULL || (!is_constant && !gbp_onnx_settle (onnx, value, error)))
    return NULL;
  n = gbp_onnx_get_numbers (onnx, node, "shape", 1, wanted, G_N_ELEMENTS (wanted), &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  n_before = is_constant ? value->constant.rank : value->rank;
  for (guint i = 0; i < n_before; i++)
    before[i] = is_constant ? value->constant.shape[i] : gbp_onnx_get_size (onnx, value, i);
  if (n < 0 || !resolve_shape (node, before, n_before, wanted, (guint) n, shape)) {
    gbp_builder_refuse (error, "its shape is expected to have as many numbers as its input");
    return NULL;
  }
  if (is_constant)
    return gbp_onnx_reshape_constant (onnx, &value->constant, (guint) n, shape);
  return reshape_map (onnx, node, value, (guint) n, shape, error);
}

static GbpOnnxValue *
onnx_transpose (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *value = need_input (onnx, node, error), *transposed;
  gint64 order[GBP_ONNX_MAX_RANK];
  gboolean is_constant = value != NULL && value->state == GBP_ONNX_CONSTANT;
  guint seen = 0, rank;
  int n;

  if (value == NULL || (!is_constant && !gbp_onnx_settle (onnx, value, error)))
    return NULL;
  rank = is_constant ? value->constant.rank : value->rank;
  n = gbp_onnx_get_ints (node, "perm", order, G_N_ELEMENTS (order));
  for (guint i = 0; n < 0 && i < rank; i++)
    order[i] = (gint64) (rank - 1 - i);
  for (guint i = 0; i < rank && (n < 0 || n == (int) rank); i++)
    seen |= order[i] >= 0 && order[i] < (gint64) rank ? 1u << order[i] : 0;
  if (seen != (1u << rank) - 1) {
    gbp_builder_refuse (error, "its perm is expected to name each axis once");
    return NULL;
  }
  if (is_constant)
    return gbp_onnx_transpose_constant (onnx, &value->constant, order, error);
  transposed = gbp_onnx_map_new (onnx, value->value, value);
  for (guint i = 0; i < rank; i++)
    transposed->roles[i] = value->roles[order[i]];
  return transposed;
}

/* @is_chosen: (out): [GBP_ONNX_MAX_RANK]: of @rank axes those that a node names; FALSE with @error set */
static gboolean
choose_axes (GbpOnnx *onnx, const GbpOnnxNode *node, guint rank, gboolean *is_chosen, int *n_axes,
    GError **error)
{
  g_autoptr (GError) cause = NULL;
  gint64 axes[GBP_ONNX_MAX_RANK];
  int n = gbp_onnx_get_numbers (onnx, node, "axes", 1, axes, G_N_ELEMENTS (axes), &cause);

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  *n_axes = n;
  if (strcmp (node->kind, "Unsqueeze") == 0)
    rank += (guint) MAX (n, 0);
  for (int i = 0; i < n; i++) {
    gint64 axis = axes[i] + (axes[i] < 0 ? (gint64) rank : 0);

    if (axis < 0 || axis >= MIN (rank, GBP_ONNX_MAX_RANK))
      return gbp_builder_refuse (
                 error, "its axes are expected to be below %u", MIN (rank, GBP_ONNX_MAX_RANK))
             >= 0;
    is_chosen[axis] = TRUE;
  }
  return TRUE;
}

static GbpOnnxValue *
onnx_squeeze (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *value = need_input (onnx, node, error), *squeezed;
  gboolean is_constant = value != NULL && value->state == GBP_ONNX_CONSTANT,
           is_chosen[GBP_ONNX_MAX_RANK] = {FALSE};
  guint64 shape[GBP_ONNX_MAX_RANK];
  guint rank, n = 0;
  int n_axes;

  if (value == NULL || (!is_constant && !gbp_onnx_settle (onnx, value, error)))
    return NULL;
  rank = is_constant ? value->constant.rank : value->rank;
  if (!choose_axes (onnx, node, rank, is_chosen, &n_axes, error))
    return NULL;
  squeezed = is_constant ? NULL : gbp_onnx_map_new (onnx, value->value, value);
  for (guint i = 0; i < rank; i++) {
    guint64 size = is_constant ? value->constant.shape[i] : gbp_onnx_get_size (onnx, value, i);
    gboolean is_left_out = n_axes < 0 ? size == 1 : is_chosen[i];

    if (is_left_out && (size != 1 || (!is_constant && value->roles[i] > GBP_ONNX_CHANNELS))) {
      gbp_builder_refuse (error, "its axes are supported where they have one pixel");
      return NULL;
    }
    if (is_left_out)
      continue;
    if (squeezed != NULL)
      squeezed->roles[n] = value->roles[i];
    shape[n++] = size;
  }
  if (is_constant)
    return gbp_onnx_reshape_constant (onnx, &value->constant, n, shape);
  squeezed->rank = n;
  return squeezed;
}

/* Gives new axes of a map the roles that it has no axes for; where there is one for each, they are of none. */
static GbpOnnxValue *
unsqueeze_map (
    GbpOnnx *onnx, const GbpOnnxValue *map, const gboolean *is_new, guint n_axes, GError **error)
{
  static const GbpOnnxRole roles[] = {
      GBP_ONNX_CHANNELS, GBP_ONNX_BATCH, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  guint n_roles = G_N_ELEMENTS (roles);
  GbpOnnxValue *unsqueezed = gbp_onnx_map_new (onnx, map->value, map);
  guint next = 0, at = 0;

  for (guint i = 0; i < map->rank + n_axes; i++) {
    if (i < GBP_ONNX_MAX_RANK && !is_new[i]) {
      unsqueezed->roles[i] = map->roles[at++];
      continue;
    }
    while (next < n_roles && gbp_onnx_find_axis (map, roles[next]) >= 0)
      next++;
    unsqueezed->roles[i] = next < n_roles ? roles[next++] : GBP_ONNX_SINGLE;
  }
  unsqueezed->rank = map->rank + n_axes;
  return unsqueezed;
}

static GbpOnnxValue *
onnx_unsqueeze (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *value = need_input (onnx, node, error);
  gboolean is_constant = value != NULL && value->state == GBP_ONNX_CONSTANT,
           is_new[GBP_ONNX_MAX_RANK] = {FALSE};
  guint64 shape[GBP_ONNX_MAX_RANK];
  guint rank, at = 0, n_new = 0;
  int n_axes;

  if (value == NULL || (!is_constant && !gbp_onnx_settle (onnx, value, error)))
    return NULL;
  rank = is_constant ? value->constant.rank : value->rank;
  if (!choose_axes (onnx, node, rank, is_new, &n_axes, error))
    return NULL;
  for (guint i = 0; i < GBP_ONNX_MAX_RANK; i++)
    n_new += is_new[i];
  if (n_axes <= 0 || n_new != (guint) n_axes || rank + n_new > GBP_ONNX_MAX_RANK) {
    gbp_builder_refuse (error,
        "its axes are expected to be different, and at most %d with the others", GBP_ONNX_MAX_RANK);
    return NULL;
  }
  if (!is_constant)
    return unsqueeze_map (onnx, value, is_new, n_new, error);
  for (guint i = 0; i < rank + n_new; i++)
    shape[i] = is_new[i] ? 1 : value->constant.shape[at++];
  return gbp_onnx_reshape_constant (onnx, &value->constant, rank + n_new, shape);
}

const GbpOnnxRow gbp_onnx_shape_rows[] = {
    {"Flatten", onnx_flatten},
    {"Reshape", onnx_reshape},
    {"Transpose", onnx_transpose},
    {"Squeeze", onnx_squeeze},
    {"Unsqueeze", onnx_unsqueeze},
    {"Identity", gbp_onnx_identity},
    {"Dropout", onnx_dropout},
    {NULL, NULL},
};
