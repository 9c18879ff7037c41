/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that take a part of a map, or put its channels in another order. */
#include <math.h>
#include <string.h>

#include "format/onnx_axes.h"

#define MAX_PARTS  64
#define MAX_NUMBER ((gint64) 1 << 60)

/* A map of some of @map's channels.
 * @channels: (transfer full): [@n]: which, as ONNX counts them */
static GbpOnnxValue *
select_channels (GbpOnnx *onnx, const GbpOnnxValue *map, float *channels, guint64 n, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_SELECT, map->value);
  GbpOnnxValue *selected;
  int value;

  for (guint64 i = 0; i < n; i++)
    channels[i] = (float) gbp_onnx_place_channel (map, (guint) channels[i]);
  operation.tensors[0] = gbp_tensor_new_take (channels, n);
  value = gbp_builder_add (onnx->builder, &operation, error);
  if (value < 0)
    return NULL;
  selected = gbp_onnx_map_new (onnx, value, map);
  selected->flattened = (GbpShape){0};
  return selected;
}

GbpOnnxValue *
gbp_onnx_take_channels (
    GbpOnnx *onnx, const GbpOnnxValue *map, gint64 first, gint64 step, guint64 n, GError **error)
{
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  float *values;

  if (first == 0 && step == 1 && n == channels)
    return gbp_onnx_map_new (onnx, map->value, map);
  values = gbp_builder_allocate (onnx->builder, n, error);
  for (guint64 i = 0; values != NULL && i < n; i++)
    values[i] = (float) (first + (gint64) i * step);
  return values == NULL ? NULL : select_channels (onnx, map, values, n, error);
}

/* @n of what is along an axis, from @first on. */
static GbpOnnxValue *
take_part (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint axis, gint64 first, gint64 n, GError **error)
{
  if (map->roles[axis] == GBP_ONNX_CHANNELS)
    return gbp_onnx_take_channels (onnx, map, first, 1, (guint64) n, error);
  return gbp_onnx_take_pixels (
      onnx, map, map->roles[axis], gbp_onnx_get_size (onnx, map, axis), first, (guint64) n, error);
}

/* @sizes: (out): [@n_parts]: as the node says, else as equal as they come; FALSE with @error set */
static gboolean
read_parts (GbpOnnx *onnx, const GbpOnnxNode *node, guint channels, gint64 *sizes, guint n_parts,
    GError **error)
{
  g_autoptr (GError) cause = NULL;
  int n = gbp_onnx_get_numbers (onnx, node, "split", 1, sizes, MAX_PARTS, &cause);
  gint64 left = channels, size = (channels + n_parts - 1) / n_parts;

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  for (guint i = 0; i < n_parts; i++) {
    if (n < 0)
      sizes[i] = MIN (size, left);
    left -= CLAMP (sizes[i], 0, MAX_NUMBER / MAX_PARTS);
    if (sizes[i] <= 0)
      left = -1;
  }
  if (left == 0 && (n < 0 || n == (int) n_parts))
    return TRUE;
  gbp_builder_refuse (error, "its parts are expected to be the axis' %u", channels);
  return FALSE;
}

static GbpOnnxValue *
onnx_split (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error), *first = NULL;
  gint64 axis = gbp_onnx_get_int (node, "axis", 0), sizes[MAX_PARTS] = {0}, at = 0;
  guint n_parts = g_strv_length (node->outputs);

  if (map == NULL)
    return NULL;
  axis += axis < 0 ? (gint64) map->rank : 0;
  if (axis < 0 || axis >= (gint64) map->rank || map->roles[axis] < GBP_ONNX_HEIGHT || n_parts == 0
      || n_parts > MAX_PARTS) {
    gbp_builder_refuse (error,
        "it is supported along channels, rows and columns, into at most %d parts", MAX_PARTS);
    return NULL;
  }
  if (!read_parts (onnx, node, gbp_onnx_get_size (onnx, map, (guint) axis), sizes, n_parts, error))
    return NULL;
  for (guint i = 0; i < n_parts; at += sizes[i], i++) {
    GbpOnnxValue *part = take_part (onnx, map, (guint) axis, at, sizes[i], error);

    if (part == NULL)
      return NULL;
    if (i == 0)
      first = part;
    gbp_builder_name (onnx->builder, part->value, node->outputs[i], node->outputs[i]);
    g_hash_table_insert (onnx->named, node->outputs[i], part);
  }
  return first;
}

/* The sizes of a sequence's parts along an axis of @size: those that the node's input lists, as many as fit of the one
 * that it names, or 1 each.
 * @sizes: (out): [MAX_PARTS]
 * Returns: how many parts there are; -1 with @error set */
