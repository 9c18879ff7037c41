/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"

#include <gbp/renderer.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNTOUCHED 0xa5

/* Float arithmetic: what is nearer to a tie than this may go either way. */
#define SLACK_U8  1e-4
#define SLACK_U16 (1 / 64.0)

static double
exact_blend (guint frame, guint picture, float weight)
{
  return (1 - (double) weight) * frame + (double) weight * picture;
}

static float
weight_of_case (int i)
{
  static const float chosen[] = {
      0, 1, 0.5f, 0.6f, 0.1f, 0.3f, 0.7f, 0.9f, 1 / 3.0f, 1 / 255.0f, 1e-6f, 0.999999f};
  guint32 seed = i;

  return i < (int) G_N_ELEMENTS (chosen) ? chosen[i] : gbp_test_random (&seed, 0, 1);
}

/* Every pair of bytes, rounded to nearest; 0 keeps the frame and 1 takes the picture, exactly. */
START_TEST (all_pairs_of_bytes)
{
  static guint8 frame[65536], picture[65536];
  float weight = weight_of_case (_i);
  const float weights[4] = {weight, weight, weight, weight};

  for (guint i = 0; i < 65536; i++) {
    frame[i] = i >> 8;
    picture[i] = i & 255;
  }
  gbp_blend_u8 (frame, 65536, picture, 65536, 65536, 1, weights);
  for (guint i = 0; i < 65536; i++) {
    double exact = exact_blend (i >> 8, i & 255, weight);

    if (fabs (frame[i] - exact) > 0.5 + SLACK_U8)
      ck_abort_msg (
          "%u and %u at %g: expected %g, found %u", i >> 8, i & 255, weight, exact, frame[i]);
    /* halves are exact in float: ties go up */
    if (weight == 0.5f && frame[i] != ((i >> 8) + (i & 255) + 1) / 2)
      ck_abort_msg ("%u and %u: their mean is not %u", i >> 8, i & 255, frame[i]);
    if ((weight == 0 || weight == 1) && frame[i] != exact)
      ck_abort_msg ("%u and %u at %g: found %u", i >> 8, i & 255, weight, frame[i]);
  }
}
END_TEST

/* The same for words: both ends, and pairs from all over. */
START_TEST (pairs_of_words)
{
  static guint16 before[65536], frame[65536], picture[65536];
  static const guint16 ends[] = {0, 1, 32767, 32768, 65534, 65535};
  float weight = weight_of_case (_i);
  const float weights[4] = {weight, weight, weight, weight};
  guint32 seed = 5;

  for (guint i = 0; i < 65536; i++) {
    before[i] = i < 36 ? ends[i / 6] : gbp_test_random (&seed, 0, 65535);
    picture[i] = i < 36 ? ends[i % 6] : gbp_test_random (&seed, 0, 65535);
  }
  memcpy (frame, before, sizeof frame);
  gbp_blend_u16 (frame, 131072, picture, 131072, 65536, 1, weights);
  for (guint i = 0; i < 65536; i++) {
    double exact = exact_blend (before[i], picture[i], weight);

    if (fabs (frame[i] - exact) > 0.5 + SLACK_U16)
      ck_abort_msg (
          "%u and %u at %g: expected %g, found %u", before[i], picture[i], weight, exact, frame[i]);
    if ((weight == 0 || weight == 1) && frame[i] != exact)
      ck_abort_msg ("%u and %u at %g: found %u", before[i], picture[i], weight, frame[i]);
  }
}
END_TEST

static const gsize row_lengths[] = {
    0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 65, 641, 1923, 5762};

/* In rows of any length each component has its own weight, and the padding stays as it is. */
START_TEST (rows_of_bytes)
{
  const float weights[4] = {0, 1, 0.25f, 0.8f};
  gsize n = row_lengths[_i], frame_stride = n + 3, picture_stride = n + 7;
  g_autofree guint8 *frame = g_malloc (5 * frame_stride), *before = NULL;
  g_autofree guint8 *picture = g_malloc (5 * picture_stride);
  guint32 seed = 11;

  for (guint i = 0; i < 5 * frame_stride; i++)
    frame[i] = i % frame_stride < n ? gbp_test_random (&seed, 0, 255) : UNTOUCHED;
  for (guint i = 0; i < 5 * picture_stride; i++)
    picture[i] = gbp_test_random (&seed, 0, 255);
  before = g_memdup2 (frame, 5 * frame_stride);
  gbp_blend_u8 (frame, frame_stride, picture, picture_stride, n, 4, weights);
  for (guint y = 0; y < 5; y++) {
    for (guint i = 0; i < frame_stride; i++) {
      guint old = before[y * frame_stride + i], blended = frame[y * frame_stride + i];
      double exact = old, slack = 0;

      if (y < 4 && i < n) {
        exact = exact_blend (old, picture[y * picture_stride + i], weights[i % 4]);
        slack = 0.5 + SLACK_U8;
      }
      if (fabs (blended - exact) > slack)
        ck_abort_msg ("row %u, component %u: expected %g, found %u", y, i, exact, blended);
    }
  }
}
END_TEST

