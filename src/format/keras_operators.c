/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Operators of keras.ops and TensorFlow that a functional model calls between its layers. */
#include <string.h>

#include "format/compose.h"
#include "format/keras_build.h"
#include "format/resample.h"

const json_t *
gbp_keras_find_argument (const GbpKerasCall *call, const char *name)
{
  const GbpKerasLayer *layer = call->layer;
  const json_t *found = json_object_get (layer->config, name);
  const json_t *node =
      json_array_size (layer->nodes) == 1 ? json_array_get (layer->nodes, 0) : NULL;

  return found != NULL ? found : json_object_get (json_array_get (node, 3), name);
}

/* Whether an operator is over rows and columns, [1, 2] as the axes of a batch of maps are counted. */
static gboolean
is_over_pixels (const GbpKerasCall *call)
{
  const json_t *axes = gbp_keras_find_argument (call, "axis");
  guint found = 0;

  if (json_array_size (axes) != 2)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    double axis = 0;

    gbp_json_as_number (json_array_get (axes, i), &axis);
    found |= axis == 1 || axis == -3 ? 1 : axis == 2 || axis == -2 ? 2 : 0;
  }
  return found == 3;
}

/* Whether an operator is over the channels, whose axis stays. */
static gboolean
is_over_channels (const GbpKerasCall *call)
{
  const json_t *axis = gbp_keras_find_argument (call, "axis");

  return axis != NULL && gbp_keras_is_channel_axis (call, axis)
         && json_is_true (gbp_keras_find_argument (call, "keepdims"));
}

/* Of equal maxima each has its share of the gradient, as TensorFlow's reduce_max() has it. */
static int
keras_reduce (const GbpKerasCall *call, GError **error)
{
  const GbpShape shape = *gbp_keras_get_input_shape (call);
  GbpBuilder *builder = call->keras->builder;
  const char *class_name = gbp_keras_find_class (call->layer);
  gboolean is_sum = strcmp (class_name, "Sum") == 0;
  gboolean is_mean = strcmp (class_name, "Mean") == 0;
  GbpOperation operation;
  int value;

  if (is_over_channels (call))
    return is_sum || is_mean
               ? gbp_builder_add_channel_sum (
                   builder, call->inputs[0], is_mean ? 1.0 / shape.channels : 1, error)
               : gbp_builder_add_channel_max (builder, call->inputs[0], GBP_CORNER_BELOW, error);
  if (!is_over_pixels (call))
    return gbp_builder_refuse (error,
        "it is supported over height and width, the axes 1 and 2, or over the channels, whose axis keepdims leaves");
  operation = gbp_operation_on (
      is_sum || is_mean ? GBP_KIND_GLOBAL_AVERAGE : GBP_KIND_GLOBAL_MAX, call->inputs[0]);
  value = gbp_builder_add (call->keras->builder, &operation, error);
  if (value < 0 || !is_sum)
    return value;
  return gbp_builder_add_affine (
      call->keras->builder, value, (double) shape.height * shape.width, 0, error);
}

static int
keras_negative (const GbpKerasCall *call, GError **error)
{
  return gbp_builder_add_affine (call->keras->builder, call->inputs[0], -1, 0, error);
}

static int
keras_square (const GbpKerasCall *call, GError **error)
{
  return gbp_builder_add_square (call->keras->builder, call->inputs[0], error);
}

/* A vector's axes of one pixel, which the graph's vector has anyway. */
static int
keras_pixel_axes (const GbpKerasCall *call, GError **error)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  const json_t *node = gbp_keras_find_argument (call, "axis");
  double axis = 0;
  gboolean is_squeeze = strcmp (call->layer->class_name, "Squeeze") == 0;

  gbp_json_as_number (node, &axis);
  if (shape->height == 1 && shape->width == 1
      && (axis == 1 || axis == -2 || (is_squeeze && is_over_pixels (call))))
    return gbp_keras_identity (call, error);
  return gbp_builder_refuse (
      error, "it is supported on a vector, where its axis is 1 or those of height and width");
}

