/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/refine.h"
#include "harness.h"
#include "kernel/pooling.h"

#include <math.h>
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
static guint8 near_zero[N_PIXELS * STRIDE / 8], active[N_PIXELS * STRIDE / 8];

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
  memset (near_zero, 0, sizeof near_zero);
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++)
    if (i % STRIDE < OUTPUTS && i % 43 == 5) {
      near_zero[i / 8] |= (guint8) (1 << i % 8);
      active[i / 8] ^= (guint8) (1 << i % 8);
    }
}

static GbpConvolutionPass
make_pass (GbpTeam *team)
{
  return (GbpConvolutionPass){
      .team = team,
      .input = input,
      .input_region = {0, 0, HEIGHT, WIDTH},
      .output = output,
      .output_region = {0, 0, HEIGHT, WIDTH},
      .output_channels = {0, STRIDE},
      .active = active,
      .near_zero = near_zero,
  };
}

/* What is marked is computed again, with its bit, and nothing else. */
START_TEST (marked_units)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpRefinement) refinement = NULL;
  GbpConvolutionPass pass = make_pass (team);

  fill ();
  refinement = gbp_refinement_new (&shape, kernel, bias);
  gbp_refinement_run (refinement, &pass);
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++) {
    int pixel = (int) (i / STRIDE);
    float x = 0;

    if (!gbp_get_bit (near_zero, i)) {
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
  static guint8 argmax[N_PIXELS * STRIDE / 4];
  guint64 equivalence[N_PIXELS];
  GbpConvolutionPass pass = make_pass (team);

  pass.output_region = (GbpRegion){0, 0, HEIGHT - 1, WIDTH - 1};
  pass.argmax = argmax;
  pass.equivalence = equivalence;
  for (guint i = 0; i < N_PIXELS; i++)
    equivalence[i] = i;
  fill ();
  refinement = gbp_refinement_new (&shape, kernel, bias);
  gbp_refinement_run (refinement, &pass);
  for (gsize i = 0; i < HEIGHT / 2 * (WIDTH / 2) * STRIDE; i++) {
    int row = (int) (i / STRIDE) / (WIDTH / 2) * 2, column = (int) (i / STRIDE) % (WIDTH / 2) * 2;
    float largest = 0, chosen;

    if (!gbp_get_bit (near_zero, i)) {
      ck_assert_float_eq (output[i], -77);
      continue;
    }
    for (int k = 0; k < 4; k++)
      largest = MAX (largest, compute (row + k / 2, column + k % 2, (guint) (i % STRIDE)));
    ck_assert_float_eq_tol (output[i], largest, 1e-6f);
    ck_assert_int_eq (gbp_get_bit (active, i), largest > 0);
    chosen = compute (row + (int) gbp_argmax_get (argmax, STRIDE, i) / 2,
        column + (int) gbp_argmax_get (argmax, STRIDE, i) % 2, (guint) (i % STRIDE));
    ck_assert_float_eq_tol (MAX (chosen, 0), largest, 1e-6f);
  }
}
END_TEST

/* Neither is NaN taken for zero when it is computed again. */
START_TEST (not_a_number)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpRefinement) refinement = NULL;
  static guint8 argmax[N_PIXELS * STRIDE / 4];
  guint64 equivalence[N_PIXELS] = {0, 1, 2, 3};
  GbpConvolutionPass pass = make_pass (team);

  for (guint is_pooled = 0; is_pooled < 2; is_pooled++) {
    fill ();
    g_clear_pointer (&refinement, gbp_refinement_free);
    refinement = gbp_refinement_new (&shape, kernel, bias);
    memset (near_zero, 0, sizeof near_zero);
    near_zero[0] = active[0] = 1;
    input[0] = NAN;
    if (is_pooled) {
      pass.output_region = (GbpRegion){0, 0, HEIGHT - 1, WIDTH - 1};
      pass.argmax = argmax;
      pass.equivalence = equivalence;
    }
    ck_assert_uint_eq (gbp_refinement_run (refinement, &pass), 1);
    ck_assert_float_nan (output[0]);
    ck_assert (!gbp_get_bit (active, 0));
  }
}
END_TEST

/* @n: units, in the middle of the map */
static void
mark (gsize n)
{
  memset (near_zero, 0, sizeof near_zero);
  for (gsize i = 0; i < n; i++)
    near_zero[(10 * STRIDE + i) / 8] |= (guint8) (1 << i % 8);
}

/* As many as a pass may compute again, and one more: then it gives up. Units that are not wanted do not count. */
START_TEST (too_many)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpRefinement) refinement = NULL;
  GbpConvolutionPass pass = make_pass (team);

  fill ();
  refinement = gbp_refinement_new (&shape, kernel, bias);
  mark (GBP_REFINEMENT_LEAST + 1);
  ck_assert_uint_eq (gbp_refinement_run (refinement, &pass), 0);
  for (gsize i = 0; i < N_PIXELS * STRIDE; i++)
    ck_assert_float_eq (output[i], -77);
  mark (GBP_REFINEMENT_LEAST);
  ck_assert_uint_eq (gbp_refinement_run (refinement, &pass), GBP_REFINEMENT_LEAST);
  memset (near_zero, 0xff, sizeof near_zero);
  pass.output_region = (GbpRegion){2, 3, 3, 4};
  pass.output_channels = (GbpChannels){32, 64};
  ck_assert_uint_eq (gbp_refinement_run (refinement, &pass), 32);
}
END_TEST

static void
get_tolerance (float weight_scale, float input_scale, float tolerance[STRIDE])
{
  g_autoptr (GbpRefinement) refinement = NULL;
  GbpConvolutionPass pass = make_pass (NULL);

  fill ();
  for (gsize i = 0; i < G_N_ELEMENTS (kernel); i++)
    kernel[i] *= weight_scale;
  for (gsize i = 0; i < N_PIXELS * GBP_LANES; i++)
    input[i] *= input_scale;
  refinement = gbp_refinement_new (&shape, kernel, bias);
  gbp_refinement_get_tolerance (refinement, &pass, tolerance);
}

/* It grows with both, also where their squares are no floats; and is none where the maps are no numbers. */
START_TEST (tolerances)
{
  const float infinite[] = {INFINITY, -INFINITY, NAN};
  float expected[STRIDE], found[STRIDE];

  get_tolerance (1, 1, expected);
  get_tolerance (1e22f, 1e-3f, found);
  for (guint o = 0; o < OUTPUTS; o++)
    ck_assert_float_eq_tol (found[o] * 1e-19f, expected[o], 1e-5f * expected[o]);
  get_tolerance (1e-3f, 1e22f, found);
  for (guint o = 0; o < OUTPUTS; o++)
    ck_assert_float_eq_tol (found[o] * 1e-19f, expected[o], 1e-5f * expected[o]);
  get_tolerance (1e30f, 1e30f, found);
  for (guint o = 0; o < STRIDE; o++)
    ck_assert_float_eq (found[o], 0);
  for (guint i = 0; i < G_N_ELEMENTS (infinite); i++) {
    get_tolerance (1, infinite[i], found);
    for (guint o = 0; o < STRIDE; o++)
      ck_assert_float_eq (found[o], 0);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"marked units", marked_units, 0},
      {"marked maxima", marked_maxima, 0},
      {"not a number", not_a_number, 0},
      {"too many", too_many, 0},
      {"tolerances", tolerances, 0},
  };

  return GBP_TEST_RUN ("refine", tests);
}
