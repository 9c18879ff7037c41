/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Vectors by the compiler's extension, as wide as the level that a file is compiled for. Only moving
 * between lanes and bits, which the extension cannot say, needs the CPU's own names. */
#pragma once

#include <glib.h>
#include <string.h>

#include "kernel/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#else
#define LANES 8
#endif

/* Columns of a panel of multiply()'s right side: two vectors. */
#define PANEL (2 * LANES)

#define INLINE static inline __attribute__ ((always_inline))

/* The name of a kernel in this file's level: LEVEL (pool) is gbp_avx2_pool, say. */
#define LEVEL_PASTE(level, name)  gbp_##level##_##name
#define LEVEL_EXPAND(level, name) LEVEL_PASTE (level, name)
#define LEVEL(name)               LEVEL_EXPAND (GBP_LEVEL, name)

typedef float Vector __attribute__ ((vector_size (4 * LANES), may_alias));
typedef gint32 VectorInt __attribute__ ((vector_size (4 * LANES), may_alias));

INLINE Vector
load (const float *p)
{
  return *(const Vector *) p;
}

INLINE void
store (float *p, Vector x)
{
  *(Vector *) p = x;
}

INLINE Vector
broadcast (float x)
{
  return x - (Vector){0};
}

/* The larger of two, lane by lane; @y where they are equal or one is NaN. */
INLINE Vector
get_maximum (Vector x, Vector y)
{
#if defined(__AVX512F__)
  return (Vector) _mm512_max_ps ((__m512) x, (__m512) y);
#elif defined(__AVX__)
  return (Vector) _mm256_max_ps ((__m256) x, (__m256) y);
#else
  VectorInt greater = x > y;

  return (Vector) (((VectorInt) x & greater) | ((VectorInt) y & ~greater));
#endif
}

/* The smaller of two; @y where they are equal or one is NaN. */
INLINE Vector
get_minimum (Vector x, Vector y)
{
#if defined(__AVX512F__)
  return (Vector) _mm512_min_ps ((__m512) x, (__m512) y);
#elif defined(__AVX__)
  return (Vector) _mm256_min_ps ((__m256) x, (__m256) y);
#else
  return -get_maximum (-x, -y);
#endif
}

/* What a ReLU makes of @x. NaN stays NaN, so that weights which overflow show at any depth. */
INLINE Vector
rectify (Vector x)
{
#if defined(__AVX__)
  return get_maximum ((Vector){0}, x); /* its second operand, where one of them is NaN */
#else
  return (Vector) ((VectorInt) x & ~(x < (Vector){0}));
#endif
}

/* @x, or NaN where @a or @b is NaN. */
INLINE Vector
spread_nan (Vector x, Vector a, Vector b)
{
#if defined(__AVX512F__)
  __mmask16 unordered = _mm512_cmp_ps_mask ((__m512) a, (__m512) b, _CMP_UNORD_Q);

  return (Vector) _mm512_mask_add_ps ((__m512) x, unordered, (__m512) a, (__m512) b);
#elif defined(__AVX__)
  return (Vector) _mm256_or_ps ((__m256) x, _mm256_cmp_ps ((__m256) a, (__m256) b, _CMP_UNORD_Q));
#else
  return (Vector) ((VectorInt) x | (a != a) | (b != b));
#endif
}

/* Where a lane of @mask is all ones, that of @a, else that of @b. */
INLINE Vector
select_lanes (VectorInt mask, Vector a, Vector b)
{
  return (Vector) (((VectorInt) a & mask) | ((VectorInt) b & ~mask));
}

/* The LANES channels from @c on, of @n: behind them @rest. */
INLINE Vector
load_channels (const float *x, gsize c, gsize n, Vector rest)
{
  VectorInt lane;

  if (c + LANES <= n)
    return load (x + c);
  for (gint32 i = 0; i < LANES; i++)
    lane[i] = i;
  return select_lanes (lane < (gint32) (n - c) - (VectorInt){0}, load (x + c), rest);
}

/* The largest of @x's; NaN if one is. */
INLINE float
find_largest_lane (Vector x)
{
  float largest = x[0];

  for (guint i = 1; i < LANES; i++)
    largest = largest >= x[i] || largest != largest ? largest : x[i];
  return largest;
}

INLINE Vector
get_absolute (Vector x)
{
  return (Vector) ((VectorInt) x & G_MAXINT32);
}

/* One bit for each lane where @x > @y. */
INLINE guint
get_greater (Vector x, Vector y)
{
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask ((__m512) x, (__m512) y, _CMP_GT_OQ);
#elif defined(__AVX__)
  return (guint) _mm256_movemask_ps ((__m256) (x > y));
#elif defined(__SSE2__)
  __m128 halves[2];
  VectorInt greater = x > y;

  __builtin_memcpy (halves, &greater, sizeof halves);
  return (guint) (_mm_movemask_ps (halves[0]) | _mm_movemask_ps (halves[1]) << 4);
#else
  guint bits = 0;

  for (guint i = 0; i < LANES; i++)
    bits |= (guint) (x[i] > y[i]) << i;
  return bits;
#endif
}