/* @sides: (out): of axis @index of pad_width, [[0, 0], [top, bottom], [left, right], [0, 0]] */
static gboolean
read_sides (const json_t *widths, guint index, guint sides[2])
{
  const json_t *pair = json_array_get (widths, index);

  for (guint i = 0; i < 2; i++) {
    double number = -1;

    gbp_json_as_number (json_array_get (pair, i), &number);
    if (!(number >= 0 && number <= GBP_MAX_SIZE) || json_array_size (pair) != 2)
      return FALSE;
    sides[i] = (guint) number;
  }
  return TRUE;
}

/* @border: (out): FALSE: it is not supported */
static gboolean
read_border (const GbpKerasCall *call, GbpBorder *border)
{
  const char *mode = gbp_json_get_string (call->layer->config, "mode");
  const json_t *node = json_array_get (call->layer->nodes, 0);
  double number = 0;

  gbp_json_as_number (
      json_object_get (json_object_get (node, "kwargs"), "constant_values"), &number);
  *border = mode == NULL || strcmp (mode, "constant") == 0 ? GBP_BORDER_ZEROS
            : strcmp (mode, "reflect") == 0                ? GBP_BORDER_REFLECT
                                                           : GBP_BORDER_EDGE;
  return number == 0 && (*border != GBP_BORDER_EDGE || strcmp (mode, "edge") == 0);
}

static int
keras_pad_operator (const GbpKerasCall *call, GError **error)
{
  const json_t *widths = gbp_json_get_array (call->layer->config, "pad_width");
  guint sides[4][2] = {{0}};
  gboolean is_good = json_array_size (widths) == 4;
  GbpOperation operation;
  GbpPadding padding;
  GbpBorder border;

  for (guint i = 0; i < 4 && is_good; i++)
    is_good = read_sides (widths, i, sides[i]);
  if (!is_good || sides[0][0] + sides[0][1] + sides[3][0] + sides[3][1] > 0
      || !read_border (call, &border))
    return gbp_builder_refuse (error,
        "it is supported around height and width, in the modes constant, of zeros, reflect and edge");
  padding = (GbpPadding){sides[1][0], sides[2][0], sides[1][1], sides[2][1]};
  if (border != GBP_BORDER_ZEROS)
    return gbp_builder_add_border (call->keras->builder, call->inputs[0], &padding, border, error);
  operation = gbp_operation_on (GBP_KIND_PAD, call->inputs[0]);
  operation.window.padding = padding;
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
keras_flip (const GbpKerasCall *call, GError **error)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  double axis = 0;
  gboolean is_row, is_column;
  guint size;
  GbpLines lines;

  gbp_json_as_number (json_object_get (call->layer->config, "axis"), &axis);
  is_row = axis == 1 || axis == -3;
  is_column = axis == 2 || axis == -2;
  if (!is_row && !is_column)
    return gbp_builder_refuse (error, "it is supported along height or width");
  size = is_row ? shape->height : shape->width;
  lines = (GbpLines){
      .n = size, .mode = GBP_LINES_EXACT, .numerator = -1, .denominator = 1, .back = size - 1.0};
  return gbp_builder_add_lines (call->keras->builder, call->inputs[0], is_row ? &lines : NULL,
      is_column ? &lines : NULL, error);
}

const GbpKerasRow gbp_keras_operator_rows[] = {
    {"Mean", keras_reduce, TRUE},
    {"Max", keras_reduce, TRUE},
    {"Amax", keras_reduce, TRUE},
    {"Sum", keras_reduce, TRUE},
    {"Negative", keras_negative, TRUE},
    {"Square", keras_square, TRUE},
    {"ExpandDims", keras_pixel_axes, TRUE},
    {"Squeeze", keras_pixel_axes, TRUE},
    {"Pad", keras_pad_operator, TRUE},
    {"Flip", keras_flip, TRUE},
    {"Cast", gbp_keras_identity, TRUE},
    {"AveragePool", gbp_keras_pool_average, TRUE},
    {"MaxPool", gbp_keras_pool_max, TRUE},
    {NULL, NULL, FALSE},
};
