/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"

#include <gbp/picture.h>
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

int
main (void)
{
  const GbpTest tests[] = {
      {"all pairs of bytes", all_pairs_of_bytes, 60},
      {"pairs of words", pairs_of_words, 60},
      {"rows of bytes", rows_of_bytes, G_N_ELEMENTS (row_lengths)},
      {"rows of words", rows_of_words, G_N_ELEMENTS (row_lengths)},
  };

  return GBP_TEST_RUN ("render/blend", tests);
}
