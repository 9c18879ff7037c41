/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/compose.h"

#include "format/resample.h"

#define MAX_BLOCK 8

static const GbpShape *
get_shape (const GbpBuilder *builder, int value)
{
  return gbp_graph_get_shape (builder->graph, (guint) value);
}

int
gbp_builder_add_response_norm (GbpBuilder *builder, int input, guint columns, double k,
    double alpha, double beta, GError **error)
{
  GbpOperation operation;
  float *numbers;

  if (!(k > 0) || !(alpha >= 0) || columns == 0 || columns > GBP_MAX_CHANNELS)
    return gbp_builder_refuse (error,
        "its size is expected to be above 0, what it adds to the squares too, and their factor not below");
  numbers = gbp_builder_allocate (builder, 3, error);
  if (numbers == NULL)
    return -1;
  numbers[0] = (float) k;
  numbers[1] = (float) alpha;
  numbers[2] = (float) beta;
  operation = gbp_operation_on (GBP_KIND_RESPONSE_NORM, input);
  operation.window.columns = columns;
  operation.tensors[0] = gbp_tensor_new_take (numbers, 3);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_length_norm (
    GbpBuilder *builder, int input, gboolean is_mean, double epsilon, GError **error)
{
  guint channels = get_shape (builder, input)->channels;

  return gbp_builder_add_response_norm (
      builder, input, 2 * channels - 1, epsilon, is_mean ? 1.0 / channels : 1, 0.5, error);
}

int
gbp_builder_add_extremum (GbpBuilder *builder, const int *inputs, guint n_inputs,
    gboolean is_minimum, GbpCorner corner, GError **error)
{
  g_autofree int *own = g_memdup2 (inputs, n_inputs * sizeof *inputs);
  GbpOperation operation;
  GbpShape common;
  int value;

  gbp_builder_find_common_shape (builder, inputs, n_inputs, &common);
  for (guint i = 0; i < n_inputs; i++) {
    if (is_minimum)
      own[i] = gbp_builder_add_affine (builder, own[i], -1, 0, error);
    if (own[i] >= 0)
      own[i] = gbp_builder_add_repeated (builder, own[i], &common, error);
    if (own[i] < 0)
      return -1;
  }
  operation = gbp_operation_on_all (GBP_KIND_MAXIMUM, own, n_inputs);
  operation.corner = corner;
  value = gbp_builder_add (builder, &operation, error);
  return value < 0 || !is_minimum ? value : gbp_builder_add_affine (builder, value, -1, 0, error);
}

/* Where both are zero each has half of the gradient, which is none together. */
int
gbp_builder_add_absolute (GbpBuilder *builder, int input, GError **error)
{
  int inputs[2] = {input, gbp_builder_add_affine (builder, input, -1, 0, error)};

  return inputs[1] < 0
             ? -1
             : gbp_builder_add_extremum (builder, inputs, 2, FALSE, GBP_CORNER_BELOW, error);
}

int
gbp_builder_add_square (GbpBuilder *builder, int input, GError **error)
{
  return gbp_builder_add_product (builder, input, input, error);
}

int
gbp_builder_add_celu (
    GbpBuilder *builder, int input, double alpha, GbpCorner corner, GError **error)
{
  const GbpActivation elu = {.function = GBP_FUNCTION_ELU, .slope = 1, .corner = corner};
  int value;

  if (!(alpha > 0))
    return gbp_builder_refuse (error, "its alpha is expected to be above 0");
  if (alpha == 1)
    return gbp_builder_add_activation (builder, input, &elu, error);
  value = gbp_builder_add_affine (builder, input, 1 / alpha, 0, error);
  if (value >= 0)
    value = gbp_builder_add_activation (builder, value, &elu, error);
  return value < 0 ? -1 : gbp_builder_add_affine (builder, value, alpha, 0, error);
}

int
gbp_builder_add_difference (GbpBuilder *builder, int first, int second, GError **error)
{
  return gbp_builder_add_sum (
      builder, first, gbp_builder_add_affine (builder, second, -1, 0, error), error);
}

/* The channels @first, @first + @step and so on, @n of them. */
static int
add_selection (GbpBuilder *builder, int input, guint first, guint step, guint n, GError **error)
{
  float *channels = gbp_builder_allocate (builder, n, error);
  GbpOperation operation;

  if (channels == NULL)
    return -1;
  for (guint i = 0; i < n; i++)
    channels[i] = (float) (first + i * step);
  operation = gbp_operation_on (GBP_KIND_SELECT, input);
  operation.tensors[0] = gbp_tensor_new_take (channels, n);
  return gbp_builder_add (builder, &operation, error);
}

/* Every @block-th line from @offset on, of @n. */
static GbpLines
take_lines (guint n, guint block, guint offset)
{
  return (GbpLines){.n = n / block,
      .mode = GBP_LINES_EXACT,
      .numerator = block,
      .denominator = 1,
      .back = offset};
}

/* The way back: zeros between. */
static GbpLines
spread_lines (guint n, guint block, guint offset)
{
  return (GbpLines){.n = (guint64) n * block,
      .mode = GBP_LINES_EXACT,
      .shift = -(double) offset,
      .numerator = 1,
      .denominator = block};
}

static gboolean
check_block (guint block, gboolean fits, GError **error)
{
  if (block >= 1 && block <= MAX_BLOCK && fits)
    return TRUE;
  return gbp_builder_refuse (error,
             "its blocks are expected to be of 1 to %d pixels, and to divide the map", MAX_BLOCK)
         >= 0;
}

/* Channels come out pixel by pixel; where a pixel's number counts in ones, they are put in that order. */
int
gbp_builder_add_space_to_depth (
    GbpBuilder *builder, int input, guint block, gboolean is_inner, GError **error)
{
  const GbpShape shape = *get_shape (builder, input);
  int parts[MAX_BLOCK * MAX_BLOCK], value;
  guint n = block * block, channels = shape.channels;
  float *order;
  GbpOperation operation;

  if (!check_block (
          block, block > 0 && shape.height % block == 0 && shape.width % block == 0, error))
    return -1;
  if (block == 1)
    return input;
  for (guint i = 0; i < n; i++) {
    GbpLines rows = take_lines (shape.height, block, i / block);
    GbpLines columns = take_lines (shape.width, block, i % block);

    parts[i] = gbp_builder_add_lines (builder, input, &rows, &columns, error);
    if (parts[i] < 0)
      return -1;
  }
  operation = gbp_operation_on_all (GBP_KIND_CONCATENATE, parts, n);
  value = gbp_builder_add (builder, &operation, error);
  order =
      value >= 0 && is_inner ? gbp_builder_allocate (builder, (guint64) n * channels, error) : NULL;
  if (order == NULL)
    return is_inner ? -1 : value;
  for (guint c = 0; c < n * channels; c++)
    order[c] = (float) (c % n * channels + c / n);
  operation = gbp_operation_on (GBP_KIND_SELECT, value);
  operation.tensors[0] = gbp_tensor_new_take (order, (gsize) n * channels);
  return gbp_builder_add (builder, &operation, error);
}

/* Each pixel's channels are spread over the map, and all such maps added. */
int
gbp_builder_add_depth_to_space (
    GbpBuilder *builder, int input, guint block, gboolean is_inner, GError **error)
{
  const GbpShape shape = *get_shape (builder, input);
  int parts[MAX_BLOCK * MAX_BLOCK];
  guint n = block * block, channels;
  GbpOperation operation;

  if (!check_block (block, n > 0 && shape.channels % n == 0, error))
    return -1;
  if (block == 1)
    return input;
  channels = shape.channels / n;
  for (guint i = 0; i < n; i++) {
    GbpLines rows = spread_lines (shape.height, block, i / block);
    GbpLines columns = spread_lines (shape.width, block, i % block);

    parts[i] = add_selection (
        builder, input, is_inner ? i : i * channels, is_inner ? n : 1, channels, error);
    if (parts[i] >= 0)
      parts[i] = gbp_builder_add_lines (builder, parts[i], &rows, &columns, error);
    if (parts[i] < 0)
      return -1;
  }
  operation = gbp_operation_on_all (GBP_KIND_ADD, parts, n);
  return gbp_builder_add (builder, &operation, error);
}
