/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Expand: constants repeated along their axes of 1, as exporters write a bias of zeros where a convolution has none,
 * and maps, as a gate is written for all that it lets through. */
#include <string.h>

#include "format/compose.h"
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
    return gbp_onnx_expand_moment (onnx, node, moment, error);
  gbp_builder_refuse (
      error, "what is of all channels together is supported where it is repeated for each of them");
  return NULL;
}

static gboolean
are_equal (const Shape *a, const Shape *b)
{
  return a->rank == b->rank && memcmp (a->sizes, b->sizes, a->rank * sizeof *a->sizes) == 0;
}

/* Whether all that takes a node's map does so together with another one of that shape, as which it is repeated
 * anyway. */
static gboolean
is_repeated_anyway (GbpOnnx *onnx, const GbpOnnxNode *node, const Shape *wanted)
{
  static const char *const kinds[] = {"Add", "Sub", "Mul", "Div", NULL};
  const GPtrArray *users = gbp_onnx_get_users (onnx, node);

  for (guint i = 0; users != NULL && i < users->len; i++) {
    const GbpOnnxNode *user = users->pdata[i];
    gboolean is_pair = g_strv_contains (kinds, user->kind) && user->n_inputs == 2;
    gboolean is_first = is_pair && strcmp (user->inputs[0], node->outputs[0]) == 0;
    GbpOnnxValue *other =
        is_pair ? g_hash_table_lookup (onnx->named, user->inputs[is_first ? 1 : 0]) : NULL;
    Shape shape;

    if (other == NULL || (other->state != GBP_ONNX_MAP && other->state != GBP_ONNX_PENDING))
      return FALSE;
    shape = get_shape (onnx, gbp_onnx_get_base (other));
    if (!are_equal (&shape, wanted))
      return FALSE;
  }
  return users != NULL && !onnx->has_branches;
}

/* The axes stay as many as they are. */
static GbpOnnxValue *
expand_map (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *map, const Shape *wanted, GError **error)
{
  GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gboolean fits = wanted->rank == map->rank && map->groups == 0 && map->flattened.height == 0;
  int value;

  for (guint i = 0; i < map->rank && fits; i++) {
    guint *size = map->roles[i] == GBP_ONNX_HEIGHT     ? &shape.height
                  : map->roles[i] == GBP_ONNX_WIDTH    ? &shape.width
                  : map->roles[i] == GBP_ONNX_CHANNELS ? &shape.channels
                                                       : NULL;

    fits = wanted->sizes[i] == (size != NULL ? *size : 1)
           || (size != NULL && wanted->sizes[i] <= GBP_MAX_SIZE);
    if (fits && size != NULL)
      *size = (guint) wanted->sizes[i];
  }
  if (!fits) {
    gbp_builder_refuse (error,
        "of a map it is supported along height, width and channels, which it leaves as axes");
    return NULL;
  }
  if (is_repeated_anyway (onnx, node, wanted))
    return gbp_onnx_map_new (onnx, map->value, map);
  value = gbp_builder_add_repeated (onnx->builder, map->value, &shape, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

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
  if (are_equal (&wanted, &shape))
    return gbp_onnx_map_new (onnx, input->value, input);
  return expand_map (onnx, node, input, &wanted, error);
}

const GbpOnnxRow gbp_onnx_expand_rows[] = {
    {"Expand", onnx_expand},
    {NULL, NULL},
};