START_TEST (rows_of_words)
{
  const float weights[4] = {0.8f, 0, 1, 0.25f};
  gsize n = row_lengths[_i], frame_stride = n + 3, picture_stride = n + 7;
  g_autofree guint16 *frame = g_new (guint16, 5 * frame_stride), *before = NULL;
  g_autofree guint16 *picture = g_new (guint16, 5 * picture_stride);
  guint32 seed = 13;

  for (guint i = 0; i < 5 * frame_stride; i++)
    frame[i] = i % frame_stride < n ? gbp_test_random (&seed, 0, 65535) : UNTOUCHED;
  for (guint i = 0; i < 5 * picture_stride; i++)
    picture[i] = gbp_test_random (&seed, 0, 65535);
  before = g_memdup2 (frame, 5 * frame_stride * sizeof *frame);
  gbp_blend_u16 (frame, 2 * frame_stride, picture, 2 * picture_stride, n, 4, weights);
  for (guint y = 0; y < 5; y++) {
    for (guint i = 0; i < frame_stride; i++) {
      guint old = before[y * frame_stride + i], blended = frame[y * frame_stride + i];
      double exact = old, slack = 0;

      if (y < 4 && i < n) {
        exact = exact_blend (old, picture[y * picture_stride + i], weights[i % 4]);
        slack = 0.5 + SLACK_U16;
      }
      if (fabs (blended - exact) > slack)
        ck_abort_msg ("row %u, component %u: expected %g, found %u", y, i, exact, blended);
    }
  }
}
END_TEST

/* Every pair of bytes at every weight: exact, to nearest. */
START_TEST (each_pair_of_bytes)
{
  static guint8 frame[65536], picture[65536], weights[65536];
  gint weight = _i;

  for (guint i = 0; i < 65536; i++) {
    frame[i] = i >> 8;
    picture[i] = i & 255;
    weights[i] = weight;
  }
  gbp_blend_each_u8 (frame, 65536, picture, 65536, weights, 65536, 65536, 1);
  for (guint i = 0; i < 65536; i++) {
    gint exact_times_255 = (gint) (i >> 8) * (255 - weight) + (gint) (i & 255) * weight;

    if (abs (2 * (255 * frame[i] - exact_times_255)) > 255)
      ck_abort_msg ("%u and %u at %d: found %u", i >> 8, i & 255, weight, frame[i]);
  }
}
END_TEST

/* Words of 10, 12 and 16 bits: both ends of the weights keep one side exactly, others round to nearest. */
START_TEST (each_pair_of_words)
{
  static const guint16 ones[] = {1023, 4095, 65535};
  static guint16 before[65536], frame[65536], picture[65536], weights[65536];
  guint16 one = ones[_i];
  guint32 seed = 17;

  for (guint i = 0; i < 65536; i++) {
    before[i] = frame[i] = gbp_test_random (&seed, 0, one);
    picture[i] = gbp_test_random (&seed, 0, one);
    weights[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? one : gbp_test_random (&seed, 0, one);
  }
  gbp_blend_each_u16 (frame, 131072, picture, 131072, weights, 131072, 65536, 1, one);
  for (guint i = 0; i < 65536; i++) {
    double exact = exact_blend (before[i], picture[i], weights[i] / (float) one);

    if (fabs (frame[i] - exact) > (i % 3 < 2 ? 0 : 0.5 + SLACK_U16))
      ck_abort_msg ("%u and %u at %u: expected %g, found %u", before[i], picture[i], weights[i],
          exact, frame[i]);
  }
}
END_TEST

/* Rows of any length, each with its own weights; the padding stays as it is. */
START_TEST (each_in_rows)
{
  gsize n = row_lengths[_i], stride = n + 3;
  g_autofree guint8 *frame = g_malloc (4 * stride), *before = NULL;
  g_autofree guint8 *picture = g_malloc (4 * stride), *weights = g_malloc (4 * stride);
  guint32 seed = 19;

  for (guint i = 0; i < 4 * stride; i++) {
    frame[i] = i % stride < n ? gbp_test_random (&seed, 0, 255) : UNTOUCHED;
    picture[i] = gbp_test_random (&seed, 0, 255);
    weights[i] = gbp_test_random (&seed, 0, 255);
  }
  before = g_memdup2 (frame, 4 * stride);
  gbp_blend_each_u8 (frame, stride, picture, stride, weights, stride, n, 3);
  for (guint i = 0; i < 4 * stride; i++) {
    gboolean is_blended = i < 3 * stride && i % stride < n;
    double exact = before[i];

    if (is_blended)
      exact = (before[i] * (255.0 - weights[i]) + picture[i] * (double) weights[i]) / 255;
    if (fabs (frame[i] - exact) > (is_blended ? 0.5 : 0))
      ck_abort_msg ("component %u: expected %g, found %u", i, exact, frame[i]);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"all pairs of bytes", all_pairs_of_bytes, 60},
      {"pairs of words", pairs_of_words, 60},
      {"rows of bytes", rows_of_bytes, G_N_ELEMENTS (row_lengths)},
      {"rows of words", rows_of_words, G_N_ELEMENTS (row_lengths)},
      {"each pair of bytes", each_pair_of_bytes, 256},
      {"each pair of words", each_pair_of_words, 3},
      {"each in rows", each_in_rows, G_N_ELEMENTS (row_lengths)},
  };

  return GBP_TEST_RUN ("render/blend", tests);
}
