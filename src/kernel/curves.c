/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Smooth activations and their derivatives. Exponentials are those of Cephes (Moshier 1989), in single precision.
 * Polynomials are summed up in pairs (Estrin 1960): a sum waits for few others then, and latency is what such a chain
 * costs. */
#include "kernel/level.h"

#include <math.h>

/* Beyond these an exponential is zero, or no number. */
#define LEAST_EXPONENT -87.0f
#define MOST_EXPONENT  88.0f

/* Added and taken off again it leaves a whole number, which are the lowest bits of the sum. */
#define TO_WHOLE 12582912.0f /* 1.5 · 2²³ */

#define LOG2_E   1.44269504f
#define LN2_HIGH 0.693359375f
#define LN2_LOW  -2.12194440e-4f

/* 1 / √(2π), 1 / √2, √(8 / π), and the factor of GELU's approximation (Hendrycks and Gimpel 2016). */
#define NORMAL   0.398942280f
#define SQRT1_2  0.707106781f
#define SQRT8_PI 1.59576912f
#define CUBIC    0.044715f

/* eˣ; NaN stays NaN. */
INLINE Vector
exponentiate (Vector x)
{
  Vector limited = get_maximum (broadcast (LEAST_EXPONENT), x), whole, shifted, rest, power, square,
         sum;

  limited = get_minimum (broadcast (MOST_EXPONENT), limited);
  shifted = limited * LOG2_E + TO_WHOLE;
  whole = shifted - TO_WHOLE;
  rest = limited - whole * LN2_HIGH;
  rest -= whole * LN2_LOW;
  power = (Vector) (((VectorInt) shifted - (VectorInt) broadcast (TO_WHOLE) + 127) << 23);
  square = rest * rest;
  sum = rest * 1.9875691500e-4f + 1.3981999507e-3f;
  sum = sum * square + (rest * 8.3334519073e-3f + 4.1665795894e-2f);
  sum = sum * square + (rest * 1.6666665459e-1f + 5.0000001201e-1f);
  return (sum * square + (rest + 1.0f)) * power;
}

/* eˣ − 1 for x that is not above zero. */
INLINE Vector
exponentiate_less_one (Vector x)
{
  Vector near = x * (1.0f / 40320) + 1.0f / 5040;

  near = near * x + 1.0f / 720;
  near = near * x + 1.0f / 120;
  near = near * x + 1.0f / 24;
  near = near * x + 1.0f / 6;
  near = near * x + 0.5f;
  near = near * x * x + x;
  return select_lanes (x > broadcast (-0.5f), near, exponentiate (x) - 1.0f);
}

/* 1 / (1 + e⁻ˣ), and what is missing to 1 without cancellation. */
INLINE Vector
get_sigmoid (Vector x, Vector *missing)
{
  Vector e = exponentiate (-get_absolute (x)), larger = 1.0f / (1.0f + e), smaller = e * larger;
  VectorInt is_below = x < (Vector){0};

  *missing = select_lanes (is_below, larger, smaller);
  return select_lanes (is_below, smaller, larger);
}

/* erfc (x) · eˣ² / 2 for x that is not below zero: a polynomial of t = 1 / (1 + x / 2) with a relative error of 1e-8,
 * fitted at Chebyshev's nodes. */
INLINE Vector
get_half_scaled_erfc (Vector x)
{
  Vector t = 1.0f / (1.0f + 0.5f * x), t2 = t * t, t4 = t2 * t2;
  Vector low = (t * 0.141046926f + 0.141047403f) + (t * 0.0876846090f + 0.123440452f) * t2;
  Vector middle = (t * -0.0287526157f + 0.0465319566f) + (t * -0.224008486f + 0.0638870075f) * t2;
  Vector high = (t * -0.115662515f + 0.243559957f) + t2 * 0.0212253015f;

  return t * (low + (middle + high * t4) * t4);
}

INLINE Vector
bend_exponential (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  VectorInt is_above = x > (Vector){0};
  Vector below = exponentiate_less_one (x);
  Vector slope = select_lanes (is_above, broadcast (1), shape->slope * (below + 1.0f));

  *derivative = shape->scale * select_lanes (x == (Vector){0}, broadcast (shape->at_zero), slope);
  return shape->scale * select_lanes (is_above, x, shape->slope * below);
}

INLINE Vector
bend_silu (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector missing, sigmoid = get_sigmoid (x, &missing);

  *derivative = sigmoid * (1.0f + x * missing);
  return x * sigmoid;
}

