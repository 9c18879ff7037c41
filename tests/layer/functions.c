/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "functions.h"

#include <math.h>

const GbpOperation test_functions[] = {
    {.function = GBP_FUNCTION_RELU},
    {.function = GBP_FUNCTION_RELU, .maximum = 1},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = 0.3f},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = -0.3f},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = 0.3f, .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = -0.3f, .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .slope = 0.3f, .offset = 0.5f, .maximum = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .offset = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .slope = -0.2f, .maximum = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU,
        .slope = 0.2f,
        .maximum = 1,
        .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_ELU, .slope = 0.7f},
    {.function = GBP_FUNCTION_ELU, .slope = 0.7f, .corner = GBP_CORNER_BOTH},
    {.function = GBP_FUNCTION_SELU},
    {.function = GBP_FUNCTION_SELU, .corner = GBP_CORNER_ABOVE},
    {.function = GBP_FUNCTION_SILU},
    {.function = GBP_FUNCTION_GELU},
    {.function = GBP_FUNCTION_GELU_TANH},
    {.function = GBP_FUNCTION_HARD_SWISH},
    {.function = GBP_FUNCTION_MISH},
    {.function = GBP_FUNCTION_SIGMOID},
    {.function = GBP_FUNCTION_HARD_SIGMOID, .slope = 0.2f, .offset = 0.5f},
    {.function = GBP_FUNCTION_TANH},
    {.function = GBP_FUNCTION_SOFTPLUS},
    {.function = GBP_FUNCTION_LOG_SIGMOID},
    {.function = GBP_FUNCTION_SOFTSIGN},
    {.function = GBP_FUNCTION_EXPONENTIAL},
    {.function = GBP_FUNCTION_POWER, .slope = 3},
    {.function = GBP_FUNCTION_CLAMP, .maximum = 1},
    {.function = GBP_FUNCTION_CLAMP, .offset = -0.75f, .maximum = 1, .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_CLAMP, .offset = -INFINITY, .maximum = -2},
    {.function = GBP_FUNCTION_STEP, .offset = 1},
    {.function = GBP_FUNCTION_STEP, .offset = 1, .corner = GBP_CORNER_ABOVE},
};
const guint n_test_functions = G_N_ELEMENTS (test_functions);

static gboolean
is_rectifier (const GbpOperation *operation)
{
  return operation->function <= GBP_FUNCTION_SOFTPLUS;
}

/* Of what is no rectifier, or has no corner. */
static double
evaluate_other (const GbpOperation *operation, double x)
{
  switch (operation->function) {
    case GBP_FUNCTION_SOFTPLUS:
      return log1p (exp (-fabs (x))) + fmax (x, 0);
    case GBP_FUNCTION_LOG_SIGMOID:
      return -log1p (exp (-fabs (x))) + fmin (x, 0);
    case GBP_FUNCTION_SOFTSIGN:
      return x / (1 + fabs (x));
    case GBP_FUNCTION_EXPONENTIAL:
      return exp (x);
    case GBP_FUNCTION_POWER:
      return pow (x, operation->slope);
    case GBP_FUNCTION_CLAMP:
      return fmin (fmax (x, operation->offset), operation->maximum);
    case GBP_FUNCTION_STEP:
      return x > operation->offset
             || (x == operation->offset && operation->corner == GBP_CORNER_ABOVE);
    default:
      return tanh (x);
  }
}

double
test_function_evaluate (const GbpOperation *operation, double slope, double x)
{
  switch (operation->function) {
    case GBP_FUNCTION_RELU:
      return fmin (fmax (x, 0), operation->maximum > 0 ? operation->maximum : INFINITY);
    case GBP_FUNCTION_LEAKY_RELU:
      return x > 0 ? x : slope * x;
    case GBP_FUNCTION_THRESHOLD_RELU:
      return x > operation->offset
                 ? fmin (x, operation->maximum > 0 ? operation->maximum : INFINITY)
                 : operation->slope * (x - operation->offset);
    case GBP_FUNCTION_ELU:
      return x > 0 ? x : operation->slope * expm1 (x);
    case GBP_FUNCTION_SELU:
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1 (x));
    case GBP_FUNCTION_SILU:
      return x / (1 + exp (-x));
    case GBP_FUNCTION_GELU:
      return x * (1 + erf (x / sqrt (2))) / 2;
    case GBP_FUNCTION_GELU_TANH:
      return x / 2 * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
    case GBP_FUNCTION_HARD_SWISH:
      return x * fmin (fmax (x + 3, 0), 6) / 6;
    case GBP_FUNCTION_MISH:
      return x * tanh (log1p (exp (x)));
    case GBP_FUNCTION_SIGMOID:
      return 1 / (1 + exp (-x));
    case GBP_FUNCTION_HARD_SIGMOID:
      return fmin (fmax (operation->slope * x + operation->offset, 0), 1);
    default:
      return evaluate_other (operation, x);
  }
}

static gboolean
is_flat_at (const GbpOperation *operation, double x)
{
  if (operation->function == GBP_FUNCTION_STEP)
    return TRUE;
  return operation->function == GBP_FUNCTION_THRESHOLD_RELU
             ? x == operation->offset
             : x == 0 && operation->corner == GBP_CORNER_FLAT
                   && operation->function != GBP_FUNCTION_CLAMP;
}

/* By finite differences; at a corner zero counts to the left, and a maximum to the right, where the operation does not
 * say otherwise. */
static double
differentiate (const GbpOperation *operation, double slope, double x)
{
  const double h = 1e-6;
  double shifted = x == 0 && is_rectifier (operation) ? x - h / 2 : x;

  if (is_flat_at (operation, x))
    return 0;
  if (x == 0 && operation->corner == GBP_CORNER_ABOVE)
    shifted = x + h / 2;
  if (x == 0 && operation->corner == GBP_CORNER_BOTH)
    return 1 + operation->slope;
  if (operation->function == GBP_FUNCTION_CLAMP && x == operation->offset)
    shifted = operation->corner == GBP_CORNER_FLAT ? x - h / 2 : x + h / 2;
  if (operation->maximum != 0 && x == operation->maximum)
    shifted = operation->function == GBP_FUNCTION_RELU || operation->corner == GBP_CORNER_FLAT
                  ? x + h / 2
                  : x - h / 2;
  return (test_function_evaluate (operation, slope, shifted + h / 2)
             - test_function_evaluate (operation, slope, shifted - h / 2))
         / h;
}

double
test_function_apply_rule (
    const GbpOperation *operation, GbpRule rule, double slope, double x, double dy)
{
  double derivative = differentiate (operation, slope, x);

  if (!is_rectifier (operation) || rule == GBP_RULE_GRADIENT)
    return derivative * dy;
  if (rule == GBP_RULE_DECONVNET)
    return fmax (dy, 0);
  return test_function_evaluate (operation, slope, x) > 0 ? derivative * fmax (dy, 0) : 0;
}
