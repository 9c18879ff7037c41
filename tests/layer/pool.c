/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who gets the gradient of a maximum, above all where several could. */
#include "harness.h"
#include "layer/equivalence.h"
#include "layer/pool.h"

#include <math.h>
#include <string.h>

#define STRIDE GBP_LANES

/* One window: four candidates and the classes of their pixels; which gets the gradient. */
static const struct {
  float candidates[4];
  guint64 equivalence[4];
  guint winner;
} windows[] = {
    {{1, 2, 3, 4}, {1, 2, 3, 4}, 3},
    {{4, 3, 2, 1}, {1, 2, 3, 4}, 0},
    {{1, 5, 5, 1}, {1, 2, 3, 4}, 1}, /* equal: the first in raster order */
    {{0, 0, 0, 0}, {1, 2, 3, 4}, 0},
    {{1, 1, 2, 2}, {1, 2, 3, 4}, 2},
    {{1, 1.000001f, 1, 1}, {7, 7, 7, 7}, 0}, /* equal but for rounding */
    {{1, 2, 2.000001f, 1}, {1, 2, 2, 4}, 1},
    {{1, 2, 3, 3.000001f}, {1, 2, 3, 3}, 2},
    {{2, 1, 1, 2.000001f}, {5, 6, 7, 5}, 0},
    {{1, 2, 3, 3.5f}, {1, 1, 3, 4}, 3},
};

START_TEST (winners)
{
  g_autoptr (GbpTeam) team = gbp_team_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (windows); i++) {
    _Alignas(GBP_ALIGNMENT) float input[4 * STRIDE] = {0}, output[STRIDE];
    _Alignas(GBP_ALIGNMENT) float gradient[STRIDE], back[4 * STRIDE];
    guint8 argmax[STRIDE / 4], active[STRIDE / 8];
    GbpPool pool = {team, 1, STRIDE, {0, 0, 1, 1}, windows[i].equivalence, argmax, active};
    gboolean is_active = windows[i].candidates[windows[i].winner] > 0;

    for (guint k = 0; k < 4; k++)
      for (guint c = 0; c < STRIDE; c++)
        input[k * STRIDE + c] = windows[i].candidates[k];
    for (guint c = 0; c < STRIDE; c++)
      gradient[c] = (float) c + 1;
    gbp_pool_forward (&pool, input, output);
    memset (back, 0xff, sizeof back);
    gbp_pool_backward (&pool, gradient, back);
    for (guint c = 0; c < STRIDE / 8; c++)
      ck_assert_int_eq (active[c], is_active ? 0xff : 0);
    for (guint k = 0; k < 4; k++)
      for (guint c = 0; c < STRIDE; c++) {
        ck_assert_float_eq (output[c], windows[i].candidates[windows[i].winner]);
        ck_assert_float_eq (back[k * STRIDE + c], k == windows[i].winner ? (float) c + 1 : 0);
      }
  }
}
END_TEST

/* Where one of the candidates is NaN the maximum is too, and nothing is active. */
START_TEST (not_a_number)
{
  g_autoptr (GbpTeam) team = gbp_team_new (1);
  const guint64 equivalence[] = {1, 2, 3, 4};

  for (guint k = 0; k < 4; k++) {
    _Alignas(GBP_ALIGNMENT) float input[4 * STRIDE], output[STRIDE];
    guint8 argmax[STRIDE / 4], active[STRIDE / 8];
    GbpPool pool = {team, 1, STRIDE, {0, 0, 1, 1}, equivalence, argmax, active};

    for (guint i = 0; i < 4 * STRIDE; i++)
      input[i] = i / STRIDE == k ? NAN : (float) (i / STRIDE);
    gbp_pool_forward (&pool, input, output);
    for (guint c = 0; c < STRIDE; c++)
      ck_assert_float_nan (output[c]);
    for (guint i = 0; i < STRIDE / 8; i++)
      ck_assert_int_eq (active[i], 0);
  }
}
END_TEST

#define SIZE 12

static void
classify (const guint8 image[SIZE][SIZE][3], guint64 equivalence[SIZE * SIZE], guint n_convolutions)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  guint64 scratch[SIZE * SIZE];

  gbp_equivalence_init (equivalence, image[0][0], 3 * SIZE, SIZE, SIZE);
  for (guint i = 0; i < n_convolutions; i++)
    gbp_equivalence_convolve (equivalence, scratch, SIZE, SIZE, team);
}

/* Two pixels share a class if, and only if, all that reaches them is the same: here stripes of two
 * columns, whose middle is the same every four columns, but not near the edge. */
START_TEST (classes_of_stripes)
{
  guint8 image[SIZE][SIZE][3] = {0};
  guint64 equivalence[SIZE * SIZE];

  for (guint y = 0; y < SIZE; y++)
    for (guint x = 0; x < SIZE; x++)
      image[y][x][0] = x % 4 < 2 ? 200 : 10;
  classify (image, equivalence, 2);
  for (guint y = 2; y < SIZE - 3; y++) {
    ck_assert (equivalence[y * SIZE + 3] == equivalence[y * SIZE + 7]);
    ck_assert (equivalence[y * SIZE + 3] == equivalence[(y + 1) * SIZE + 3]);
    ck_assert (equivalence[y * SIZE + 3] != equivalence[y * SIZE + 4]);
    ck_assert (equivalence[y * SIZE + 1] != equivalence[y * SIZE + 5]); /* the edge is two away */
  }
}
END_TEST

/* One pixel that is another colour is felt as far as the convolutions reach, and no further. */
START_TEST (classes_reach)
{
  guint8 image[SIZE][SIZE][3] = {0};
  guint64 equivalence[SIZE * SIZE], flat;

  image[3][3][2] = 1;
  classify (image, equivalence, 1);
  flat = equivalence[8 * SIZE + 8];
  for (guint y = 1; y < SIZE - 1; y++)
    for (guint x = 1; x < SIZE - 1; x++)
      ck_assert_int_eq (equivalence[y * SIZE + x] != flat, y >= 2 && y <= 4 && x >= 2 && x <= 4);
}
END_TEST

/* Windows with the same four classes in the same places are in the same class. */
START_TEST (classes_pooled)
{
  const guint64 equivalence[2 * 6] = {1, 2, 1, 2, 2, 1, 3, 4, 3, 4, 3, 4};
  guint64 pooled[3];

  gbp_equivalence_pool (pooled, equivalence, 1, 3);
  ck_assert (pooled[0] == pooled[1]);
  ck_assert (pooled[0] != pooled[2]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"winners", winners, 0},
      {"not a number", not_a_number, 0},
      {"classes of stripes", classes_of_stripes, 1},
      {"classes reach", classes_reach, 1},
      {"classes pooled", classes_pooled, 1},
  };

  return GBP_TEST_RUN ("pool", tests);
}
