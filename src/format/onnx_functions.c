/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/onnx_functions.h"

#include <math.h>

/* Files have their constants as 32 bits: π and √2 are off by 3e-8 of them, 1/6 too. GELU and its approximation differ
 * by 5e-4. */
#define TOLERANCE 1e-5

/* What cancels out but for rounding leaves less. */
#define NOTHING 1e-12

/* Of numbers of 32 bits that stand for a point. */
#define MEETING 1e-6

/* Of the smallest number that a double has. */
#define LEAST_LOGARITHM -700

/* Of SELU, as its article has them. */
#define SELU_ALPHA 1.6732632423543772
#define SELU_SCALE 1.0507009873554805

static const double points[GBP_ONNX_N_SAMPLES] = {-1e6, -1e3, -64, -40, -20, -12, -8, -6.5, -6, -5,
    -4, -3.5, -3, -2.5, -2, -1.5, -1, -0.75, -0.5, -0.25, -0.125, -0.0625, -0.01, -1e-3, -1e-4, 0,
    1e-4, 1e-3, 0.01, 0.0625, 0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 6.5, 8, 12,
    20, 40, 64, 1e3, 1e6};

#define AT_ZERO  25 /* indices of points */
#define AT_ONE   34
#define AT_MINUS 16 /* −1 */
#define AT_LEFT  22 /* −0.01 */
#define AT_RIGHT 28
#define AT_END   50

void
gbp_onnx_samples_begin (GbpOnnxSamples *samples)
{
  samples->is_ambiguous = FALSE;
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    samples->values[i] = points[i];
}

static double
apply_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
apply_softplus (double x)
{
  return fmax (x, 0) + log1p (exp (-fabs (x)));
}

static double
apply_gelu_tanh (double x)
{
  return 0.5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static double
apply_sign (double x)
{
  return (x > 0) - (x < 0);
}

static double
clamp (double x, double low, double high)
{
  return fmin (fmax (x, low), high);
}

/* Those with a corner, and with parameters. */
static double
apply_piecewise (GbpOnnxFunction function, double a, double b, double x)
{
  switch (function) {
    case GBP_ONNX_RELU:
      return fmax (x, 0);
    case GBP_ONNX_LEAKY:
      return x > 0 ? x : a * x;
    case GBP_ONNX_ELU:
      return x > 0 ? x : a * expm1 (x);
    case GBP_ONNX_SELU:
      return b * (x > 0 ? x : a * expm1 (x));
    case GBP_ONNX_HARD_SIGMOID:
      return clamp (a * x + b, 0, 1);
    case GBP_ONNX_HARD_SWISH:
      return x * clamp (x + 3, 0, 6) / 6;
    case GBP_ONNX_CLIP:
      return clamp (x, a, b);
    case GBP_ONNX_THRESHOLD:
      return x > a ? x : 0;
    case GBP_ONNX_SIGN:
      return apply_sign (x);
    case GBP_ONNX_NOT:
      return x == 0;
    default:
      return NAN;
  }
}

double
gbp_onnx_apply (GbpOnnxFunction function, double a, double b, double x)
{
  switch (function) {
    case GBP_ONNX_SIGMOID:
      return apply_sigmoid (x);
    case GBP_ONNX_TANH:
      return tanh (x);
    case GBP_ONNX_SOFTPLUS:
      return apply_softplus (x);
    case GBP_ONNX_ERF:
      return erf (x);
    case GBP_ONNX_EXP:
      return exp (x);
    case GBP_ONNX_LOG:
      return log (x);
    case GBP_ONNX_SQRT:
      return sqrt (x);
    case GBP_ONNX_NEGATIVE:
      return -x;
    case GBP_ONNX_RECIPROCAL:
      return 1 / x;
    case GBP_ONNX_ABS:
      return fabs (x);
    case GBP_ONNX_SOFTSIGN:
      return x / (1 + fabs (x));
    case GBP_ONNX_GELU:
      return 0.5 * x * (1 + erf (x / G_SQRT2));
    case GBP_ONNX_GELU_TANH:
      return apply_gelu_tanh (x);
    case GBP_ONNX_MISH:
      return x * tanh (apply_softplus (x));
    case GBP_ONNX_SWISH:
      return x * apply_sigmoid (x);
    case GBP_ONNX_LOG_SIGMOID:
      return -apply_softplus (-x);
    default:
      return apply_piecewise (function, a, b, x);
  }
}

/* Of two numbers that are compared, or true or false. */
static double
compare (GbpOnnxBinary function, double x, double y)
{
  switch (function) {
    case GBP_ONNX_GREATER:
      return x > y;
    case GBP_ONNX_GREATER_OR_EQUAL:
      return x >= y;
    case GBP_ONNX_LESS:
      return x < y;
    case GBP_ONNX_LESS_OR_EQUAL:
      return x <= y;
    case GBP_ONNX_EQUAL:
      return x == y;
    case GBP_ONNX_AND:
      return x != 0 && y != 0;
    case GBP_ONNX_OR:
      return x != 0 || y != 0;
    default:
      return NAN;
  }
}

double
gbp_onnx_combine (GbpOnnxBinary function, double x, double y)
{
  switch (function) {
    case GBP_ONNX_ADD:
      return x + y;
    case GBP_ONNX_SUBTRACT:
      return x - y;
    case GBP_ONNX_MULTIPLY:
      return x * y;
    case GBP_ONNX_DIVIDE:
      return x / y;
    case GBP_ONNX_POWER:
      return pow (x, y);
    case GBP_ONNX_MINIMUM:
      return fmin (x, y);
    case GBP_ONNX_MAXIMUM:
      return fmax (x, y);
    default:
      return compare (function, x, y);
  }
}

/* NaN is near nothing. A logarithm of what has become zero is near all that is as far down. */
static gboolean
is_near (double value, double expected)
{
  if (value == -INFINITY)
    return expected < LEAST_LOGARITHM;
  return fabs (value - expected) <= TOLERANCE * fmax (1, fabs (expected));
}

gboolean
gbp_onnx_samples_are_affine (const GbpOnnxSamples *samples, double *factor, double *shift)
{
  *shift = samples->values[AT_ZERO];
  *factor = samples->values[AT_ONE] - *shift;
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++) {
    double expected = *factor * points[i] + *shift;

    if (!(fabs (samples->values[i] - expected)
            <= TOLERANCE * (fabs (*factor * points[i]) + fabs (*shift))))
      return FALSE;
  }
  return !samples->is_ambiguous;
}

