/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution that takes the pool after it along does what both do one after the other. */
#include "harness.h"
#include "layer/convolution.h"
#include "layer/pool.h"

#include <string.h>

#define LARGEST (40 * 48 * 192)

static const char *const levels[] = {"plain", "baseline", "avx2", "avx512"};

/* 4×4 tiles in blocks, 2×2 tiles, a map of a width that tiles do not fill, large weights. */
static const GbpConvolutionShape shapes[] = {
    {40, 48, 100, 33},
    {12, 14, 7, 16},
    {18, 22, 20, 70},
    {16, 20, 176, 192},
};

static _Alignas(GBP_ALIGNMENT) float input[LARGEST], whole[LARGEST];
static _Alignas(GBP_ALIGNMENT) float maxima[2][LARGEST / 4], back[2][LARGEST];
static guint8 active[2][LARGEST / 8], near_zero[LARGEST / 8], argmax[2][LARGEST / 4];
static guint64 equivalence[40 * 48];

static GbpConvolution *
make (const GbpConvolutionShape *shape, const GbpKernels *kernels)
{
  gsize n = (gsize) 9 * shape->n_inputs * shape->n_outputs,
        inputs = gbp_pad_channels (shape->n_inputs);
  g_autofree float *kernel = g_new (float, n), *bias = g_new (float, shape->n_outputs);
  guint32 seed = 11;

  for (gsize i = 0; i < n; i++)
    kernel[i] = gbp_test_random (&seed, -1, 1);
  for (gsize i = 0; i < shape->n_outputs; i++)
    bias[i] = gbp_test_random (&seed, -1, 1);
  for (gsize i = 0; i < (gsize) shape->height * shape->width * inputs; i++)
    input[i] = i % inputs < shape->n_inputs ? gbp_test_random (&seed, -1, 1) : 0;
  for (gsize i = 0; i < G_N_ELEMENTS (equivalence); i++)
    equivalence[i] = i;
  return gbp_convolution_new (shape, kernel, bias, &gbp_convolution_winograd, kernels);
}

/* Once in two steps, once in one. */
static void
forward (const GbpConvolution *convolution, const GbpPool *pool, GbpConvolutionPass pass)
{
  pass.output = whole;
  pass.active = active[0];
  pass.near_zero = near_zero;
  gbp_convolution_forward (convolution, &pass);
  gbp_pool_forward (pool, whole, maxima[0]);
  pass.output = maxima[1];
  pass.active = active[1];
  pass.argmax = argmax[1];
  gbp_convolution_forward (convolution, &pass);
}

/* Likewise, from the maxima themselves. */
static void
backward (const GbpConvolution *convolution, const GbpPool *pool, GbpConvolutionPass pass)
{
  gbp_pool_backward (pool, maxima[0], whole);
  pass.input = whole;
  pass.output = back[0];
  gbp_convolution_backward (convolution, &pass);
  pass.input = maxima[1];
  pass.output = back[1];
  pass.argmax = argmax[1];
  gbp_convolution_backward (convolution, &pass);
}

static void
compare (const GbpConvolutionShape *shape, const GbpKernels *kernels, const GbpRegion *region)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  g_autoptr (GbpConvolution) convolution = make (shape, kernels);
  float *workspace = g_aligned_alloc0 (
      gbp_convolution_get_workspace (convolution, 2), sizeof (float), GBP_ALIGNMENT);
  GbpChannels inputs = {0, gbp_pad_channels (shape->n_inputs)};
  GbpChannels outputs = {0, gbp_pad_channels (shape->n_outputs)};
  GbpRegion all = {0, 0, shape->height, shape->width};
  GbpRegion pooled = {region->top / 2, region->left / 2, region->bottom / 2, region->right / 2};
  GbpPool pool = {team, shape->width / 2, outputs.end, pooled, equivalence, argmax[0], active[0]};
  GbpConvolutionPass pass = {
      .kernels = kernels,
      .team = team,
      .input = input,
      .input_region = all,
      .input_channels = inputs,
      .output_region = *region,
      .output_channels = outputs,
      .equivalence = equivalence,
      .workspace = workspace,
  };

  forward (convolution, &pool, pass);
  pass.input_region = *region;
  pass.input_channels = outputs;
  pass.output_region = all;
  pass.output_channels = inputs;
  backward (convolution, &pool, pass);
  g_aligned_free (workspace);
}

START_TEST (in_one_step)
{
  const GbpKernels *kernels = gbp_kernels_get_level (levels[_i]);

  if (kernels == NULL)
    g_print ("# this CPU has no %s: it is not tested\n", levels[_i]);
  for (guint i = 0; i < G_N_ELEMENTS (shapes) && kernels != NULL; i++) {
    const GbpConvolutionShape *shape = &shapes[i];
    const GbpRegion regions[] = {{0, 0, shape->height, shape->width}, {2, 4, 8, 10}};

    for (guint j = 0; j < G_N_ELEMENTS (regions); j++) {
      memset (maxima, 0, sizeof maxima);
      memset (argmax, 0, sizeof argmax);
      memset (back, 0, sizeof back);
      compare (shape, kernels, &regions[j]);
      ck_assert_mem_eq (maxima[0], maxima[1], sizeof maxima[0]);
      ck_assert_mem_eq (argmax[0], argmax[1], sizeof argmax[0]);
      ck_assert_mem_eq (back[0], back[1], sizeof back[0]);
      if (j == 0)
        ck_assert_mem_eq (active[0], active[1],
            shape->height / 2 * (shape->width / 2) * gbp_pad_channels (shape->n_outputs) / 8);
    }
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {{"in one step", in_one_step, G_N_ELEMENTS (levels)}};

  return GBP_TEST_RUN ("pooled", tests);
}
