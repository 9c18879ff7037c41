/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Measures of maps whose answer is known. */
#include <math.h>
#include <string.h>

#include "curve.h"
#include "harness.h"
#include "metrics.h"
#include "results.h"

#define N    12 /* pixels of a tiny image */
#define SIDE 16

static void
assert_near (double found, double expected)
{
  ck_assert_double_eq_tol (found, expected, 1e-6);
}

START_TEST (ranks)
{
  const float rising[] = {1, 2, 3, 4, 5}, falling[] = {50, 4, 3, 2, -1},
              curved[] = {1, 8, 27, 64, 125};
  const float ties[] = {1, 2, 2, 2, 3}, swapped[] = {1, 2, 3, 5, 4}, same[] = {7, 7, 7, 7, 7};

  assert_near (gbp_rank_correlation (rising, rising, 5), 1);
  assert_near (gbp_rank_correlation (rising, falling, 5), -1);
  assert_near (gbp_rank_correlation (rising, curved, 5), 1);
  assert_near (gbp_rank_correlation (rising, swapped, 5), 0.9); /* 1 - 6 · 2 / (5 · 24) */
  assert_near (gbp_rank_correlation (rising, ties, 5), 8 / sqrt (10 * 8));
  assert_near (gbp_rank_correlation (rising, same, 5), 0);
}
END_TEST

START_TEST (descending)
{
  const float map[] = {2, 5, -1, 5, 3};
  const guint expected[] = {1, 3, 4, 0, 2};
  guint found[5];

  gbp_order_descending (map, 5, found);
  ck_assert_mem_eq (found, expected, sizeof expected);
}
END_TEST

START_TEST (empty)
{
  const float none[] = {0, -0.0f, 0}, last[] = {0, 0, -1e-30f};

  ck_assert (gbp_map_is_empty (none, 3));
  ck_assert (!gbp_map_is_empty (last, 3));
}
END_TEST

START_TEST (cosine)
{
  const float a[] = {3, 4}, b[] = {-4, 3}, c[] = {-6, -8}, d[] = {1, 0}, zero[] = {0, 0};

  assert_near (gbp_cosine (a, a, 2), 1);
  assert_near (gbp_cosine (a, b, 2), 0);
  assert_near (gbp_cosine (a, c, 2), -1);
  assert_near (gbp_cosine (a, d, 2), 0.6);
  assert_near (gbp_cosine (a, zero, 2), 0);
}
END_TEST

/* Maps without structure: what remains is the means' term, (2ab + C1) / (a² + b² + C1), but each map is scaled to 1.
 * With every other pixel at 0: of both alike, 1; of one inverted the covariance is the negative variance, and the means
 * agree as far as a window has as many of both. */
START_TEST (similarity)
{
  float flat[SIDE * SIDE], board[SIDE * SIDE], inverse[SIDE * SIDE], zero[SIDE * SIDE];
  double found;

  for (guint i = 0; i < SIDE * SIDE; i++) {
    flat[i] = 5;
    zero[i] = 0;
    board[i] = (i / SIDE + i) % 2 ? 3 : 0;
    inverse[i] = 1 - board[i] / 3;
  }
  assert_near (gbp_structural_similarity (board, board, SIDE, SIDE), 1);
  assert_near (gbp_structural_similarity (flat, flat, SIDE, SIDE), 1);
  assert_near (gbp_structural_similarity (flat, zero, SIDE, SIDE), 1e-4 / (1 + 1e-4));
  found = gbp_structural_similarity (board, inverse, SIDE, SIDE);
  ck_assert_double_eq_tol (found, (-0.5 + 9e-4) / (0.5 + 9e-4), 1e-3);
}
END_TEST

/* A scale changes nothing, since each map's largest value is 1; one pixel's place does. */
START_TEST (similarity_of_points)
{
  float one[SIDE * SIDE] = {0}, twice[SIDE * SIDE] = {0}, other[SIDE * SIDE] = {0};

  one[5 * SIDE + 5] = 1;
  twice[5 * SIDE + 5] = 2;
  other[11 * SIDE + 11] = 1;
  assert_near (gbp_structural_similarity (one, twice, SIDE, SIDE), 1);
  ck_assert_double_lt (gbp_structural_similarity (one, other, SIDE, SIDE), 0.6);
}
END_TEST

START_TEST (entropy)
{
  float even[200], same[200], halves[200];

  for (guint i = 0; i < 200; i++) {
    even[i] = (float) i;
    same[i] = 3;
    halves[i] = i % 2;
  }
  assert_near (gbp_histogram_entropy (even, 200), log (100));
  assert_near (gbp_histogram_entropy (same, 200), 0);
  assert_near (gbp_histogram_entropy (halves, 200), log (2));
}
END_TEST

/* A step of 100 levels between two columns: (1 + 2 + 1) · 100 on both sides of it; none along it, nor at the
 * borders. */
