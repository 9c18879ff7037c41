/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Expand: constants repeated along their axes of 1, as exporters write a bias of zeros where a convolution has none. */
#include <string.h>

#include "format/onnx_values.h"

typedef struct {
  guint rank;
  guint64 sizes[GBP_ONNX_MAX_RANK];
} Shape;

/* The size of an axis of a shape that has @rank axes after broadcasting, where it lies at the end. */
static guint64
get_size (const Shape *shape, guint rank, guint axis)
{
  guint n_missing = rank - shape->rank;

  return axis < n_missing ? 1 : shape->sizes[axis - n_missing];
}

/* Returns: FALSE if the two cannot be broadcast to each other */
static gboolean
broadcast (const Shape *a, const Shape *b, Shape *both)
{
  both->rank = MAX (a->rank, b->rank);
  for (guint i = 0; i < both->rank; i++) {
    guint64 of_a = get_size (a, both->rank, i), of_b = get_size (b, both->rank, i);

    if (of_a != of_b && of_a != 1 && of_b != 1)
      return FALSE;
    both->sizes[i] = of_a == 1 ? of_b : of_a;
  }
  return TRUE;
}

/* Where an array of @shape has what one of @wanted, which it is broadcast to, has at @index. */
static guint64
find_place (const Shape *shape, const Shape *wanted, guint64 index)
{
  guint64 place = 0, stride = 1;

  for (guint i = wanted->rank; i-- > 0; index /= wanted->sizes[i]) {
    guint64 size = get_size (shape, wanted->rank, i);

    place += size == 1 ? 0 : index % wanted->sizes[i] * stride;
    stride *= size;
  }
  return place;
}

static GbpOnnxValue *
expand_constant (GbpOnnx *onnx, const GbpOnnxConstant *constant, const Shape *shape,
    const Shape *wanted, GError **error)
{
  guint64 n_values = 1;
  GbpOnnxValue *expanded;
  float *values;

  for (guint i = 0; i < wanted->rank; i++)
    if (!g_uint64_checked_mul (&n_values, n_values, wanted->sizes[i]))
      n_values = G_MAXUINT64; /* more than any file has */
  values = gbp_builder_allocate (onnx->builder, n_values, error);
  if (values == NULL)
    return NULL;
  for (guint64 i = 0; i < n_values; i++)
    values[i] = constant->values->values[find_place (shape, wanted, i)];
  expanded = gbp_onnx_constant_new (onnx, wanted->rank, wanted->sizes, values);
  expanded->constant.is_whole = constant->is_whole;
  return expanded;
}

/* @wanted: (out): that the node's second input names; FALSE with @error set */
static gboolean
read_shape (GbpOnnx *onnx, const GbpOnnxNode *node, Shape *wanted, GError **error)
{
  gint64 sizes[GBP_ONNX_MAX_RANK];
  int n;

  if (gbp_onnx_need_constant (onnx, node, 1, error) == NULL)
    return FALSE;
  n = gbp_onnx_get_numbers (onnx, node, "shape", 1, sizes, G_N_ELEMENTS (sizes), error);
  if (n < 0)
    return FALSE;
  wanted->rank = (guint) n;
  for (int i = 0; i < n; i++) {
    if (sizes[i] < 0)
      return gbp_builder_refuse (error, "sizes of at least 0 are expected as its shape") >= 0;
    wanted->sizes[i] = (guint64) sizes[i];
  }
  return TRUE;
}

static Shape
get_shape (const GbpOnnx *onnx, const GbpOnnxValue *value)
{
  gboolean is_constant = value->state == GBP_ONNX_CONSTANT;
  Shape shape = {.rank = is_constant ? value->constant.rank : value->rank};

  for (guint i = 0; i < shape.rank; i++)
    shape.sizes[i] = is_constant ? value->constant.shape[i] : gbp_onnx_get_size (onnx, value, i);
  return shape;
}

/* A number of each pixel's, for each of its channels: so it is counted already. */
static GbpOnnxValue *
expand_moment (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *moment, GError **error)
{
  Shape shape = get_shape (onnx, moment->base), named;

  if (!read_shape (onnx, node, &named, error))
    return NULL;
  if (named.rank == shape.rank
      && memcmp (named.sizes, shape.sizes, shape.rank * sizeof *shape.sizes) == 0)
    return moment;
  gbp_builder_refuse (
      error, "what is of all channels together is supported where it is repeated for each of them");
  return NULL;
}

/* Of a map it is supported where it changes nothing. */
static GbpOnnxValue *
onnx_expand (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *input = gbp_onnx_identity (onnx, node, error);
  Shape shape, named, wanted;

  if (input != NULL && input->state == GBP_ONNX_MOMENT)
    return expand_moment (onnx, node, input, error);
  if (input != NULL && input->state != GBP_ONNX_CONSTANT)
    input = gbp_onnx_need_map (onnx, node, 0, error);
  if (input == NULL || !read_shape (onnx, node, &named, error))
    return NULL;
  shape = get_shape (onnx, input);
  if (!broadcast (&shape, &named, &wanted)) {
    gbp_builder_refuse (error, "its shape is expected to be one that its input can be repeated to");
    return NULL;
  }
  if (input->state == GBP_ONNX_CONSTANT)
    return expand_constant (onnx, &input->constant, &shape, &wanted, error);
  if (wanted.rank == shape.rank
      && memcmp (wanted.sizes, shape.sizes, shape.rank * sizeof *shape.sizes) == 0)
    return gbp_onnx_map_new (onnx, input->value, input);
  gbp_builder_refuse (error, "of a map it is supported where it changes nothing");
  return NULL;
}

const GbpOnnxRow gbp_onnx_expand_rows[] = {
    {"Expand", onnx_expand},
    {NULL, NULL},
};
