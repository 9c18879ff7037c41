/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nodes whose output does not depend on the picture are computed while the file is read: constants, shapes, and what
 * exporters calculate from them. */
#include <math.h>
#include <string.h>

#include "format/onnx_values.h"

#define MAX_NUMBERS 64 /* of a constant in an attribute that is a list */

/* @values: (transfer full): as many as the product of @shape, [@rank] */
static GbpOnnxValue *
new_constant (GbpOnnx *onnx, guint rank, const guint64 *shape, float *values, gboolean is_whole)
{
  GbpOnnxValue *value = gbp_onnx_constant_new (onnx, rank, shape, values);

  value->constant.is_whole = is_whole;
  return value;
}

static GbpOnnxValue *
onnx_make_constant (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *value = NULL;
  gint64 numbers[MAX_NUMBERS];
  GbpWire tensor;
  float *values;
  int n = gbp_onnx_get_ints (node, "value_ints", numbers, MAX_NUMBERS);

  if (gbp_onnx_get_tensor (node, "value", &tensor)) {
    value = gbp_onnx_value_new (onnx, GBP_ONNX_CONSTANT);
    return gbp_onnx_read_tensor (onnx->builder, onnx->folder, tensor, &value->constant, error)
               ? value
               : NULL;
  }
  values = gbp_builder_allocate (onnx->builder, (guint64) MAX (n, 1), error);
  if (values == NULL)
    return NULL;
  values[0] = (float) gbp_onnx_get_float (
      node, "value_float", (double) gbp_onnx_get_int (node, "value_int", 0));
  for (int i = 0; i < n; i++)
    values[i] = (float) numbers[i];
  return new_constant (onnx, n < 0 ? 0 : 1, (guint64[]){(guint64) MAX (n, 0)}, values,
      isnan (gbp_onnx_get_float (node, "value_float", NAN)));
}

/* As many numbers as the product of a constant shape. */
static GbpOnnxValue *
onnx_fill (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  const GbpOnnxConstant *wanted = gbp_onnx_need_constant (onnx, node, 0, error);
  GbpOnnxConstant filler = {0};
  guint64 shape[GBP_ONNX_MAX_RANK], n_values = 1;
  GbpWire tensor;
  float number = 0, *values;
  gboolean is_whole = FALSE;

  if (wanted == NULL)
    return NULL;
  if (gbp_onnx_get_tensor (node, "value", &tensor)) {
    if (!gbp_onnx_read_tensor (onnx->builder, onnx->folder, tensor, &filler, error))
      return NULL;
    number = gbp_onnx_count (&filler) > 0 ? filler.values->values[0] : 0;
    is_whole = filler.is_whole;
    gbp_onnx_constant_clear (&filler);
  }
  for (guint i = 0; i < gbp_onnx_count (wanted); i++) {
    float size = wanted->values->values[i];

    if (i >= GBP_ONNX_MAX_RANK || !(size >= 0 && size <= 1 << 24)
        || !g_uint64_checked_mul (&n_values, n_values, shape[i] = (guint64) size)) {
      gbp_builder_refuse (
          error, "its shape is expected to have at most %d sizes", GBP_ONNX_MAX_RANK);
      return NULL;
    }
  }
  values = gbp_builder_allocate (onnx->builder, n_values, error);
  if (values == NULL)
    return NULL;
  for (guint64 i = 0; i < n_values; i++)
    values[i] = number;
  return new_constant (onnx, (guint) gbp_onnx_count (wanted), shape, values, is_whole);
}

static GbpOnnxValue *
onnx_shape (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *input = gbp_onnx_get_input (onnx, node, 0, &cause);
  gboolean is_constant = input != NULL && input->state == GBP_ONNX_CONSTANT;
  gint64 rank, start, end;
  guint64 n;
  float *values;

  if (!is_constant)
    input = gbp_onnx_need_map (onnx, node, 0, error);
  if (input == NULL)
    return NULL;
  rank = is_constant ? (gint64) input->constant.rank : (gint64) input->rank;
  start = gbp_onnx_get_int (node, "start", 0);
  end = gbp_onnx_get_int (node, "end", rank);
  start = CLAMP (start < 0 ? start + rank : start, 0, rank);
  end = CLAMP (end < 0 ? end + rank : end, start, rank);
  n = (guint64) (end - start);
  values = gbp_builder_allocate (onnx->builder, n, error);
  for (guint64 i = 0; values != NULL && i < n; i++)
    values[i] = is_constant ? (float) input->constant.shape[start + (gint64) i]
                            : (float) gbp_onnx_get_size (onnx, input, (guint) start + (guint) i);
  return values == NULL ? NULL : new_constant (onnx, 1, &n, values, TRUE);
}