static int
read_sequence (GbpOnnx *onnx, const GbpOnnxNode *node, gint64 size, gint64 *sizes, GError **error)
{
  g_autoptr (GError) cause = NULL;
  int n = gbp_onnx_get_numbers (onnx, node, "split", 1, sizes, MAX_PARTS, &cause);
  gboolean is_list = n > 0 && gbp_onnx_need_constant (onnx, node, 1, NULL)->rank > 0;
  gint64 part = n > 0 ? sizes[0] : 1, left = size;

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return -1;
  }
  if (!is_list)
    n = part > 0 && (size - 1) / part < MAX_PARTS ? (int) ((size - 1) / part + 1) : 0;
  for (int i = 0; i < n; i++) {
    if (!is_list)
      sizes[i] = MIN (part, left);
    left -= sizes[i] > 0 && sizes[i] <= left ? sizes[i] : left + 1;
  }
  if (n > 0 && left == 0)
    return n;
  return gbp_builder_refuse (error,
      "its parts are expected to be the %" G_GINT64_FORMAT " channels, in at most %d parts", size,
      MAX_PARTS);
}

static GbpOnnxValue *
onnx_split_to_sequence (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error), *sequence;
  gint64 axis = gbp_onnx_get_int (node, "axis", 0), sizes[MAX_PARTS] = {0}, at = 0;
  gboolean has_split = node->n_inputs > 1 && *node->inputs[1] != '\0';
  int channels = map != NULL ? gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) : -1, n;

  if (map == NULL)
    return NULL;
  if (channels < 0 || axis + (axis < 0 ? (gint64) map->rank : 0) != channels
      || (!has_split && gbp_onnx_get_int (node, "keepdims", 1) == 0)) {
    gbp_builder_refuse (error, "it is supported along the channels, whose axis stays");
    return NULL;
  }
  n = read_sequence (onnx, node, gbp_onnx_get_size (onnx, map, (guint) channels), sizes, error);
  if (n < 0)
    return NULL;
  sequence = gbp_onnx_value_new (onnx, GBP_ONNX_SEQUENCE);
  sequence->parts = g_ptr_array_new ();
  for (int i = 0; i < n; at += sizes[i], i++) {
    GbpOnnxValue *part = gbp_onnx_take_channels (onnx, map, at, 1, (guint64) sizes[i], error);

    if (part == NULL)
      return NULL;
    g_ptr_array_add (sequence->parts, part);
  }
  return sequence;
}

static GbpOnnxValue *
onnx_sequence_at (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  const GbpOnnxValue *sequence = gbp_onnx_identity (onnx, node, error);
  g_autoptr (GError) cause = NULL;
  gint64 position = 0;
  int n = gbp_onnx_get_numbers (onnx, node, "position", 1, &position, 1, &cause);

  if (sequence == NULL)
    return NULL;
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (sequence->state == GBP_ONNX_SEQUENCE && position < 0)
    position += sequence->parts->len;
  if (n == 1 && sequence->state == GBP_ONNX_SEQUENCE && position >= 0
      && position < sequence->parts->len)
    return sequence->parts->pdata[position];
  gbp_builder_refuse (error, "it is supported on a sequence that has its position");
  return NULL;
}

/* Whether indices can be axes of their own: those that a vector without others is given. */
static gboolean
makes_axes (const GbpOnnxValue *map, const GbpOnnxConstant *indices)
{
  guint n_large = 0;

  for (guint i = 0; i < indices->rank; i++)
    n_large += indices->shape[i] != 1;
  return map->rank == 1 && n_large <= 1;
}

/* Which channels of @size the indices name, (transfer full); NULL with @error set.
 * @is_all: (out): all, in their order */
static float *
read_indices (
    GbpOnnx *onnx, const GbpOnnxConstant *indices, guint size, gboolean *is_all, GError **error)
{
  guint64 n = gbp_onnx_count (indices);
  float *channels = gbp_builder_allocate (onnx->builder, n, error);

  *is_all = n == size;
  for (guint64 i = 0; channels != NULL && i < n; i++) {
    float index = indices->values->values[i];

    channels[i] = index + (index < 0 ? (float) size : 0);
    *is_all = *is_all && channels[i] == (float) i;
    if (!(channels[i] >= 0 && channels[i] < (float) size) || index != floorf (index)) {
      g_clear_pointer (&channels, g_free);
      gbp_builder_refuse (error, "its indices are expected to be below %u", size);
    }
  }
  return channels;
}