INLINE Vector
bend_gelu (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector bell = exponentiate (-0.5f * x * x);
  Vector tail = bell * get_half_scaled_erfc (get_absolute (x) * SQRT1_2);
  Vector cumulative = select_lanes (x < (Vector){0}, tail, 1.0f - tail);

  *derivative = cumulative + x * NORMAL * bell;
  return x * cumulative;
}

INLINE Vector
bend_gelu_tanh (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector missing, sigmoid = get_sigmoid (SQRT8_PI * (x + CUBIC * x * x * x), &missing);
  Vector slope = SQRT8_PI * (1.0f + 3 * CUBIC * x * x);

  *derivative = sigmoid * (1.0f + x * missing * slope);
  return x * sigmoid;
}

INLINE Vector
bend_hard_swish (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  VectorInt is_low = x <= broadcast (-3), is_high = x >= broadcast (3);
  Vector slope = (2.0f * x + 3.0f) * (1.0f / 6), y = x * (x + 3.0f) * (1.0f / 6);

  *derivative = select_lanes (is_low, (Vector){0}, select_lanes (is_high, broadcast (1), slope));
  return select_lanes (is_low, (Vector){0}, select_lanes (is_high, x, y));
}

/* By e = eˣ, tanh (log (1 + e)) is n / (n + 2) where n = e · (e + 2). */
INLINE Vector
bend_mish (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector e = exponentiate (-get_maximum (broadcast (-40), -x)), n = e * (e + 2.0f);
  Vector missing = 2.0f / (n + 2.0f), tangent = n / (n + 2.0f), sigmoid = e / (1.0f + e);

  *derivative = tangent + x * missing * (1.0f + tangent) * sigmoid;
  return x * tangent;
}

INLINE Vector
bend_sigmoid (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector missing, sigmoid = get_sigmoid (x, &missing);

  *derivative = sigmoid * missing;
  return sigmoid;
}

/* Near zero, where the quotient of exponentials would cancel, a polynomial. */
INLINE Vector
bend_tanh (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector absolute = get_absolute (x), e = exponentiate (-2.0f * absolute), square = x * x;
  Vector inverse = 1.0f / (1.0f + e), far = (1.0f - e) * inverse;
  Vector near = square * -5.70498872745e-3f + 2.06390887954e-2f;

  near = near * square - 5.37397155531e-2f;
  near = near * square + 1.33314422036e-1f;
  near = near * square - 3.33332819422e-1f;
  near = near * square * x + x;
  *derivative = 4.0f * e * inverse * inverse;
  far = select_lanes (x < (Vector){0}, -far, far);
  return select_lanes (absolute < broadcast (0.625f), near, far);
}

INLINE Vector
bend_threshold (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector threshold = broadcast (shape->threshold), maximum = broadcast (shape->maximum);
  VectorInt is_above = x > threshold, is_below = x<threshold, is_beyond = x> maximum;
  Vector one = select_lanes (is_beyond, (Vector){0}, broadcast (1));
  Vector slope = select_lanes (is_below, broadcast (shape->slope), (Vector){0});

  one = select_lanes (x == maximum, broadcast (shape->at_maximum), one);
  *derivative = select_lanes (is_above, one, slope);
  return select_lanes (
      is_above, select_lanes (is_beyond, maximum, x), shape->slope * (x - threshold));
}

INLINE Vector
bend_clamp (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector low = broadcast (shape->threshold), high = broadcast (shape->maximum);
  VectorInt is_low = x<low, is_high = x> high;

  *derivative = select_lanes ((x == low) | (x == high), broadcast (shape->at_maximum),
      select_lanes (is_low | is_high, (Vector){0}, broadcast (1)));
  return select_lanes (is_low, low, select_lanes (is_high, high, x));
}

/* log (1 + e) is 2 · artanh (s) where s = e / (2 + e), here at most a third. */
INLINE Vector
bend_softplus (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector oriented = shape->scale * x, e = exponentiate (-get_absolute (oriented)),
         s = e / (e + 2.0f);
  Vector square = s * s, sum = square * (2.0f / 13) + 2.0f / 11, larger = 1.0f / (1.0f + e);

  sum = sum * square + 2.0f / 9;
  sum = sum * square + 2.0f / 7;
  sum = sum * square + 2.0f / 5;
  sum = sum * square + 2.0f / 3;
  sum = (sum * square + 2.0f) * s;
  *derivative = select_lanes (oriented < (Vector){0}, e * larger, larger);
  return shape->scale * (get_maximum (oriented, (Vector){0}) + sum);
}