/* The map that a node takes; NULL: a constant or nothing, or @error is set. */
static GbpOnnxValue *
find_map (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const GbpOnnxValue *input = gbp_onnx_get_input (onnx, node, 0, &cause);

  return input == NULL || input->state == GBP_ONNX_CONSTANT
             ? NULL
             : gbp_onnx_need_map (onnx, node, 0, error);
}

/* From a list of numbers, which shapes are. */
static GbpOnnxValue *
gather_numbers (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  const GbpOnnxConstant *from = gbp_onnx_need_constant (onnx, node, 0, error);
  const GbpOnnxConstant *indices =
      from != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  g_autofree float *values = NULL;

  if (indices == NULL)
    return NULL;
  if (from->rank != 1 || gbp_onnx_count (from) == 0) {
    gbp_builder_refuse (error, "it is supported on a shape");
    return NULL;
  }
  values = gbp_builder_allocate (onnx->builder, gbp_onnx_count (indices), error);
  if (values == NULL)
    return NULL;
  for (guint64 i = 0; i < gbp_onnx_count (indices); i++) {
    float index = indices->values->values[i];

    index += index < 0 ? (float) gbp_onnx_count (from) : 0;
    if (!(index >= 0 && index < (float) gbp_onnx_count (from))) {
      gbp_builder_refuse (
          error, "its indices are expected to be below %u", (guint) gbp_onnx_count (from));
      return NULL;
    }
    values[i] = from->values->values[(guint64) index];
  }
  return new_constant (
      onnx, indices->rank, indices->shape, g_steal_pointer (&values), from->is_whole);
}

static GbpOnnxValue *
onnx_gather (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *map = find_map (onnx, node, &cause);

  if (map != NULL)
    return gbp_onnx_gather_channels (onnx, node, map, error);
  if (cause == NULL)
    return gather_numbers (onnx, node, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

GbpOnnxValue *
gbp_onnx_transpose_constant (
    GbpOnnx *onnx, const GbpOnnxConstant *constant, const gint64 *order, GError **error)
{
  guint64 shape[GBP_ONNX_MAX_RANK], strides[GBP_ONNX_MAX_RANK], stride = 1;
  float *values = gbp_builder_allocate (onnx->builder, gbp_onnx_count (constant), error);

  if (values == NULL)
    return NULL;
  for (guint i = constant->rank; i-- > 0; stride *= constant->shape[i])
    strides[i] = stride;
  for (guint i = 0; i < constant->rank; i++)
    shape[i] = constant->shape[order[i]];
  for (guint64 v = 0; v < gbp_onnx_count (constant); v++) {
    guint64 rest = v, from = 0;

    for (guint i = constant->rank; i-- > 0; rest /= shape[i])
      from += rest % shape[i] * strides[order[i]];
    values[v] = constant->values->values[from];
  }
  return new_constant (onnx, constant->rank, shape, values, constant->is_whole);
}

GbpOnnxValue *
gbp_onnx_reshape_constant (
    GbpOnnx *onnx, const GbpOnnxConstant *constant, guint rank, const guint64 *shape)
{
  GbpOnnxValue *value = gbp_onnx_value_new (onnx, GBP_ONNX_CONSTANT);

  value->constant.rank = rank;
  memcpy (value->constant.shape, shape, rank * sizeof *shape);
  value->constant.is_whole = constant->is_whole;
  value->constant.values = gbp_tensor_ref (constant->values);
  return value;
}

/* Lists of numbers, one behind the other. */
GbpOnnxValue *
gbp_onnx_join_constants (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (float));
  gboolean is_whole = TRUE;
  guint64 n;
  float *values;

  for (guint i = 0; i < node->n_inputs; i++) {
    const GbpOnnxConstant *constant = gbp_onnx_need_constant (onnx, node, i, error);

    if (constant == NULL)
      return NULL;
    if (constant->rank > 1 || all->len + gbp_onnx_count (constant) > MAX_NUMBERS) {
      gbp_builder_refuse (error, "of constants it is supported for shapes");
      return NULL;
    }
    is_whole = is_whole && constant->is_whole;
    g_array_append_vals (all, constant->values->values, (guint) gbp_onnx_count (constant));
  }
  n = all->len;
  values = gbp_builder_allocate (onnx->builder, n, error);
  if (values == NULL)
    return NULL;
  if (n > 0)
    memcpy (values, all->data, n * sizeof *values);
  return new_constant (onnx, 1, &n, values, is_whole);
}

/* The one with the most numbers, and of those the one with the most axes. */
static const GbpOnnxConstant *
find_largest_constant (const GbpOnnxMeaning *meaning, GbpOnnxValue *const *operands)
{
  const GbpOnnxConstant *largest = &operands[0]->constant;

  for (guint i = 1; i < meaning->n_operands; i++) {
    const GbpOnnxConstant *other = &operands[i]->constant;
    guint64 n = gbp_onnx_count (other), n_largest = gbp_onnx_count (largest);

    if (n > n_largest || (n == n_largest && other->rank > largest->rank))
      largest = other;
  }
  return largest;
}

/* Of one shape, or some of them a number. Whole numbers stay whole: shapes are divided so. */
GbpOnnxValue *
gbp_onnx_compute_constant (GbpOnnx *onnx, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS], GError **error)
{
  const GbpOnnxConstant *shaped = find_largest_constant (meaning, operands);
  guint64 n = gbp_onnx_count (shaped);
  gboolean is_whole = TRUE;
  float *values;

  for (guint k = 0; k < meaning->n_operands; k++) {
    const GbpOnnxConstant *constant = &operands[k]->constant;

    is_whole = is_whole && constant->is_whole;
    if (gbp_onnx_count (constant) != n && gbp_onnx_count (constant) != 1) {
      gbp_builder_refuse (error, "of constants it is supported with one number, or as many");
      return NULL;
    }
  }
  values = gbp_builder_allocate (onnx->builder, n, error);
  for (guint64 i = 0; values != NULL && i < n; i++) {
    double numbers[GBP_ONNX_MOST_OPERANDS] = {0}, number;

    for (guint k = 0; k < meaning->n_operands; k++)
      numbers[k] =
          operands[k]
              ->constant.values->values[gbp_onnx_count (&operands[k]->constant) == 1 ? 0 : i];
    number = gbp_onnx_apply_meaning (meaning, numbers);
    values[i] = (float) (is_whole ? trunc (number) : number);
  }
  return values == NULL ? NULL : new_constant (onnx, shaped->rank, shaped->shape, values, is_whole);
}