/* From a constant list of them. A single number takes the axis away. */
GbpOnnxValue *
gbp_onnx_gather_channels (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *map, GError **error)
{
  const GbpOnnxConstant *indices = gbp_onnx_need_constant (onnx, node, 1, error);
  gint64 axis = gbp_onnx_get_int (node, "axis", 0);
  int channels = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  GbpOnnxValue *gathered = map;
  gboolean is_all;
  float *values;

  if (indices == NULL)
    return NULL;
  if (channels < 0 || axis + (axis < 0 ? (gint64) map->rank : 0) != channels
      || (indices->rank > 1 && !makes_axes (map, indices)) || gbp_onnx_count (indices) == 0) {
    gbp_builder_refuse (error, "it is supported on a shape, and along the channels of a map");
    return NULL;
  }
  values =
      read_indices (onnx, indices, gbp_onnx_get_size (onnx, map, (guint) channels), &is_all, error);
  if (values == NULL)
    return NULL;
  if (is_all)
    g_free (values);
  else
    gathered = select_channels (onnx, map, values, gbp_onnx_count (indices), error);
  if (gathered == NULL || indices->rank == 1)
    return gathered;
  if (indices->rank > 1)
    return gbp_onnx_give_axes (onnx, gathered, indices->rank, indices->shape, error);
  gathered = gbp_onnx_map_new (onnx, gathered->value, gathered);
  memmove (&gathered->roles[channels], &gathered->roles[channels + 1],
      (gathered->rank - 1 - (guint) channels) * sizeof *gathered->roles);
  gathered->rank--;
  return gathered;
}

/* Whether @shape, of one axis more, is a map's with two factors in place of @axis. */
static gboolean
splits_axis (const GbpOnnx *onnx, const GbpOnnxValue *map, guint axis, const guint64 *shape)
{
  for (guint i = 0; i < map->rank; i++) {
    guint64 size = gbp_onnx_get_size (onnx, map, i);

    if (i == axis ? (shape[i] < 2 || shape[i + 1] < 2 || size % shape[i] != 0
                     || size / shape[i] != shape[i + 1])
                  : size != shape[i + (i > axis)])
      return FALSE;
  }
  return TRUE;
}

GbpOnnxValue *
gbp_onnx_group_channels (GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape)
{
  int axis = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  GbpOnnxValue *grouped;

  if (axis < 0 || map->groups != 0 || map->flattened.height != 0 || rank != map->rank + 1
      || rank > GBP_ONNX_MAX_RANK || !splits_axis (onnx, map, (guint) axis, shape))
    return NULL;
  grouped = gbp_onnx_map_new (onnx, map->value, map);
  memmove (&grouped->roles[axis + 1], &grouped->roles[axis],
      (map->rank - (guint) axis) * sizeof *grouped->roles);
  grouped->roles[axis] = GBP_ONNX_GROUPS;
  grouped->groups = (guint) shape[axis];
  grouped->rank = rank;
  return grouped;
}

/* The channels of all groups, one of each in turn. */
static GbpOnnxValue *
shuffle_channels (GbpOnnx *onnx, const GbpOnnxValue *map, guint groups, GError **error)
{
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  float *values = gbp_builder_allocate (onnx->builder, channels, error);

  for (guint c = 0; values != NULL && c < channels; c++)
    values[c] = (float) (c % groups * (channels / groups) + c / groups);
  return values == NULL ? NULL : select_channels (onnx, map, values, channels, error);
}

GbpOnnxValue *
gbp_onnx_join_groups (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error)
{
  int outer = gbp_onnx_find_axis (map, GBP_ONNX_GROUPS),
      inner = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  guint first = (guint) MIN (outer, inner);
  GbpOnnxValue *joined = gbp_onnx_map_new (onnx, map->value, map);
  gboolean is_joined = ABS (outer - inner) == 1 && rank + 1 == map->rank;

  joined->groups = 0;
  joined->rank = map->rank - 1;
  joined->roles[first] = GBP_ONNX_CHANNELS;
  memmove (&joined->roles[first + 1], &map->roles[first + 2],
      (map->rank - MIN (first + 2, map->rank)) * sizeof *joined->roles);
  for (guint i = 0; i < rank && is_joined; i++)
    is_joined = shape[i] == gbp_onnx_get_size (onnx, joined, i);
  if (is_joined)
    return outer < inner ? joined : shuffle_channels (onnx, joined, map->groups, error);
  gbp_builder_refuse (error, "its shape is supported where it joins the groups of channels");
  return NULL;
}

const GbpOnnxRow gbp_onnx_channel_rows[] = {
    {"Split", onnx_split},
    {"SplitToSequence", onnx_split_to_sequence},
    {"SequenceAt", onnx_sequence_at},
    {NULL, NULL},
};
