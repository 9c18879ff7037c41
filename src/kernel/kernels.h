/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Arithmetic over pointers and strides, in one variant for each vector level of the CPU.
 *
 * A map is [pixel][stride] floats: channels last, padded to a whole number of GBP_LANES. The padding of a
 * map is zero, before and after every kernel. Bits about a map's units are [pixel][stride / 8] bytes, the
 * lowest bit first. Maps are aligned to GBP_ALIGNMENT bytes. */
#pragma once

#include <string.h>

#include "kernel/tiles.h"

#define GBP_LANES     16
#define GBP_PANEL     32 /* the widest level's panel, see GbpKernels */
#define GBP_ALIGNMENT 64

/* Channels with their padding. */
static inline gsize
gbp_pad_channels (gsize channels)
{
  return (channels + GBP_LANES - 1) / GBP_LANES * GBP_LANES;
}

/* What a ReLU makes of @x. NaN stays NaN, so that weights which overflow show at any depth. */
static inline float
gbp_rectify (float x)
{
  return x < 0 ? 0 : x;
}

/* What a ReLU lets through on the way back: all that holds must hold.
 * @only_positive: dy > 0
 * @active: (nullable): the units whose x > 0, as bits */
typedef struct {
  gboolean only_positive;
  const guint8 *active;
} GbpGate;

/* The gate of a map from its pixel @first on. */
static inline GbpGate
gbp_gate_at (const GbpGate *gate, gsize first, gsize stride)
{
  return (GbpGate){
      .only_positive = gate->only_positive,
      .active = gate->active == NULL ? NULL : gate->active + first * stride / 8,
  };
}

/* Maps whose values are compared, one by one.
 * @inputs: [n_inputs]
 * @largest: of their values
 * @has_first: of equal ones the first has the gradient; else each has a share of it */
typedef struct {
  const float *const *inputs;
  guint n_inputs;
  const float *largest;
  gboolean has_first;
} GbpContest;

/* What happens to sums on their way into a map.
 * @bias: [stride]: is added
 * @positive: (out) (nullable): a rectifier follows, as clip() computes it: its bits; NULL: none follows
 * @maximum: that rectifier's */
typedef struct {
  const float *bias;
  guint8 *positive;
  float maximum;
} GbpEnding;

/* Rows of a matrix that lie in pieces, as those of a window do in a map: each is @n_pieces times @n floats.
 * @places: [@n_pieces][rows]: where they lie, but for @first floats more */
typedef struct {
  const float *const *places;
  gsize n_pieces;
  gsize n;
  gsize first;
} GbpPieces;

/* c [rows][columns] = a [rows][depth] · b [depth][columns], or a part of it.
 * @a: rows lie @a_stride floats apart
 * @pieces: (nullable): of multiply(): where the rows of a are instead, with all their terms
 * @ending: (nullable): of multiply(): for c, whose bits begin with its first row
 * @b: packed, see gbp_pack_row(); for multiply_transposed(), bᵀ [columns][depth] is
 * @c: (out): rows lie @c_stride floats apart
 * @terms: the part of the depth where @a is not zero; multiples of GBP_PANEL, or the end
 * @wanted: the columns that are made; likewise
 * @next: (nullable): the product that comes next: the first of its weights are fetched into the cache meanwhile
 * @prefetch: (nullable): @n_prefetch floats of other memory that is needed soon: likewise */
typedef struct _GbpProduct GbpProduct;
struct _GbpProduct {
  gsize rows;
  gsize depth;
  gsize columns;
  const float *a;
  gsize a_stride;
  const float *b;
  float *c;
  gsize c_stride;
  GbpChannels terms;
  GbpChannels wanted;
  const GbpProduct *next;
  const float *prefetch;
  gsize n_prefetch;
  const GbpPieces *pieces;
  const GbpEnding *ending;
};