/* Whether one of ONNX's data types is of integers, by its number. */
static gboolean
is_whole_type (gint64 type)
{
  return (type >= 2 && type <= 7) || type == 12 || type == 13;
}

/* Maps stay float32.
 * @input: (nullable): NULL with @error set */
static GbpOnnxValue *
cast_to (GbpOnnx *onnx, GbpOnnxValue *input, gboolean is_whole, GError **error)
{
  const GbpOnnxConstant *from = input != NULL ? &input->constant : NULL;
  float *values;

  if (input == NULL || input->state != GBP_ONNX_CONSTANT || from->is_whole == is_whole)
    return input;
  values = gbp_builder_allocate (onnx->builder, gbp_onnx_count (from), error);
  for (guint64 i = 0; values != NULL && i < gbp_onnx_count (from); i++)
    values[i] = is_whole ? truncf (from->values->values[i]) : from->values->values[i];
  return values == NULL ? NULL : new_constant (onnx, from->rank, from->shape, values, is_whole);
}

static GbpOnnxValue *
onnx_cast (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  return cast_to (onnx, gbp_onnx_identity (onnx, node, error),
      is_whole_type (gbp_onnx_get_int (node, "to", 1)), error);
}

static GbpOnnxValue *
onnx_cast_like (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const GbpOnnxValue *like = gbp_onnx_get_input (onnx, node, 1, &cause);
  gboolean is_whole = like != NULL && like->state == GBP_ONNX_CONSTANT && like->constant.is_whole;

  return cast_to (onnx, gbp_onnx_identity (onnx, node, error), is_whole, error);
}

const GbpOnnxRow gbp_onnx_constant_rows[] = {
    {"Cast", onnx_cast},
    {"CastLike", onnx_cast_like},
    {"Constant", onnx_make_constant},
    {"ConstantOfShape", onnx_fill},
    {"Shape", onnx_shape},
    {"Gather", onnx_gather},
    {NULL, NULL},
};