/* @x where @bits has a one, else zero. */
INLINE Vector
keep (Vector x, guint bits)
{
#if defined(__AVX512F__)
  return (Vector) _mm512_maskz_mov_ps ((__mmask16) bits, (__m512) x);
#else
  const VectorInt lane = {1, 2, 4, 8, 16, 32, 64, 128};
  VectorInt spread = (gint32) bits - (VectorInt){0};

  return (Vector) ((VectorInt) x & ((spread & lane) == lane));
#endif
}

/* @x where @kept, which is a part of it, is zero. */
INLINE Vector
drop (Vector x, Vector kept)
{
  return (Vector) ((VectorInt) x ^ (VectorInt) kept);
}

/* The bits of the LANES units from @unit on. */
INLINE guint
load_bits (const guint8 *bits, gsize unit)
{
#if LANES == 16
  return *(const guint16 *) (bits + unit / 8);
#else
  return bits[unit / 8];
#endif
}

INLINE void
store_bits (guint8 *bits, gsize unit, guint value)
{
#if LANES == 16
  *(guint16 *) (bits + unit / 8) = (guint16) value;
#else
  bits[unit / 8] = (guint8) value;
#endif
}

/* What @gate lets through of the gradient @x of the LANES units from @unit on. */
INLINE Vector
pass_gate (const GbpGate *gate, Vector x, gsize unit)
{
  if (gate->active != NULL)
    x = keep (x, load_bits (gate->active, unit));
  if (gate->only_positive)
    x = get_maximum (x, (Vector){0});
  return x;
}

/* One bit for each lane where @x lies between @low and @high. */
INLINE guint
get_between (Vector low, Vector x, Vector high)
{
#if defined(__AVX__) && !defined(__AVX512F__)
  return (guint) _mm256_movemask_ps ((__m256) ((x > low) & (high > x)));
#else
  return get_greater (x, low) & get_greater (high, x);
#endif
}

/* A rectifier with a maximum, of the LANES units from @unit on.
 * @positive: (out): the bits of what lies between */
INLINE Vector
clip_lanes (Vector x, float maximum, guint8 *positive, gsize unit)
{
  Vector limit = broadcast (maximum);

  store_bits (positive, unit, get_between ((Vector){0}, x, limit));
  return get_minimum (limit, rectify (x));
}

/* What a kernel reads of an activation while it writes bits, of which the compiler cannot know that they are not a part
 * of it. Without a bias all pixels are one. */
INLINE GbpActivation
take_activation (const GbpActivation *activation)
{
  GbpActivation own = *activation;

  if (own.bias == NULL) {
    own.stride *= own.n_pixels;
    own.n_pixels = MIN (own.n_pixels, 1);
  }
  return own;
}

/* Units whose bits are a word. */
#define WORD_UNITS 64

INLINE void
store_word (guint8 *bits, gsize unit, guint64 word)
{
  word = GUINT64_TO_LE (word);
  memcpy (bits + unit / 8, &word, sizeof word);
}

/* Of LANES units. */
typedef struct {
  guint positive;
  guint negative;
} UnitBits;

/* Makes the LANES units from @unit on, channels @c to @c + LANES − 1.
 * @data: of the function's own */
typedef UnitBits (*MakeUnits) (
    const GbpActivation *activation, gconstpointer data, gsize unit, gsize c);

/* Makes all units, by a function that is a constant where this is inlined. Bits are kept by words: a byte stored after
 * each vector would cost as much as the vector. */
INLINE void
make_pixels (const GbpActivation *activation, gconstpointer data, MakeUnits make)
{
  for (gsize i = 0; i < activation->n_pixels; i++) {
    gsize first = i * activation->stride, c = 0;

    for (; c + WORD_UNITS <= activation->stride; c += WORD_UNITS) {
      guint64 positive = 0, negative = 0;

#pragma GCC unroll 8
      for (gsize k = 0; k < WORD_UNITS; k += LANES) {
        UnitBits bits = make (activation, data, first + c + k, c + k);

        positive |= (guint64) bits.positive << k;
        negative |= (guint64) bits.negative << k;
      }
      store_word (activation->positive, first + c, positive);
      if (activation->negative != NULL)
        store_word (activation->negative, first + c, negative);
    }
    for (; c < activation->stride; c += LANES) {
      UnitBits bits = make (activation, data, first + c, c);

      store_bits (activation->positive, first + c, bits.positive);
      if (activation->negative != NULL)
        store_bits (activation->negative, first + c, bits.negative);
    }
  }
}

/* Likewise; that there is no bias, or no negative bits, is a constant then. */
INLINE void
make_map (const GbpActivation *activation, gconstpointer data, MakeUnits make)
{
  GbpActivation one = *activation;

  if (activation->negative == NULL && activation->bias == NULL) {
    one.negative = NULL;
    one.bias = NULL;
    make_pixels (&one, data, make);
  } else if (activation->negative == NULL) {
    one.negative = NULL;
    make_pixels (&one, data, make);
  } else if (activation->bias == NULL) {
    one.bias = NULL;
    make_pixels (&one, data, make);
  } else {
    make_pixels (activation, data, make);
  }
}

INLINE Vector
load_biased (const GbpActivation *activation, gsize unit, gsize c)
{
  Vector x = load (activation->x + unit);

  if (activation->bias != NULL)
    x += load (activation->bias + c);
  return x;
}