/* What happens to the outputs of a tile on their way into the map.
 *
 * Forward they get their bias and go through a ReLU. What follows depends on their sign: so the kernel tells
 * where rounding could have decided it.
 * @bias: (nullable): NULL is backward
 * @active: (out) (nullable): the units above zero, as bits; NULL: there is no ReLU, and nothing of what follows
 * @tolerance: [stride]: how far off an output may be
 * @near_zero: (out): the units that are within it of zero, as bits
 * @argmax: (out) (nullable): forward: a 2×2 max pool follows; the map, @active and @near_zero are then what it makes,
 *     half as high and wide, and this says of which unit; see kernel/pooling.h
 * @equivalence: [tiles' width] in each row: with @argmax: the equivalence classes of the pixels before the pool
 * @gate: backward: what the ReLU before lets through */
typedef struct {
  const float *bias;
  guint8 *active;
  const float *tolerance;
  guint8 *near_zero;
  guint8 *argmax;
  const guint64 *equivalence;
  GbpGate gate;
} GbpEpilogue;

/* A dense layer's weights, or a part: [n_rows][n_columns], @stride floats apart, of any alignment, unpadded. All are
 * finite. */
typedef struct {
  const float *values;
  gsize n_rows;
  gsize n_columns;
  gsize stride;
} GbpMatrix;

/* No tap at all, where find_maximum() says which it was: their numbers are less. */
#define GBP_ARGMAX_NONE G_MAXUINT16

/* A pixel of the source of a stencil, for the first of its pixels.
 * @offset: floats from the source's first value
 * @number: which it is of the window's */
typedef struct {
  gsize offset;
  gsize number;
} GbpTap;

/* @n_pixels pixels, each made of some pixels of another map, all by one pattern.
 * @taps: [n_taps]: for the next pixel they lie @source_step floats further on
 * @source: another map
 * @target: (out): the first of the pixels; the next ones lie @target_step floats apart
 * @n_channels: of each, a multiple of GBP_LANES */
typedef struct {
  const GbpTap *taps;
  gsize n_taps;
  const float *source;
  gsize source_step;
  float *target;
  gsize target_step;
  gsize n_pixels;
  gsize n_channels;
} GbpStencil;

/* What an activation makes of a map.
 * @x: [n_pixels][stride]
 * @bias: (nullable): [stride]: is added to @x before
 * @y: (out): may be @x
 * @positive: (out): one bit for each unit; @negative: (out) (nullable): likewise */
typedef struct {
  const float *x;
  const float *bias;
  float *y;
  gsize n_pixels;
  gsize stride;
  guint8 *positive;
  guint8 *negative;
} GbpActivation;

/* Functions of one variable. @EXPONENTIAL: x above zero, else slope · (eˣ − 1), both times @scale; @THRESHOLD: min (x,
 * maximum) above the threshold, else slope · (x − threshold); the others as layer/operation.h has them. */
typedef enum {
  GBP_CURVE_EXPONENTIAL,
  GBP_CURVE_SILU,
  GBP_CURVE_GELU,
  GBP_CURVE_GELU_TANH,
  GBP_CURVE_HARD_SWISH,
  GBP_CURVE_MISH,
  GBP_CURVE_SIGMOID,
  GBP_CURVE_TANH,
  GBP_CURVE_THRESHOLD,
  GBP_CURVE_CLAMP,
  GBP_CURVE_SOFTPLUS,
  GBP_CURVE_SOFTSIGN,
  GBP_CURVE_EXP,
  GBP_CURVE_POWER,
  GBP_N_CURVES,
} GbpCurve;

/* @slope: of EXPONENTIAL and THRESHOLD
 * @scale, @at_zero: of EXPONENTIAL, whose derivative at zero is their product; @scale: of SOFTPLUS: −1: of the
 *     sigmoid's logarithm
 * @threshold, @maximum, @at_maximum: of THRESHOLD, whose derivative is 0 at the threshold and the last one at the
 *     maximum */
typedef struct {
  GbpCurve curve;
  float slope;
  float scale;
  float at_zero;
  float threshold, maximum, at_maximum;
} GbpCurveShape;

