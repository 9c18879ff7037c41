/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Operators on the numbers of several maps, or of a map and a constant with a number for each channel. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

static GbpOnnxValue *
refuse_axes (GError **error)
{
  gbp_builder_refuse (error, "its inputs are expected to have the same axes");
  return NULL;
}

/* Factor and shift of a channel by which an operator and its number are those of a scale. */
static void
find_line (GbpOnnxBinary binary, double number, gboolean is_first, float *factor, float *shift)
{
  gboolean is_product = binary == GBP_ONNX_MULTIPLY || binary == GBP_ONNX_DIVIDE;
  gboolean is_difference = binary != GBP_ONNX_ADD && !is_product; /* as what compares is */

  *factor = (float) (binary == GBP_ONNX_DIVIDE   ? 1 / number
                     : is_product                ? number
                     : is_difference && is_first ? -1
                                                 : 1);
  *shift = (float) (is_product ? 0 : is_difference && !is_first ? -number : number);
}

static gboolean
compares (GbpOnnxBinary binary)
{
  return binary >= GBP_ONNX_GREATER && binary <= GBP_ONNX_EQUAL;
}

/* The map with its channel repeated for each of a constant's, where it has only one. NULL with @error set */
static GbpOnnxValue *
repeat_for (GbpOnnx *onnx, GbpOnnxValue *map, const GbpOnnxConstant *constant, GError **error)
{
  GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  int axis = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) + (int) constant->rank - (int) map->rank;
  int value;

  if (shape.channels != 1 || axis < 0 || constant->shape[axis] < 2
      || constant->shape[axis] > GBP_MAX_SIZE)
    return map;
  shape.channels = (guint) constant->shape[axis];
  value = gbp_builder_add_repeated (onnx->builder, map->value, &shape, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* A map and a constant for each channel. What compares them looks at their difference. */
static GbpOnnxValue *
add_channel_constant (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, GbpOnnxValue *map,
    const GbpOnnxConstant *constant, gboolean is_first, GError **error)
{
  GbpOnnxBinary binary = meaning->binary;
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  g_autofree float *factor = gbp_builder_allocate (onnx->builder, channels, error);
  g_autofree float *shift = factor ? gbp_builder_allocate (onnx->builder, channels, error) : NULL;
  GbpOperation operation;
  int value;

  if (shift == NULL)
    return NULL;
  if ((binary > GBP_ONNX_DIVIDE && !compares (binary)) || (binary == GBP_ONNX_DIVIDE && is_first)
      || constant->rank > map->rank || !gbp_onnx_spread_channels (onnx, map, constant, factor)) {
    gbp_builder_refuse (error, "constants are supported with one number, or one for each channel");
    return NULL;
  }
  for (guint c = 0; c < channels; c++)
    find_line (binary, factor[c], is_first, &factor[c], &shift[c]);
  operation = gbp_operation_on (GBP_KIND_SCALE, map->value);
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&factor), channels);
  operation.tensors[1] = gbp_tensor_new_take (g_steal_pointer (&shift), channels);
  value = gbp_builder_add (onnx->builder, &operation, error);
  if (value >= 0 && compares (binary))
    value = gbp_onnx_add_comparison (onnx->builder, binary, value, 0, FALSE, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* @choices: the second and third operand: maps, or numbers */
static GbpOnnxValue *
add_choice (
    GbpOnnx *onnx, const GbpOnnxValue *condition, GbpOnnxValue *const *choices, GError **error)
{
  GbpChoice chosen[2] = {{-1, 0}, {-1, 0}};
  const GbpOnnxValue *like = condition;
  int value;

  for (guint i = 0; i < 2; i++) {
    if (choices[i]->state != GBP_ONNX_CONSTANT) {
      chosen[i].value = choices[i]->value;
      like = choices[i];
    } else if (gbp_onnx_is_number (choices[i])) {
      chosen[i].number = choices[i]->constant.values->values[0];
    } else {
      gbp_builder_refuse (error, "its constants are supported with one number");
      return NULL;
    }
  }
  if (condition->state == GBP_ONNX_CONSTANT) {
    gbp_builder_refuse (error, "its condition is expected to depend on the picture");
    return NULL;
  }
  for (guint i = 0; i < 2; i++)
    if (choices[i]->state != GBP_ONNX_CONSTANT && !gbp_onnx_have_same_axes (condition, choices[i]))
      return refuse_axes (error);
  value = gbp_builder_add_choice (onnx->builder, condition->value, &chosen[0], &chosen[1], error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, like);
}

/* @maps: (out): what the node takes, with the axes of all maps in one order. FALSE with @error set */
static gboolean
align_operands (
    GbpOnnx *onnx, GbpOnnxValue *const *operands, guint n, GbpOnnxValue **maps, GError **error)
{
  GbpOnnxValue *aligned[GBP_ONNX_MOST_OPERANDS];
  guint n_maps = 0;

  for (guint k = 0; k < n; k++)
    if (operands[k]->state != GBP_ONNX_CONSTANT)
      aligned[n_maps++] = operands[k];
  if (!gbp_onnx_align_axes (onnx, aligned, n_maps, error))
    return FALSE;
  n_maps = 0;
  for (guint k = 0; k < n; k++)
    maps[k] = operands[k]->state != GBP_ONNX_CONSTANT ? aligned[n_maps++] : operands[k];
  return TRUE;
}

GbpOnnxValue *
gbp_onnx_combine_maps (GbpOnnx *onnx, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS], GError **error)
{
  GbpOnnxValue *maps[GBP_ONNX_MOST_OPERANDS], *x, *y;
  int value;

  if (!align_operands (onnx, operands, meaning->n_operands, maps, error))
    return NULL;
  x = maps[0];
  y = maps[1];
  if (meaning->n_operands == 3)
    return add_choice (onnx, x, maps + 1, error);
  if (x->state == GBP_ONNX_CONSTANT) {
    y = repeat_for (onnx, y, &x->constant, error);
    return y == NULL ? NULL : add_channel_constant (onnx, meaning, y, &x->constant, TRUE, error);
  }
  if (y->state == GBP_ONNX_CONSTANT) {
    x = repeat_for (onnx, x, &y->constant, error);
    return x == NULL ? NULL : add_channel_constant (onnx, meaning, x, &y->constant, FALSE, error);
  }
  if (!gbp_onnx_have_same_axes (x, y))
    return refuse_axes (error);
  value = gbp_onnx_add_pair (onnx, meaning, x->value, y->value, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, x);
}

/* Of any number of maps. */
static GbpOnnxValue *
onnx_sum (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autofree int *inputs = g_new (int, node->n_inputs);
  GbpOnnxValue *first = NULL;
  GbpOperation operation;
  int value;

  for (guint i = 0; i < node->n_inputs; i++) {
    GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, i, error);

    if (map == NULL)
      return NULL;
    first = i == 0 ? map : first;
    inputs[i] = map->value;
    if (!gbp_onnx_have_same_axes (first, map))
      return refuse_axes (error);
  }
  if (node->n_inputs < 2)
    return gbp_onnx_identity (onnx, node, error);
  operation = gbp_operation_on_all (GBP_KIND_ADD, inputs, node->n_inputs);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, first);
}

const GbpOnnxRow gbp_onnx_combine_rows[] = {
    {"Sum", onnx_sum},
    {NULL, NULL},
};
