/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A function of each number that is no part of an activation, by itself: powers, bounds and what has no name among the
 * graph's functions but is made of them. */
#include <math.h>

#include "format/compose.h"
#include "format/onnx_values.h"

static int
add_power (GbpBuilder *builder, int input, double exponent, GError **error)
{
  const GbpActivation power = {.function = GBP_FUNCTION_POWER, .slope = (float) exponent};

  if (exponent == 2)
    return gbp_builder_add_square (builder, input, error);
  if (exponent == 0)
    return gbp_builder_refuse (error, "a power is supported where it is not 0");
  return gbp_builder_add_activation (builder, input, &power, error);
}

/* PyTorch's clamp() lets the gradient through at its bound; between two bounds a Clip is its hardtanh(), which does
 * not. */
static int
add_clamp (GbpBuilder *builder, int input, double low, double high, GError **error)
{
  const GbpActivation clamp = {.function = GBP_FUNCTION_CLAMP,
      .offset = (float) low,
      .maximum = (float) high,
      .corner = isfinite (low) && isfinite (high) ? GBP_CORNER_FLAT : GBP_CORNER_BELOW};

  if (!(low < high))
    return gbp_builder_refuse (error, "its bounds are expected to be one below the other");
  return gbp_builder_add_activation (builder, input, &clamp, error);
}

/* 1 where the input is not 1. */
static int
add_not (GbpBuilder *builder, int input, GError **error)
{
  return input < 0 ? -1 : gbp_builder_add_affine (builder, input, -1, 1, error);
}

int
gbp_onnx_add_comparison (GbpBuilder *builder, GbpOnnxBinary binary, int input, double number,
    gboolean is_first, GError **error)
{
  gboolean is_above = is_first ? binary == GBP_ONNX_LESS || binary == GBP_ONNX_LESS_OR_EQUAL
                               : binary == GBP_ONNX_GREATER || binary == GBP_ONNX_GREATER_OR_EQUAL;
  gboolean has_equal = binary == GBP_ONNX_GREATER_OR_EQUAL || binary == GBP_ONNX_LESS_OR_EQUAL;
  int value = gbp_builder_add_step (
      builder, input, number, is_above == has_equal || binary == GBP_ONNX_EQUAL, error);
  int other;

  if (value < 0 || binary != GBP_ONNX_EQUAL)
    return is_above ? value : add_not (builder, value, error);
  other = add_not (builder, gbp_builder_add_step (builder, input, number, FALSE, error), error);
  return other < 0 ? -1 : gbp_builder_add_product (builder, value, other, error);
}

/* −1, 0 or 1 */
static int
add_sign (GbpBuilder *builder, int input, GError **error)
{
  int value = gbp_builder_add_step (builder, input, 0, FALSE, error);

  if (value >= 0)
    value = gbp_builder_add_sum (
        builder, value, gbp_builder_add_step (builder, input, 0, TRUE, error), error);
  return value < 0 ? -1 : gbp_builder_add_affine (builder, value, 1, -1, error);
}

static int
add_unary (GbpBuilder *builder, const GbpOnnxMeaning *meaning, int input, GError **error)
{
  const GbpActivation exponential = {.function = GBP_FUNCTION_EXPONENTIAL};
  const GbpActivation threshold = {
      .function = GBP_FUNCTION_THRESHOLD_RELU, .offset = (float) meaning->a};

  switch (meaning->function) {
    case GBP_ONNX_SQRT:
      return add_power (builder, input, 0.5, error);
    case GBP_ONNX_RECIPROCAL:
      return add_power (builder, input, -1, error);
    case GBP_ONNX_EXP:
      return gbp_builder_add_activation (builder, input, &exponential, error);
    case GBP_ONNX_ABS:
      return gbp_builder_add_absolute (builder, input, error);
    case GBP_ONNX_THRESHOLD:
      return gbp_builder_add_activation (builder, input, &threshold, error);
    case GBP_ONNX_SIGN:
      return add_sign (builder, input, error);
    case GBP_ONNX_NOT:
      return add_not (builder, input, error);
    case GBP_ONNX_CLIP:
      return add_clamp (builder, input, meaning->a, meaning->b, error);
    default:
      return GBP_ONNX_NONE;
  }
}

/* @is_first: the number comes first */
static int
add_binary (GbpBuilder *builder, const GbpOnnxMeaning *meaning, int input, double number,
    gboolean is_first, GError **error)
{
  int value;

  switch (meaning->binary) {
    case GBP_ONNX_POWER:
      return is_first ? GBP_ONNX_NONE : add_power (builder, input, number, error);
    case GBP_ONNX_DIVIDE: /* else it is affine */
      value = add_power (builder, input, -1, error);
      return value < 0 ? -1 : gbp_builder_add_affine (builder, value, number, 0, error);
    case GBP_ONNX_MINIMUM:
      return add_clamp (builder, input, -INFINITY, number, error);
    case GBP_ONNX_MAXIMUM:
      return add_clamp (builder, input, number, INFINITY, error);
    case GBP_ONNX_AND:
    case GBP_ONNX_OR:
      return GBP_ONNX_NONE;
    default:
      return gbp_onnx_add_comparison (builder, meaning->binary, input, number, is_first, error);
  }
}

int
gbp_onnx_add_function (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, const GbpOnnxValue *x,
    const GbpOnnxValue *y, GError **error)
{
  if (y == NULL)
    return add_unary (onnx->builder, meaning, x->value, error);
  if (y->state == GBP_ONNX_CONSTANT)
    return add_binary (
        onnx->builder, meaning, x->value, y->constant.values->values[0], FALSE, error);
  return add_binary (onnx->builder, meaning, y->value, x->constant.values->values[0], TRUE, error);
}

int
gbp_onnx_add_pair (
    GbpOnnx *onnx, const GbpOnnxMeaning *meaning, int first, int second, GError **error)
{
  int inputs[2] = {first, second}, value;

  switch (meaning->binary) {
    case GBP_ONNX_SUBTRACT:
      return gbp_builder_add_difference (onnx->builder, first, second, error);
    case GBP_ONNX_DIVIDE:
      inputs[1] = add_power (onnx->builder, second, -1, error);
      if (inputs[1] < 0)
        return -1;
      break;
    case GBP_ONNX_MINIMUM:
    case GBP_ONNX_MAXIMUM:
    case GBP_ONNX_OR:
      return gbp_builder_add_extremum (
          onnx->builder, inputs, 2, meaning->binary == GBP_ONNX_MINIMUM, GBP_CORNER_BELOW, error);
    case GBP_ONNX_POWER:
      return gbp_builder_refuse (error,
          "of two maps Add, Sub, Mul, Div, Min, Max, And, Or and what compares are supported");
    case GBP_ONNX_ADD:
      return gbp_builder_add_sum (onnx->builder, first, second, error);
    case GBP_ONNX_MULTIPLY:
    case GBP_ONNX_AND:
      break;
    default:
      value = gbp_builder_add_difference (onnx->builder, first, second, error);
      return value < 0
                 ? -1
                 : gbp_onnx_add_comparison (onnx->builder, meaning->binary, value, 0, FALSE, error);
  }
  return gbp_builder_add_product (onnx->builder, inputs[0], inputs[1], error);
}
