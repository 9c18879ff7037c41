/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pad: zeros or a border of its own pixels around a map, or a border off it. */
#include "format/compose.h"
#include "format/onnx_values.h"
#include "format/resample.h"

/* @numbers: [2 · rank]: before and behind each axis
 * @sides: (out): top, left, bottom and right
 * @ends: (out): before and behind the channels */
static gboolean
find_sides (
    const GbpOnnxValue *map, const gint64 *numbers, gint64 sides[4], gint64 ends[2], GError **error)
{
  int channels = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS),
      vertical = gbp_onnx_find_axis (map, GBP_ONNX_HEIGHT),
      horizontal = gbp_onnx_find_axis (map, GBP_ONNX_WIDTH);

  for (guint i = 0; i < 2 * map->rank; i++) {
    gboolean is_end = i >= map->rank;
    int axis = (int) (i % map->rank);

    if (axis == vertical || axis == horizontal)
      sides[(axis == vertical ? 0 : 1) + (is_end ? 2 : 0)] = numbers[i];
    else if (axis == channels)
      ends[is_end] = numbers[i];
    else if (numbers[i] != 0)
      return gbp_builder_refuse (error, "it is supported on height, width and channels") >= 0;
    if (numbers[i] < -(gint64) GBP_MAX_SIZE || numbers[i] > GBP_MAX_SIZE)
      return gbp_builder_refuse (
                 error, "its pads are expected to be at most %u pixels", GBP_MAX_SIZE)
             >= 0;
  }
  return TRUE;
}

/* Adds zeros around, or takes pixels away, where the number is below 0. */
static int
add_zeros (GbpOnnx *onnx, int value, const gint64 sides[4], GError **error)
{
  for (gint64 sign = 1; sign >= -1; sign -= 2) {
    GbpOperation operation = gbp_operation_on (sign > 0 ? GBP_KIND_PAD : GBP_KIND_CROP, value);

    operation.window.padding =
        (GbpPadding){(guint) MAX (sign * sides[0], 0), (guint) MAX (sign * sides[1], 0),
            (guint) MAX (sign * sides[2], 0), (guint) MAX (sign * sides[3], 0)};
    if (sign < 0 && sides[0] >= 0 && sides[1] >= 0 && sides[2] >= 0 && sides[3] >= 0) {
      gbp_operation_clear (&operation);
      break;
    }
    value = gbp_builder_add (onnx->builder, &operation, error);
    if (value < 0)
      return -1;
  }
  return value;
}

static int
add_border (
    GbpOnnx *onnx, const GbpOnnxValue *map, const gint64 *numbers, GbpBorder border, GError **error)
{
  gint64 sides[4] = {0}, ends[2] = {0};
  GbpPadding padding;
  int value = map->value;

  if (!find_sides (map, numbers, sides, ends, error))
    return -1;
  if ((ends[0] != 0 || ends[1] != 0) && (border != GBP_BORDER_ZEROS || map->flattened.height != 0))
    return gbp_builder_refuse (
        error, "on the channels it is supported where its mode is constant, of zeros");
  if (ends[0] != 0 || ends[1] != 0)
    value = gbp_builder_add_channel_zeros (onnx->builder, value, ends[0], ends[1], error);
  if (value >= 0 && border == GBP_BORDER_ZEROS)
    return add_zeros (onnx, value, sides, error);
  if (value < 0)
    return -1;
  if (MIN (MIN (sides[0], sides[1]), MIN (sides[2], sides[3])) < 0)
    return gbp_builder_refuse (error, "pads below 0 are supported where its mode is constant");
  padding = (GbpPadding){(guint) sides[0], (guint) sides[1], (guint) sides[2], (guint) sides[3]};
  return gbp_builder_add_border (onnx->builder, map->value, &padding, border, error);
}

/* The axes that a node's pads are of: those that an input names, or all of the map's. Their number; -1 with @error
 * set. */
static int
find_padded_axes (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    gint64 axes[GBP_ONNX_MAX_RANK], GError **error)
{
  g_autoptr (GError) cause = NULL;
  int n = gbp_onnx_get_numbers (onnx, node, "axes", 3, axes, GBP_ONNX_MAX_RANK, &cause);

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return -1;
  }
  for (guint i = 0; n < 0 && i < map->rank; i++)
    axes[i] = i;
  return n < 0 ? (int) map->rank : n;
}

/* From pads of some axes, @n_pads of them or -1, to those of all. */
static gboolean
spread_pads (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, const gint64 *pads,
    int n_pads, gint64 *all, GError **error)
{
  gint64 axes[GBP_ONNX_MAX_RANK];
  int n = find_padded_axes (onnx, node, map, axes, error);

  if (n < 0)
    return FALSE;
  for (int i = 0; i < n; i++) {
    gint64 axis = axes[i] + (axes[i] < 0 ? (gint64) map->rank : 0);

    if (axis < 0 || axis >= (gint64) map->rank || n_pads != 2 * n)
      return gbp_builder_refuse (error, "its pads are expected to be two for each axis") >= 0;
    all[axis] = pads[i];
    all[axis + map->rank] = pads[i + n];
  }
  return TRUE;
}

/* @border: (out): what the node fills it with. FALSE with @error set */
static gboolean
read_border (GbpOnnx *onnx, const GbpOnnxNode *node, GbpBorder *border, GError **error)
{
  double filler = gbp_onnx_get_float (node, "value", 0);
  const GbpOnnxConstant *constant;
  GbpWire mode;
  gboolean has_mode = gbp_onnx_get_text (node, "mode", &mode);

  *border = GBP_BORDER_ZEROS;
  if (has_mode && gbp_wire_is_text (mode, "reflect"))
    *border = GBP_BORDER_REFLECT;
  else if (has_mode && gbp_wire_is_text (mode, "edge"))
    *border = GBP_BORDER_EDGE;
  if (*border != GBP_BORDER_ZEROS)
    return TRUE;
  if (node->n_inputs > 2 && *node->inputs[2] != '\0') {
    constant = gbp_onnx_need_constant (onnx, node, 2, error);
    if (constant == NULL)
      return FALSE;
    filler = gbp_onnx_count (constant) > 0 ? constant->values->values[0] : 0;
  }
  return (filler == 0 && (!has_mode || gbp_wire_is_text (mode, "constant")))
         || gbp_builder_refuse (
                error, "its mode is supported as constant, of zeros, reflect or edge")
                >= 0;
}

static GbpOnnxValue *
onnx_pad (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 pads[2 * GBP_ONNX_MAX_RANK], all[2 * GBP_ONNX_MAX_RANK] = {0};
  GbpBorder border;
  int n_pads, value;

  if (map == NULL)
    return NULL;
  n_pads = gbp_onnx_get_numbers (onnx, node, "pads", 1, pads, G_N_ELEMENTS (pads), &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (!read_border (onnx, node, &border, error)
      || !spread_pads (onnx, node, map, pads, n_pads, all, error))
    return NULL;
  value = add_border (onnx, map, all, border, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

const GbpOnnxRow gbp_onnx_border_rows[] = {
    {"Pad", onnx_pad},
    {NULL, NULL},
};