INLINE Vector
bend_softsign (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector inverse = 1.0f / (1.0f + get_absolute (x));

  *derivative = inverse * inverse;
  return x * inverse;
}

/* By halves, so that what is too large becomes infinite. */
INLINE Vector
bend_exp (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector half = exponentiate (0.5f * x);

  return *derivative = half * half;
}

/* By the C library: networks have few of it. */
INLINE Vector
bend_power (const GbpCurveShape *shape, Vector x, Vector *derivative)
{
  Vector y;

  for (guint i = 0; i < LANES; i++) {
    y[i] = (float) pow (x[i], shape->slope);
    (*derivative)[i] = (float) (shape->slope * pow (x[i], shape->slope - 1.0));
  }
  return y;
}

typedef Vector (*Bend) (const GbpCurveShape *shape, Vector x, Vector *derivative);

/* @bend is a constant where this is inlined. */
INLINE void
bend_map (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative, Bend bend)
{
  const GbpActivation own = take_activation (activation);
  const GbpCurveShape own_shape = *shape;

  for (gsize i = 0; i < own.n_pixels; i++)
    for (gsize c = 0; c < own.stride; c += LANES) {
      gsize unit = i * own.stride + c;
      Vector slope, y = bend (&own_shape, load_biased (&own, unit, c), &slope);

      store (own.y + unit, y);
      store (derivative + unit, slope);
      store_bits (own.positive, unit, get_greater (y, (Vector){0}));
    }
}

#define CURVE(name)                                                                                \
  static void bend_map_##name (                                                                    \
      const GbpActivation *activation, const GbpCurveShape *shape, float *derivative)              \
  {                                                                                                \
    bend_map (activation, shape, derivative, bend_##name);                                         \
  }

/* clang-format off */
CURVE (exponential) CURVE (silu) CURVE (gelu) CURVE (gelu_tanh) CURVE (hard_swish) CURVE (mish)
CURVE (sigmoid) CURVE (tanh) CURVE (threshold) CURVE (clamp) CURVE (softplus) CURVE (softsign)
CURVE (exp) CURVE (power)
    /* clang-format on */

    static void (*const curves[GBP_N_CURVES]) (
        const GbpActivation *activation, const GbpCurveShape *shape, float *derivative) = {
        [GBP_CURVE_EXPONENTIAL] = bend_map_exponential,
        [GBP_CURVE_SILU] = bend_map_silu,
        [GBP_CURVE_GELU] = bend_map_gelu,
        [GBP_CURVE_GELU_TANH] = bend_map_gelu_tanh,
        [GBP_CURVE_HARD_SWISH] = bend_map_hard_swish,
        [GBP_CURVE_MISH] = bend_map_mish,
        [GBP_CURVE_SIGMOID] = bend_map_sigmoid,
        [GBP_CURVE_TANH] = bend_map_tanh,
        [GBP_CURVE_THRESHOLD] = bend_map_threshold,
        [GBP_CURVE_CLAMP] = bend_map_clamp,
        [GBP_CURVE_SOFTPLUS] = bend_map_softplus,
        [GBP_CURVE_SOFTSIGN] = bend_map_softsign,
        [GBP_CURVE_EXP] = bend_map_exp,
        [GBP_CURVE_POWER] = bend_map_power,
};

void
LEVEL (bend) (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative)
{
  curves[shape->curve](activation, shape, derivative);
}

void
LEVEL (softmax) (const float *x, float *y, gsize n)
{
  Vector largest = broadcast (-G_MAXFLOAT), shift;
  double sum = 0;

  for (gsize c = 0; c < n; c += LANES)
    largest = get_maximum (load_channels (x, c, n, largest), largest);
  shift = broadcast (find_largest_lane (largest));
  for (gsize c = 0; c < n; c += LANES)
    store (y + c, exponentiate (load (x + c) - shift));
  for (gsize c = 0; c < n; c++)
    sum += y[c];
  shift = broadcast ((float) sum);
  for (gsize c = 0; c < n; c += LANES)
    store (y + c, load_channels (y, c, n, (Vector){0}) / shift);
  for (gsize c = (n + LANES - 1) / LANES * LANES; c < gbp_pad_channels (n); c++)
    y[c] = 0;
}