START_TEST (edges)
{
  guint8 rgb[6 * 20];
  float found[6 * 6];

  memset (rgb, 50, sizeof rgb);
  for (guint y = 0; y < 6; y++)
    memset (rgb + 20 * y + 3 * 3, 150, 9);
  gbp_sobel_edges (rgb, 20, 6, 6, found);
  for (guint i = 0; i < 36; i++)
    ck_assert_float_eq_tol (found[i], i % 6 == 2 || i % 6 == 3 ? 400.0f : 0.0f, 1e-3f);
  for (guint y = 0; y < 6; y++)
    memset (rgb + 20 * y, y < 3 ? 0 : 10, 18);
  gbp_sobel_edges (rgb, 20, 6, 6, found);
  for (guint i = 0; i < 36; i++)
    ck_assert_float_eq_tol (found[i], i / 6 == 2 || i / 6 == 3 ? 40.0f : 0.0f, 1e-3f);
}
END_TEST

START_TEST (area)
{
  const double flat[] = {0.5, 0.5, 0.5}, ramp[] = {0, 0.25, 0.5, 0.75, 1}, step[] = {1, 0, 0, 0, 0};

  assert_near (gbp_area_under_curve (flat, 3), 0.5);
  assert_near (gbp_area_under_curve (ramp, 5), 0.5);
  assert_near (gbp_area_under_curve (step, 5), 0.125);
}
END_TEST

START_TEST (deviation)
{
  const double numbers[] = {2, 4, 4, 4, 5, 5, 7, 9};
  double mean, found;

  gbp_mean_and_deviation (numbers, 8, &mean, &found);
  assert_near (mean, 5);
  assert_near (found, sqrt (32 / 7.0));
  gbp_mean_and_deviation (numbers, 1, &mean, &found);
  assert_near (mean, 2);
  assert_near (found, 0);
}
END_TEST

static double
score_brightness (gpointer data, const guint8 *rgb)
{
  guint *n_images = data;
  double sum = 0;

  (*n_images)++;
  for (guint i = 0; i < 3 * N; i++)
    sum += rgb[i];
  return sum / (3 * N * 200);
}

/* Two bright pixels of twelve: when they go first, all is gone after the first of three steps; last, after the last. */
START_TEST (exchange)
{
  guint8 from[3 * N] = {0}, to[3 * N] = {0};
  guint order[N], n_images = 0;
  double curve[4];

  memset (from, 200, 6);
  for (guint i = 0; i < N; i++)
    order[i] = i;
  gbp_exchange_curve (from, to, N, order, score_brightness, &n_images, 4, curve);
  ck_assert_uint_eq (n_images, 4);
  assert_near (curve[0], 2.0 / N);
  for (guint i = 1; i < 4; i++)
    assert_near (curve[i], 0);
  for (guint i = 0; i < N; i++)
    order[i] = N - 1 - i;
  gbp_exchange_curve (from, to, N, order, score_brightness, &n_images, 4, curve);
  for (guint i = 0; i < 4; i++)
    assert_near (curve[i], i < 3 ? 2.0 / N : 0);
}
END_TEST

/* What is flat stays; a step of 100 becomes a slope whose middle is between both, and which falls by the Gaussian's
 * share, 4 % of the step, a pixel. */
START_TEST (blur)
{
  enum {
    LONG = 90
  };
  guint8 rgb[3 * LONG * LONG], blurred[3 * LONG * LONG];

  memset (rgb, 77, sizeof rgb);
  gbp_blur (rgb, 3 * LONG, LONG, LONG, blurred);
  ck_assert_mem_eq (rgb, blurred, sizeof rgb);
  for (guint y = 0; y < LONG; y++)
    memset (rgb + 3 * LONG * y + 3 * LONG / 2, 177, 3 * LONG / 2);
  gbp_blur (rgb, 3 * LONG, LONG, LONG, blurred);
  ck_assert_uint_eq (blurred[0], 77);
  ck_assert_uint_eq (blurred[3 * LONG - 1], 177);
  ck_assert_uint_eq (blurred[3 * (LONG / 2 - 1)], 125);
  ck_assert_uint_eq (blurred[3 * (LONG / 2)], 129);
}
END_TEST

/* Bounds hold for means, fail on both sides, and for what nobody asked. */
START_TEST (bounds)
{
  g_autoptr (GbpResults) results = gbp_results_new ();

  gbp_results_add (results, "focus", "guided", "-", "ratio", 2);
  gbp_results_add (results, "focus", "guided", "-", "ratio", 4);
  ck_assert (gbp_results_check (results, "# words\n\nfocus guided - ratio 3 3\n"));
  ck_assert (gbp_results_check (results, "focus guided - ratio 2.9 9"));
  ck_assert (!gbp_results_check (results, "focus guided - ratio 3.1 9"));
  ck_assert (!gbp_results_check (results, "focus guided - ratio 0 2.9"));
  ck_assert (!gbp_results_check (results, "focus gradient - ratio 0 9"));
  ck_assert (!gbp_results_check (results, "focus guided ratio 0 9"));
  gbp_results_add (results, "focus", "guided", "-", "ratio", NAN);
  ck_assert (!gbp_results_check (results, "focus guided - ratio 0 9"));
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"ranks", ranks, 0},
      {"order", descending, 0},
      {"empty", empty, 0},
      {"cosine", cosine, 0},
      {"similarity", similarity, 0},
      {"similarity of points", similarity_of_points, 0},
      {"entropy", entropy, 0},
      {"edges", edges, 0},
      {"area", area, 0},
      {"deviation", deviation, 0},
      {"exchange", exchange, 0},
      {"blur", blur, 0},
      {"bounds", bounds, 0},
  };

  return GBP_TEST_RUN ("metrics", tests);
}
