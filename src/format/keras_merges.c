/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers and operators on several maps, or on a map and a number. */
#include <math.h>
#include <string.h>

#include "format/compose.h"
#include "format/keras_build.h"

static int
add_merge (const GbpKerasCall *call, GbpKind kind, GError **error)
{
  GbpOperation operation;

  if (call->n_inputs < 2)
    return gbp_builder_refuse (error, "it is expected to have two or more inputs");
  operation = gbp_operation_on_all (kind, call->inputs, call->n_inputs);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Whether the call is one of an operator on a map and a number, or a number for each of its channels.
 * @numbers: (out): [channels] (transfer full)
 * @is_first: (out): they stand before the map */
static gboolean
find_numbers (const GbpKerasCall *call, double **numbers, gboolean *is_first)
{
  const GArray *operands = call->operands;
  guint channels = gbp_keras_get_input_shape (call)->channels, n, first;

  if (call->n_inputs != 1 || operands == NULL || operands->len < 2)
    return FALSE;
  n = operands->len - 1;
  *is_first = g_array_index (operands, GbpKerasOperand, 0).layer == NULL;
  first = *is_first ? 0 : 1;
  if ((n != 1 && (n != channels || call->keras->is_channels_first))
      || g_array_index (operands, GbpKerasOperand, *is_first ? n : 0).layer == NULL)
    return FALSE;
  *numbers = g_try_new (double, channels);
  for (guint c = 0; *numbers != NULL && c < channels; c++)
    (*numbers)[c] = g_array_index (operands, GbpKerasOperand, first + (n == 1 ? 0 : c)).number;
  return *numbers != NULL;
}

/* What an operator makes of a map x and a number. */
typedef enum {
  OPERATOR_ADD,
  OPERATOR_SUBTRACT,      /* x − number */
  OPERATOR_SUBTRACT_FROM, /* number − x */
  OPERATOR_MULTIPLY,
  OPERATOR_DIVIDE,
} Operator;

static int
add_operator (const GbpKerasCall *call, Operator sign, const double *numbers, GError **error)
{
  guint channels = gbp_keras_get_input_shape (call)->channels;
  float *factors = gbp_builder_allocate (call->keras->builder, channels, error);
  float *shifts = factors ? gbp_builder_allocate (call->keras->builder, channels, error) : NULL;
  GbpOperation operation;

  if (shifts == NULL) {
    g_free (factors);
    return -1;
  }
  for (guint c = 0; c < channels; c++) {
    double number = numbers[c];

    factors[c] = sign == OPERATOR_MULTIPLY        ? (float) number
                 : sign == OPERATOR_DIVIDE        ? (float) (1 / number)
                 : sign == OPERATOR_SUBTRACT_FROM ? -1
                                                  : 1;
    shifts[c] = sign == OPERATOR_SUBTRACT                                ? (float) -number
                : sign == OPERATOR_ADD || sign == OPERATOR_SUBTRACT_FROM ? (float) number
                                                                         : 0;
  }
  operation = gbp_operation_on (GBP_KIND_SCALE, call->inputs[0]);
  operation.tensors[0] = gbp_tensor_new_take (factors, channels);
  operation.tensors[1] = gbp_tensor_new_take (shifts, channels);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
keras_add (const GbpKerasCall *call, GError **error)
{
  g_autofree double *numbers = NULL;
  gboolean is_first;

  if (find_numbers (call, &numbers, &is_first))
    return add_operator (call, OPERATOR_ADD, numbers, error);
  return add_merge (call, GBP_KIND_ADD, error);
}

static int
keras_multiply (const GbpKerasCall *call, GError **error)
{
  g_autofree double *numbers = NULL;
  gboolean is_first;

  if (find_numbers (call, &numbers, &is_first))
    return add_operator (call, OPERATOR_MULTIPLY, numbers, error);
  return add_merge (call, GBP_KIND_MULTIPLY, error);
}

static int
keras_divide (const GbpKerasCall *call, GError **error)
{
  g_autofree double *numbers = NULL;
  gboolean is_first, is_zero = FALSE;

  if (!find_numbers (call, &numbers, &is_first) || is_first)
    return gbp_builder_refuse (error, "division is supported by a number");
  for (guint c = 0; c < gbp_keras_get_input_shape (call)->channels; c++)
    is_zero |= numbers[c] == 0;
  if (is_zero)
    return gbp_builder_refuse (error, "division is supported by a number that is not 0");
  return add_operator (call, OPERATOR_DIVIDE, numbers, error);
}

static int
keras_subtract (const GbpKerasCall *call, GError **error)
{
  g_autofree double *numbers = NULL;
  gboolean is_first;

  if (find_numbers (call, &numbers, &is_first))
    return add_operator (
        call, is_first ? OPERATOR_SUBTRACT_FROM : OPERATOR_SUBTRACT, numbers, error);
  if (call->n_inputs != 2)
    return gbp_builder_refuse (error, "it is expected to have two inputs");
  return gbp_builder_add_difference (call->keras->builder, call->inputs[0], call->inputs[1], error);
}

/* Inception-ResNet's layer: the first plus a number times the second. */
static int
keras_scaled_sum (const GbpKerasCall *call, GError **error)
{
  double scale = gbp_json_get_number (call->layer->config, "scale", 1);
  GbpBuilder *builder = call->keras->builder;

  if (call->n_inputs != 2)
    return gbp_builder_refuse (error, "it is expected to have two inputs");
  return gbp_builder_add_sum (builder, call->inputs[0],
      gbp_builder_add_affine (builder, call->inputs[1], scale, 0, error), error);
}

static int
keras_average (const GbpKerasCall *call, GError **error)
{
  int sum = add_merge (call, GBP_KIND_ADD, error);

  return sum < 0
             ? -1
             : gbp_builder_add_affine (call->keras->builder, sum, 1.0 / call->n_inputs, 0, error);
}

/* Whether all channels have the same number. */
static gboolean
is_one_number (const GbpKerasCall *call, const double *numbers)
{
  for (guint c = 1; c < gbp_keras_get_input_shape (call)->channels; c++)
    if (numbers[c] != numbers[0])
      return FALSE;
  return TRUE;
}

/* The larger of x and a number, or the smaller. Where they are equal TensorFlow's gradient goes to the first. */
static int
add_bound (const GbpKerasCall *call, gboolean is_minimum, const double *numbers, gboolean is_first,
    GError **error)
{
  float bound = (float) numbers[0];
  const GbpActivation relu = {.function = GBP_FUNCTION_RELU};
  const GbpActivation clamp = {.function = GBP_FUNCTION_CLAMP,
      .offset = is_minimum ? -INFINITY : bound,
      .maximum = is_minimum ? bound : INFINITY,
      .corner = is_first ? GBP_CORNER_FLAT : GBP_CORNER_BELOW};
  gboolean is_relu = !is_minimum && bound == 0 && is_first;

  if (!is_one_number (call, numbers))
    return gbp_builder_refuse (error, "it is supported with a number, or between maps");
  return gbp_builder_add_activation (
      call->keras->builder, call->inputs[0], is_relu ? &relu : &clamp, error);
}

static int
keras_extremum (const GbpKerasCall *call, GError **error)
{
  gboolean is_minimum = strcmp (gbp_keras_find_class (call->layer), "Minimum") == 0, is_first;
  g_autofree double *numbers = NULL;

  if (find_numbers (call, &numbers, &is_first))
    return add_bound (call, is_minimum, numbers, is_first, error);
  if (call->n_inputs < 2)
    return gbp_builder_refuse (error, "it is expected to have two or more inputs");
  return gbp_builder_add_extremum (
      call->keras->builder, call->inputs, call->n_inputs, is_minimum, GBP_CORNER_ABOVE, error);
}

static int
keras_power (const GbpKerasCall *call, GError **error)
{
  g_autofree double *numbers = NULL;
  GbpActivation power = {.function = GBP_FUNCTION_POWER};
  gboolean is_first;

  if (!find_numbers (call, &numbers, &is_first) || is_first || numbers[0] == 0
      || !is_one_number (call, numbers))
    return gbp_builder_refuse (
        error, "its exponent is supported where it is a number other than 0");
  power.slope = (float) numbers[0];
  return numbers[0] == 2
             ? gbp_builder_add_square (call->keras->builder, call->inputs[0], error)
             : gbp_builder_add_activation (call->keras->builder, call->inputs[0], &power, error);
}

/* Keras 1's Merge says what it does in its configuration; so axis 1 of vectors is that of their channels. */
int
gbp_keras_concatenate (const GbpKerasCall *call, GError **error)
{
  double axis = gbp_json_get_number (call->layer->config, "axis", -1);
  gboolean is_of_vectors = TRUE, is_first = call->keras->is_channels_first;

  for (guint i = 0; i < call->n_inputs; i++) {
    const GbpShape *shape =
        gbp_graph_get_shape (call->keras->builder->graph, (guint) call->inputs[i]);

    is_of_vectors &= shape->height == 1 && shape->width == 1;
  }
  if (!(is_of_vectors ? axis == -1 || axis == 1 || axis == 3
          : is_first  ? axis == 1 || axis == -3
                      : axis == -1 || axis == 3))
    return gbp_builder_refuse (error,
        "its axis is supported where it is that of the channels, the %s one",
        is_first ? "first" : "last");
  if (call->n_inputs == 1)
    return gbp_keras_identity (call, error);
  return add_merge (call, GBP_KIND_CONCATENATE, error);
}

const GbpKerasRow gbp_keras_merge_rows[] = {
    {"Add", keras_add, FALSE},
    {"Subtract", keras_subtract, FALSE},
    {"Multiply", keras_multiply, FALSE},
    {"Average", keras_average, FALSE},
    {"Maximum", keras_extremum, FALSE},
    {"Minimum", keras_extremum, FALSE},
    {"Concatenate", gbp_keras_concatenate, FALSE},
    {"Power", keras_power, TRUE},
    {"CustomScaleLayer", keras_scaled_sum, TRUE},
    {"Divide", keras_divide, TRUE},
    {"TrueDivide", keras_divide, TRUE},
    {NULL, NULL, FALSE},
};
