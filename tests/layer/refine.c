/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/refine.h"
#include "harness.h"
#include "kernel/pooling.h"

#include <string.h>

#define HEIGHT   5
#define WIDTH    7
#define INPUTS   3
#define OUTPUTS  70 /* more than 64, which are looked at together, and no whole number of vectors */
#define N_PIXELS (HEIGHT * WIDTH)
#define STRIDE   80

static const GbpConvolutionShape shape = {HEIGHT, WIDTH, INPUTS, OUTPUTS};

static float kernel[9 * INPUTS * OUTPUTS], bias[OUTPUTS];
static _Alignas(GBP_ALIGNMENT) float input[N_PIXELS * GBP_LANES], output[N_PIXELS * STRIDE];
static guint8 unsure[N_PIXELS * STRIDE / 8], active[N_PIXELS * STRIDE / 8];

/* The definition, with its sum in double precision. */
static float
compute (int row, int column, guint o)
{
  double sum = bias[o];

  for (int tap = 0; tap < 9; tap++)
    for (guint c = 0; c < INPUTS; c++) {
      int y = row + tap / 3 - 1, x = column + tap % 3 - 1;

      if (y >= 0 && x >= 0 && y < HEIGHT && x < WIDTH)
        sum += (double) input[(y * WIDTH + x) * GBP_LANES + (int) c]
               * kernel[((guint) tap * INPUTS + c) * OUTPUTS + o];
    }
  return (float) sum;
}

static void
fill (void)
{
  guint32 seed = 3;

  for (gsize i = 0; i < G_N_ELEMENTS (kernel); i++)
    kernel[i] = gbp_test_random (&seed, -1, 1);
  for (gsize i = 0; i < OUTPUTS; i++)
    bias[i] = gbp_test_random (&seed, -1, 1);
  for (gsize i = 0; i < N_PIXELS * GBP_LANES; i++)
    input[i] = i % GBP_LANES < INPUTS ? gbp_test_random (&seed, -1, 1) : 0;
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++)
    output[i] = -77;
  memset (unsure, 0, sizeof unsure);
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++)
    if (i % STRIDE < OUTPUTS && i % 23 == 5) {
      unsure[i / 8] |= (guint8) (1 << i % 8);
      active[i / 8] ^= (guint8) (1 << i % 8);
    }
}

/* What is marked is computed again, with its bit, and nothing else. */
START_TEST (marked_units)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpRefinement) refinement = NULL;
  GbpConvolutionPass pass = {
      .team = team,
      .input = input,
      .input_region = {0, 0, HEIGHT, WIDTH},
      .output = output,
      .output_region = {0, 0, HEIGHT, WIDTH},
      .output_channels = {0, STRIDE},
      .active = active,
      .unsure = unsure,
  };

  fill ();
  refinement = gbp_refinement_new (&shape, kernel, bias);
  gbp_refinement_run (refinement, &pass);
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++) {
    int pixel = (int) (i / STRIDE);
    float x = 0;

    if (!gbp_get_bit (unsure, i)) {
      ck_assert_float_eq (output[i], -77);
      ck_assert (!gbp_get_bit (active, i));
      continue;
    }
    x = compute (pixel / WIDTH, pixel % WIDTH, (guint) (i % STRIDE));
    ck_assert_float_eq_tol (output[i], MAX (x, 0), 1e-6f);
    ck_assert_int_eq (gbp_get_bit (active, i), x > 0);
  }
}
END_TEST

/* Behind a pool: the four outputs of what is marked, and which of them is the largest. */
START_TEST (marked_maxima)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpRefinement) refinement = NULL;
  static guint8 choice[N_PIXELS * STRIDE / 4];
  guint64 labels[N_PIXELS];
  GbpConvolutionPass pass = {
      .team = team,
      .input = input,
      .input_region = {0, 0, HEIGHT, WIDTH},
      .output = output,
      .output_region = {0, 0, HEIGHT - 1, WIDTH - 1},
      .output_channels = {0, STRIDE},
      .active = active,
      .unsure = unsure,
      .choice = choice,
      .labels = labels,
  };

  for (guint i = 0; i < N_PIXELS; i++)
    labels[i] = i;
  fill ();
  refinement = gbp_refinement_new (&shape, kernel, bias);
  gbp_refinement_run (refinement, &pass);
  for (gsize i = 0; i < HEIGHT / 2 * (WIDTH / 2) * STRIDE; i++) {
    int row = (int) (i / STRIDE) / (WIDTH / 2) * 2, column = (int) (i / STRIDE) % (WIDTH / 2) * 2;
    float largest = 0, chosen;

    if (!gbp_get_bit (unsure, i)) {
      ck_assert_float_eq (output[i], -77);
      continue;
    }
    for (int k = 0; k < 4; k++)
      largest = MAX (largest, compute (row + k / 2, column + k % 2, (guint) (i % STRIDE)));
    ck_assert_float_eq_tol (output[i], largest, 1e-6f);
    ck_assert_int_eq (gbp_get_bit (active, i), largest > 0);
    chosen = compute (row + (int) gbp_choice_get (choice, STRIDE, i) / 2,
        column + (int) gbp_choice_get (choice, STRIDE, i) % 2, (guint) (i % STRIDE));
    ck_assert_float_eq_tol (MAX (chosen, 0), largest, 1e-6f);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"marked units", marked_units, 0},
      {"marked maxima", marked_maxima, 0},
  };

  return GBP_TEST_RUN ("refine", tests);
}