/* Layer normalization of pixels.
 * @factors, @shifts: [stride]: zero in the padding
 * @epsilon: above 0 */
typedef struct {
  gsize n_channels;
  gsize stride;
  const float *factors;
  const float *shifts;
  float epsilon;
} GbpNorm;

typedef struct {
  const char *name;

  /* map = max (map + bias, 0), and NaN where that is NaN; @active: (out) (nullable): the units above zero, which NaN
   * is not. */
  void (*bias_relu) (float *map, const float *bias, guint8 *active, gsize n_pixels, gsize stride);

  /* Zeroes what @gate stops. */
  void (*gate) (float *gradient, const GbpGate *gate, gsize n_pixels, gsize stride);

  /* y = (x − mean) · inverse · factors + shifts, by each pixel's own numbers.
   * @moments: (out): [n_pixels][2]: the mean of its channels, and the inverse, 1 / √(variance + epsilon) */
  void (*normalize) (const GbpNorm *norm, const float *x, float *y, float *moments, gsize n_pixels);

  /* What that passes back of the gradient @dy: with d = dy · factors and x̂ = (x − mean) · inverse,
   * dx = inverse · (d − mean (d) − x̂ · mean (d · x̂)). */
  void (*denormalize) (const GbpNorm *norm, const float *x, const float *moments, const float *dy,
      float *dx, gsize n_pixels);

  /* Over the pixels, in double precision.
   * @sums: (out): [2][@stride]: Σ values and Σ values · x of each channel */
  void (*sum_moments) (
      const float *values, const float *x, double *sums, gsize n_pixels, gsize stride);

  /* Tiles of a map to the transformed domain: Bᵀ d B.
   * @argmax: (nullable): the map is that of a 2×2 max pool, half as high and wide: each of its units goes
   *     back to the one that it was chosen from, and the other three are zero; see kernel/pooling.h */
  void (*transform_input) (const GbpTiles *tiles, const float *map, gsize stride,
      const guint8 *argmax, const GbpTransformed *transformed);

  /* Back from it: Aᵀ m A, through @epilogue, into the map. */
  void (*transform_output) (const GbpTiles *tiles, const GbpTransformed *transformed,
      const GbpEpilogue *epilogue, float *map, gsize stride);

  /* Columns of a panel of a product's right side; see gbp_pack_row(). */
  gsize panel;

  void (*multiply) (const GbpProduct *product);

  /* The same with the transpose of what is packed: it is transposed on the way, block by block. */
  void (*multiply_transposed) (const GbpProduct *product);

  /* y [n_columns] = x [n_rows] · matrix. Rows whose x is zero, as most are behind a ReLU, are not read. */
  void (*multiply_from_left) (const GbpMatrix *matrix, const float *x, float *y);

  /* y [n_rows] = matrix · x [n_columns]. Rows that are not wanted are not read, and their y is zero.
   * @wanted: (nullable): one bit for each row */
  void (*multiply_from_right) (
      const GbpMatrix *matrix, const float *x, const guint8 *wanted, float *y);

  /* target = Σ source · weights [tap's number][n_channels].
   * @ending: (nullable): for the target, whose pixels lie one after another then */
  void (*weigh) (const GbpStencil *stencil, const float *weights, const GbpEnding *ending);

  /* target = factor · Σ source; also where there are thousands of taps as exact as of few. */
  void (*sum_up) (const GbpStencil *stencil, float factor);

  /* target = the first maximum of the source, NaN being larger than all; zero where there is no tap.
   * @argmax: (out): the number of its tap, where the target has the value, or GBP_ARGMAX_NONE */
  void (*find_maximum) (const GbpStencil *stencil, guint16 *argmax);

  /* target = Σ source where its argmax is the tap's number.
   * @argmax: of the source's values */
  void (*give_to_maximum) (const GbpStencil *stencil, const guint16 *argmax);

  /* y = min (max (x, 0), maximum), NaN where x is NaN; @positive: 0 < x < maximum; @negative is not written. */
  void (*clip) (const GbpActivation *activation, float maximum);

  /* y = min (max (x · slope + offset, 0), 1), NaN where x is NaN; @positive: 0 < x · slope + offset < 1; @negative is
   * not written. Padding, which is zero, becomes that of zero. */
  void (*ramp) (const GbpActivation *activation, float slope, float offset);

  /* y = x above zero, else x · slopes [stride]; @positive: x > 0, @negative: (nullable): x < 0. */
  void (*leak) (const GbpActivation *activation, const float *slopes);

  /* What leak() passes back of a gradient, in place: all where @positive, else times @slopes; with @negative nothing
   * where neither is set.
   * @positive: as leak() made it; @negative: (nullable): likewise */
  void (*unleak) (float *gradient, const float *slopes, const guint8 *positive,
      const guint8 *negative, gsize n_pixels, gsize stride);

  /* y = f (x), @derivative [n_pixels][stride] = f′ (x); @positive: f (x) > 0; @negative is not written. Padding, which
   * is zero, becomes f (0). */
  void (*bend) (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative);

  /* y = e^x / Σ e^x over @n channels, the padding behind them being zero in both. */
  void (*softmax) (const float *x, float *y, gsize n);

  /* y = x · factors [stride] + shifts [stride]; in place too. @shifts: (nullable) */
  void (*scale) (const float *x, const float *factors, const float *shifts, float *y,
      gsize n_pixels, gsize stride);

  /* y = a + b, or a · b, of @n values, a multiple of GBP_LANES; in place too. */
  void (*add) (const float *a, const float *b, float *y, gsize n);
  void (*times) (const float *a, const float *b, float *y, gsize n);

  /* y += factor · x, of @n values, a multiple of GBP_LANES. */
  void (*accumulate) (const float *x, float factor, float *y, gsize n);

  /* y [n_channels] = the largest of x over pixels that lie @stride floats apart; NaN is larger than all. */
  void (*find_largest) (const float *x, float *y, gsize n_pixels, gsize stride, gsize n_channels);

  /* y = the larger of a and b, of @n values, a multiple of GBP_LANES; NaN is larger than all. */
  void (*take_larger) (const float *a, const float *b, float *y, gsize n);

  /* dx = dy where @input has the largest value, or its share of that, else 0, from unit @first to @end − 1. */
  void (*share_largest) (
      const GbpContest *contest, guint input, const float *dy, float *dx, gsize first, gsize end);

  /* y [n_pixels][GBP_LANES] = the largest of each pixel's channels and zeros; NaN is larger than all. */
  void (*find_largest_channels) (const float *x, float *y, gsize n_pixels, gsize n_channels);

  /* What that passes back of @dy: to the first of the largest channels, or a share of it to each. */
  void (*share_largest_channels) (const float *x, const float *y, const float *dy,
      gboolean has_first, float *dx, gsize n_pixels, gsize n_channels);

  /* y [n_channels] = Σ a · b over pixels that lie @stride floats apart in both; @b: (nullable): NULL is one. */
  void (*correlate) (
      const float *a, const float *b, float *y, gsize n_pixels, gsize stride, gsize n_channels);
} GbpKernels;

/* Lays row @k of a matrix [depth][columns] out as multiply() wants its right side: in panels of @panel columns,
 * [depth][panel] each, one after another, the last one narrower where need be. @columns is a multiple of GBP_LANES. */
static inline void
gbp_pack_row (gsize panel, gsize depth, gsize columns, gsize k, const float *row, float *packed)
{
  for (gsize column = 0; column < columns; column += panel) {
    gsize n = MIN (panel, columns - column);

    memcpy (packed + column * depth + k * n, row + column, n * sizeof *row);
  }
}

/* The kernels for this CPU, or of the level that GBP_VECTOR_LEVEL names, if it has that. Chosen by the first call. */
const GbpKernels *gbp_kernels_get (void);

/* Those of one level ("plain", "baseline", "avx2", "avx512"), or NULL where the CPU or the build lacks it. */
const GbpKernels *gbp_kernels_get_level (const char *level);
