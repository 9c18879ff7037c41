/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The three rules on a 4×4 image through convolution, ReLU, pool, convolution and ReLU, worked out by
 * hand. */
#include "explain/passes.h"
#include "harness.h"

#include <string.h>

/*  1 -2  3  0      The first convolution makes x and -x, so that after the ReLU the windows' maxima are
 *  0  5 -1  2        5 2   of x, at (1,1) and (0,2), 4 0 at (2,0) and, of equals, at (2,2); and
 *  4 -3  0  0        2 1   of -x, at (0,1) and (1,2), 6 0 at (3,0) and (2,2).
 * -6  2  0  0      The second one subtracts the second from the first: 3 2 -2 0. */
static const float image[16] = {1, -2, 3, 0, 0, 5, -1, 2, 4, -3, 0, 0, -6, 2, 0, 0};

/* Seeds of one everywhere at the cut. The gradient passes the upper two, which are above zero, whatever
 * it is; guided drops what comes back to -x, where it is negative; deconvnet looks only at the gradient,
 * and passes all four. */
static const float expected[3][16] = {
    [GBP_RULE_GUIDED] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    [GBP_RULE_GRADIENT] = {0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    [GBP_RULE_DECONVNET] = {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0},
};

static const GbpLayer layers[3] = {
    {"first", GBP_KIND_CONVOLUTION, TRUE, 4, 4, 2, {.n_inputs = 1}, 0, 1},
    {"pool", GBP_KIND_POOL_MAX, FALSE, 2, 2, 2, {0}, 2, 3},
    {"second", GBP_KIND_CONVOLUTION, TRUE, 2, 2, 1, {.n_inputs = 2}, 3, 5},
};

static GbpConvolution *
new_convolution (guint size, guint n_inputs, guint n_outputs, float weight_0, float weight_1,
    const GbpConvolutionAlgorithm *algorithm)
{
  GbpConvolutionShape shape = {size, size, n_inputs, n_outputs};
  float kernel[3 * 3 * 2] = {0}, bias[2] = {0};

  kernel[4 * 2] = weight_0; /* the centre */
  kernel[4 * 2 + 1] = weight_1;
  return gbp_convolution_new (&shape, kernel, bias, algorithm, gbp_kernels_get ());
}

/* The image goes in, ones come back from the output, and the gradient of the input is there. */
static void
pass_both_ways (const GbpPasses *passes, GbpRule rule, guint64 *equivalence, float *gradient)
{
  float *input = gbp_plan_get_map (passes->plan, -1), *cut = gbp_plan_get_map (passes->plan, 2);

  for (guint i = 0; i < 16; i++) {
    input[i * GBP_LANES] = image[i];
    equivalence[i] = i;
  }
  gbp_passes_forward (passes);
  for (guint i = 0; i < 4; i++) {
    ck_assert_float_eq (cut[i * GBP_LANES], i == 0 ? 3 : i == 1 ? 2 : 0);
    memset (cut + i * GBP_LANES, 0, GBP_LANES * sizeof *cut);
    cut[i * GBP_LANES] = 1;
  }
  gbp_passes_backward (passes, rule);
  for (guint i = 0; i < 16; i++)
    gradient[i] = input[i * GBP_LANES];
}

static void
run (GbpRule rule, const GbpConvolutionAlgorithm *algorithm, float *gradient)
{
  _Alignas(GBP_ALIGNMENT) float maps[2][16 * GBP_LANES] = {{0}}, workspace[65536];
  guint8 active[3][16 * GBP_LANES / 8], near_zero[16 * GBP_LANES / 8], argmax[4 * GBP_LANES / 4];
  guint64 equivalence[2][16];
  g_autoptr (GbpTeam) team = gbp_team_new (1);
  g_autoptr (GbpConvolution) first = new_convolution (4, 1, 2, 1, -1, algorithm);
  g_autoptr (GbpConvolution) second = new_convolution (2, 2, 1, 1, -1, algorithm);
  gboolean is_fused = gbp_convolution_takes_pool (first);
  const GbpChannels channels = {0, GBP_LANES};
  GbpStep steps[] = {
      {&layers[0], first, FALSE, 1, 16 * GBP_LANES, {0, 0, 4, 4}, channels, active[0], NULL},
      {&layers[1], NULL, is_fused, is_fused, 4 * GBP_LANES, {0, 0, 2, 2}, channels, active[1],
          argmax},
      {&layers[2], second, FALSE, !is_fused, 4 * GBP_LANES, {0, 0, 2, 2}, channels, active[2],
          NULL},
  };
  GbpPlan plan = {
      .layer = &layers[2],
      .end = &layers[2],
      .layer_step = 2,
      .kept_step = -1,
      .input = {4, 4, 1},
      .n_steps = 3,
      .steps = steps,
      .input_region = {0, 0, 4, 4},
      .maps = {maps[0], maps[1]},
      .equivalence = {equivalence[0], equivalence[1]},
      .near_zero = near_zero,
      .workspace = workspace,
  };
  GbpPasses passes = {&plan, gbp_kernels_get (), team};

  pass_both_ways (&passes, rule, equivalence[0], gradient);
}

START_TEST (by_hand)
{
  const GbpConvolutionAlgorithm *const algorithms[] = {
      &gbp_convolution_direct, &gbp_convolution_blas, &gbp_convolution_winograd};
  float gradient[16];

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++) {
    run ((GbpRule) _i, algorithms[i], gradient);
    for (guint j = 0; j < 16; j++)
      if (ABS (gradient[j] - expected[_i][j]) > 1e-6f)
        ck_abort_msg ("%s, pixel %u: expected %g, found %g", algorithms[i]->name, j,
            expected[_i][j], gradient[j]);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {{"by hand", by_hand, 3}};

  return GBP_TEST_RUN ("rules", tests);
}