gboolean
gbp_onnx_samples_meet_at_points (const GbpOnnxSamples *x, const GbpOnnxSamples *y)
{
  GbpOnnxSamples difference = {.is_ambiguous = x->is_ambiguous || y->is_ambiguous};
  double factor, shift;

  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    difference.values[i] = x->values[i] - y->values[i];
  if (!gbp_onnx_samples_are_affine (&difference, &factor, &shift))
    return FALSE;
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    if (fabs (factor * points[i] + shift) <= MEETING * fabs (factor) * fmax (1, fabs (points[i])))
      return TRUE;
  return factor == 0;
}

gboolean
gbp_onnx_samples_are_truths (const GbpOnnxSamples *samples)
{
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    if (samples->values[i] != 0 && samples->values[i] != 1)
      return FALSE;
  return TRUE;
}

static gboolean
are_near (const GbpOnnxSamples *samples, GbpOnnxFunction function, double a, double b)
{
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    if (!is_near (samples->values[i], gbp_onnx_apply (function, a, b, points[i])))
      return FALSE;
  return TRUE;
}

/* Whether it is nothing where x is below zero, and not just little, as a bound is that keeps what follows from it: @n
 * points. */
static gboolean
is_zero_below (const GbpOnnxSamples *samples, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!(fabs (samples->values[i]) <= NOTHING * fmax (1, fabs (points[i]))))
      return FALSE;
  return TRUE;
}

/* Functions without parameters, as operators and as the graph has them. */
static const struct {
  GbpOnnxFunction function;
  GbpFunction same;
} fixed[] = {
    {GBP_ONNX_SWISH, GBP_FUNCTION_SILU},
    {GBP_ONNX_GELU, GBP_FUNCTION_GELU},
    {GBP_ONNX_GELU_TANH, GBP_FUNCTION_GELU_TANH},
    {GBP_ONNX_HARD_SWISH, GBP_FUNCTION_HARD_SWISH},
    {GBP_ONNX_MISH, GBP_FUNCTION_MISH},
    {GBP_ONNX_SIGMOID, GBP_FUNCTION_SIGMOID},
    {GBP_ONNX_TANH, GBP_FUNCTION_TANH},
    {GBP_ONNX_SOFTPLUS, GBP_FUNCTION_SOFTPLUS},
    {GBP_ONNX_SOFTSIGN, GBP_FUNCTION_SOFTSIGN},
    {GBP_ONNX_LOG_SIGMOID, GBP_FUNCTION_LOG_SIGMOID},
};

gboolean
gbp_onnx_samples_identify (const GbpOnnxSamples *samples, GbpActivation *activation)
{
  const double *values = samples->values;
  double top = values[AT_END], slope = -values[AT_MINUS], alpha = values[AT_MINUS] / expm1 (-1);
  double offset = values[AT_ZERO];
  gboolean is_flat = is_zero_below (samples, AT_ZERO);
  double steepness = (values[AT_RIGHT] - values[AT_LEFT]) / (points[AT_RIGHT] - points[AT_LEFT]);

  if (samples->is_ambiguous)
    return FALSE;
  *activation = (GbpActivation){.function = GBP_FUNCTION_RELU};
  if (is_flat && are_near (samples, GBP_ONNX_RELU, 0, 0))
    return TRUE;
  activation->maximum = (float) top;
  if (is_flat && top > 0 && are_near (samples, GBP_ONNX_CLIP, 0, top))
    return TRUE;
  *activation = (GbpActivation){.function = GBP_FUNCTION_LEAKY_RELU, .slope = (float) slope};
  if (slope != -1
      && are_near (samples, GBP_ONNX_LEAKY, slope, 0)) /* an absolute value is flat at zero */
    return TRUE;
  *activation = (GbpActivation){.function = GBP_FUNCTION_ELU, .slope = (float) alpha};
  if (fabs (alpha) > 10 * TOLERANCE && are_near (samples, GBP_ONNX_ELU, alpha, 0))
    return TRUE;
  *activation = (GbpActivation){.function = GBP_FUNCTION_SELU};
  if (are_near (samples, GBP_ONNX_SELU, SELU_ALPHA, SELU_SCALE))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++) {
    activation->function = fixed[i].same;
    if (are_near (samples, fixed[i].function, 0, 0))
      return TRUE;
  }
  *activation = (GbpActivation){
      .function = GBP_FUNCTION_HARD_SIGMOID, .slope = (float) steepness, .offset = (float) offset};
  return is_zero_below (samples, 1) && are_near (samples, GBP_ONNX_HARD_SIGMOID, steepness, offset);
}
