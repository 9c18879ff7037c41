/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Smooth activations and their derivatives in plain C, by the C library in double precision. */
#include "kernel/plain.h"

#include <math.h>

/* 1 / √(2π), 1 / √2 and √(2 / π). */
#define NORMAL   0.39894228040143267794
#define SQRT1_2  0.70710678118654752440
#define SQRT2_PI 0.79788456080286535588

/* Of the approximation of GELU by a hyperbolic tangent (Hendrycks and Gimpel 2016). */
#define CUBIC 0.044715

static double
get_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
bend_exponential (const GbpCurveShape *shape, double x, double *derivative)
{
  *derivative = shape->scale * (x > 0 ? 1 : x == 0 ? shape->at_zero : shape->slope * exp (x));
  return shape->scale * (x > 0 ? x : shape->slope * expm1 (x));
}

static double
bend_silu (const GbpCurveShape *shape, double x, double *derivative)
{
  double sigmoid = get_sigmoid (x);

  *derivative = sigmoid * (1 + x * (1 - sigmoid));
  return x * sigmoid;
}

static double
bend_gelu (const GbpCurveShape *shape, double x, double *derivative)
{
  double cumulative = erfc (-x * SQRT1_2) / 2;

  *derivative = cumulative + x * NORMAL * exp (-x * x / 2);
  return x * cumulative;
}

static double
bend_gelu_tanh (const GbpCurveShape *shape, double x, double *derivative)
{
  double sigmoid = get_sigmoid (2 * SQRT2_PI * (x + CUBIC * x * x * x)); /* (1 + tanh) / 2 */
  double slope = 2 * SQRT2_PI * (1 + 3 * CUBIC * x * x);

  *derivative = sigmoid + x * sigmoid * (1 - sigmoid) * slope;
  return x * sigmoid;
}

/* Where it has a corner the derivative is that of the side which is constant or the identity, as in Keras. */
static double
bend_hard_swish (const GbpCurveShape *shape, double x, double *derivative)
{
  if (x <= -3 || x >= 3) {
    *derivative = x > 0;
    return x > 0 ? x : 0;
  }
  *derivative = (2 * x + 3) / 6;
  return x * (x + 3) / 6;
}

/* x · tanh (log (1 + eˣ)), the hyperbolic tangent as a quotient of polynomials in eˣ. */
static double
bend_mish (const GbpCurveShape *shape, double x, double *derivative)
{
  double e = exp (MIN (x, 40)), n = e * (e + 2), tangent = n / (n + 2);

  *derivative = tangent + x * (1 - tangent * tangent) * get_sigmoid (x);
  return x * tangent;
}

static double
bend_sigmoid (const GbpCurveShape *shape, double x, double *derivative)
{
  double sigmoid = get_sigmoid (x);

  *derivative = sigmoid * (1 - sigmoid);
  return sigmoid;
}

static double
bend_tanh (const GbpCurveShape *shape, double x, double *derivative)
{
  double y = tanh (x);

  *derivative = 1 - y * y;
  return y;
}

/* NaN is on neither side, and stays what it is. */
static double
bend_threshold (const GbpCurveShape *shape, double x, double *derivative)
{
  double threshold = shape->threshold, maximum = shape->maximum;

  if (x > threshold) {
    *derivative = x < maximum ? 1 : x == maximum ? shape->at_maximum : 0;
    return MIN (x, maximum);
  }
  *derivative = x < threshold ? shape->slope : 0;
  return shape->slope * (x - threshold);
}

static double
bend_clamp (const GbpCurveShape *shape, double x, double *derivative)
{
  double low = shape->threshold, high = shape->maximum;

  *derivative = x < low || x > high ? 0 : x == low || x == high ? shape->at_maximum : 1;
  return x < low ? low : x > high ? high : x;
}

/* With a scale of −1: the logarithm of the sigmoid. */
static double
bend_softplus (const GbpCurveShape *shape, double x, double *derivative)
{
  double oriented = shape->scale * x;

  *derivative = get_sigmoid (oriented);
  return shape->scale * (MAX (oriented, 0) + log1p (exp (-fabs (oriented))));
}

static double
bend_softsign (const GbpCurveShape *shape, double x, double *derivative)
{
  double over = 1 + fabs (x);

  *derivative = 1 / (over * over);
  return x / over;
}

static double
bend_exp (const GbpCurveShape *shape, double x, double *derivative)
{
  return *derivative = exp (x);
}

static double
bend_power (const GbpCurveShape *shape, double x, double *derivative)
{
  *derivative = shape->slope * pow (x, shape->slope - 1.0);
  return pow (x, shape->slope);
}

static double (*const curves[GBP_N_CURVES]) (
    const GbpCurveShape *shape, double x, double *derivative) = {
    [GBP_CURVE_EXPONENTIAL] = bend_exponential,
    [GBP_CURVE_SILU] = bend_silu,
    [GBP_CURVE_GELU] = bend_gelu,
    [GBP_CURVE_GELU_TANH] = bend_gelu_tanh,
    [GBP_CURVE_HARD_SWISH] = bend_hard_swish,
    [GBP_CURVE_MISH] = bend_mish,
    [GBP_CURVE_SIGMOID] = bend_sigmoid,
    [GBP_CURVE_TANH] = bend_tanh,
    [GBP_CURVE_THRESHOLD] = bend_threshold,
    [GBP_CURVE_CLAMP] = bend_clamp,
    [GBP_CURVE_SOFTPLUS] = bend_softplus,
    [GBP_CURVE_SOFTSIGN] = bend_softsign,
    [GBP_CURVE_EXP] = bend_exp,
    [GBP_CURVE_POWER] = bend_power,
};

void
gbp_plain_bend (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative)
{
  for (gsize i = 0; i < activation->n_pixels * activation->stride; i++) {
    float bias = activation->bias != NULL ? activation->bias[i % activation->stride] : 0;
    double slope;

    activation->y[i] = (float) curves[shape->curve](shape, activation->x[i] + bias, &slope);
    derivative[i] = (float) slope;
    gbp_set_bit (activation->positive, i, activation->y[i] > 0);
  }
}

void
gbp_plain_softmax (const float *x, float *y, gsize n)
{
  float largest = x[0];
  double sum = 0;

  for (gsize c = 1; c < n; c++)
    largest = MAX (largest, x[c]);
  for (gsize c = 0; c < n; c++)
    sum += exp ((double) x[c] - largest);
  for (gsize c = 0; c < n; c++)
    y[c] = (float) (exp ((double) x[c] - largest) / sum);
  for (gsize c = n; c < gbp_pad_channels (n); c++)
    y[c] = 0;
}
