/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"
#include "layer/convolution.h"

#include <math.h>
#include <string.h>

/* Every algorithm at every vector level. */
static const struct {
  const GbpConvolutionAlgorithm *algorithm;
  const char *level;
} variants[] = {
    {&gbp_convolution_direct, "plain"},
    {&gbp_convolution_blas, "plain"},
    {&gbp_convolution_first, "plain"},
    {&gbp_convolution_first, "baseline"},
    {&gbp_convolution_first, "avx2"},
    {&gbp_convolution_first, "avx512"},
    {&gbp_convolution_winograd, "plain"},
    {&gbp_convolution_winograd, "baseline"},
    {&gbp_convolution_winograd, "avx2"},
    {&gbp_convolution_winograd, "avx512"},
};

/* Odd sizes; channels one off a vector; one large enough for weights that are read once for the map. */
static const GbpConvolutionShape shapes[] = {
    {1, 1, 1, 1},
    {5, 7, 3, 17},
    {21, 33, 3, 64},
    {16, 15, 33, 16},
    {14, 14, 15, 31},
    {20, 24, 8, 12},
    {17, 33, 65, 64},
    {28, 28, 176, 192},
};

/* The direct algorithm takes minutes for the last shape where a sanitizer watches. */
static guint
count_shapes (gboolean direct)
{
  return G_N_ELEMENTS (shapes) - (direct && GBP_TEST_SANITIZED ? 1 : 0);
}

typedef struct {
  gsize channels;
  gsize stride;
  gsize n_pixels;
  float *values;
} Map;

static Map
new_map (const GbpConvolutionShape *shape, guint channels)
{
  gsize stride = gbp_pad_channels (channels), n_pixels = (gsize) shape->height * shape->width;
  Map map = {channels, stride, n_pixels,
      g_aligned_alloc (n_pixels * stride, sizeof (float), GBP_ALIGNMENT)};

  for (gsize i = 0; i < n_pixels * stride; i++)
    map.values[i] = NAN;
  return map;
}

static Map
new_random_map (const GbpConvolutionShape *shape, guint channels, guint32 seed, float sign)
{
  Map map = new_map (shape, channels);

  for (gsize i = 0; i < map.n_pixels; i++)
    for (gsize c = 0; c < map.stride; c++)
      map.values[i * map.stride + c] = c < channels ? sign * gbp_test_random (&seed, -1, 1) : 0;
  return map;
}

static double
multiply_maps (Map x, Map y)
{
  double sum = 0;

  for (gsize i = 0; i < x.n_pixels * x.stride; i++)
    sum += (double) x.values[i] * y.values[i];
  return sum;
}

static void
assert_close (Map expected, Map found, double slack)
{
  double error = 0, norm = 0;

  for (gsize i = 0; i < expected.n_pixels * expected.stride; i++) {
    double difference = (double) found.values[i] - expected.values[i];

    if (i % expected.stride >= expected.channels)
      ck_assert_msg (found.values[i] == 0, "padding is not zero");
    error += difference * difference;
    norm += (double) expected.values[i] * expected.values[i];
  }
  if (!(sqrt (error) <= slack * sqrt (norm)))
    ck_abort_msg ("relative error %g", sqrt (error / norm));
}

/* A convolution of one variant with random weights, and what its passes need. */
typedef struct {
  GbpConvolutionShape shape;
  GbpConvolution *convolution;
  GbpTeam *team;
  guint8 *active;
  guint8 *near_zero;
  float *workspace;
  GbpConvolutionPass pass;
} Fixture;

static Fixture
set_up (int variant, const GbpConvolutionShape *shape, float largest_bias)
{
  const GbpKernels *kernels = gbp_kernels_get_level (variants[variant].level);
  gsize n_kernel = (gsize) 9 * shape->n_inputs * shape->n_outputs;
  gsize n_units = (gsize) shape->height * shape->width * gbp_pad_channels (shape->n_outputs);
  g_autofree float *kernel = g_new (float, n_kernel), *bias = g_new (float, shape->n_outputs);
  Fixture f = {.shape = *shape, .team = gbp_team_new (2)};
  guint32 seed = 7;

  for (gsize i = 0; i < n_kernel; i++)
    kernel[i] = gbp_test_random (&seed, -1, 1);
  for (gsize i = 0; i < shape->n_outputs; i++)
    bias[i] = gbp_test_random (&seed, -largest_bias, largest_bias);
  f.convolution = gbp_convolution_new (shape, kernel, bias, variants[variant].algorithm, kernels);
  f.active = g_malloc (n_units / 8);
  f.near_zero = g_malloc (n_units / 8);
  f.workspace = g_aligned_alloc0 (
      gbp_convolution_get_workspace (f.convolution, 2) + 1, sizeof (float), GBP_ALIGNMENT);
  f.pass = (GbpConvolutionPass){.kernels = kernels,
      .team = f.team,
      .active = f.active,
      .near_zero = f.near_zero,
      .workspace = f.workspace,
      .input_region = {0, 0, shape->height, shape->width},
      .output_region = {0, 0, shape->height, shape->width}};
  return f;
}

static void
tear_down (Fixture *f)
{
  gbp_convolution_free (f->convolution);
  gbp_team_free (f->team);
  g_free (f->active);
  g_free (f->near_zero);
  g_aligned_free (f->workspace);
}

static Map
forward (Fixture *f, Map input)
{
  Map output = new_map (&f->shape, f->shape.n_outputs);

  f->pass.input = input.values;
  f->pass.input_channels = (GbpChannels){0, input.stride};
  f->pass.output = output.values;
  f->pass.output_channels = (GbpChannels){0, output.stride};
  gbp_convolution_forward (f->convolution, &f->pass);
  return output;
}

static Map
backward (Fixture *f, Map gradient)
{
  Map output = new_map (&f->shape, f->shape.n_inputs);

  f->pass.input = gradient.values;
  f->pass.input_channels = (GbpChannels){0, gradient.stride};
  f->pass.output = output.values;
  f->pass.output_channels = (GbpChannels){0, output.stride};
  gbp_convolution_backward (f->convolution, &f->pass);
  return output;
}

/* The first layer's algorithm is for few channels. */
static gboolean
is_for (int variant, const GbpConvolutionShape *shape)
{
  return variants[variant].algorithm != &gbp_convolution_first || shape->n_inputs <= 3;
}

static gboolean
is_missing (int variant)
{
  if (gbp_kernels_get_level (variants[variant].level) != NULL)
    return FALSE;
  g_print ("# this CPU has no %s: it is not tested\n", variants[variant].level);
  return TRUE;
}

static gboolean
applies (int variant, const GbpConvolutionShape *shape)
{
  return is_for (variant, shape) && !is_missing (variant);
}

static void
free_maps (Map *maps, guint n_maps)
{
  for (guint i = 0; i < n_maps; i++)
    g_aligned_free (maps[i].values);
}

static void
check_adjoint (int variant, const GbpConvolutionShape *shape)
{
  Fixture f = set_up (variant, shape, 0);
  Map x = new_random_map (shape, shape->n_inputs, 1, 1);
  Map minus_x = new_random_map (shape, shape->n_inputs, 1, -1);
  Map y = new_random_map (shape, shape->n_outputs, 2, 1);
  Map positive = forward (&f, x), negative = forward (&f, minus_x), back = backward (&f, y);
  double there = multiply_maps (positive, y) - multiply_maps (negative, y);
  double size = sqrt (multiply_maps (back, back) * multiply_maps (x, x));
  Map maps[] = {x, minus_x, y, positive, negative, back};

  if (!(fabs (there - multiply_maps (x, back)) <= 2e-6 * size))
    ck_abort_msg ("%u×%u, %u to %u: %g there, %g back", shape->height, shape->width,
        shape->n_inputs, shape->n_outputs, there, multiply_maps (x, back));
  free_maps (maps, G_N_ELEMENTS (maps));
  tear_down (&f);
}

/* ⟨conv x, y⟩ = ⟨x, convᵀ y⟩. Without a bias, conv x is ReLU (conv x) − ReLU (conv −x). */
START_TEST (adjoint)
{
  for (guint i = 0; i < count_shapes (_i == 0); i++)
    if (applies (_i, &shapes[i]))
      check_adjoint (_i, &shapes[i]);
}
END_TEST

static void
check_against_direct (int variant, const GbpConvolutionShape *shape)
{
  Fixture expected = set_up (0, shape, 2), found = set_up (variant, shape, 2);
  Map x = new_random_map (shape, shape->n_inputs, 3, 1);
  Map y = new_random_map (shape, shape->n_outputs, 4, 1);
  Map there[] = {forward (&expected, x), forward (&found, x)}, back[2];
  g_autofree guint8 *gate_bits = g_malloc (x.n_pixels * x.stride / 8);

  assert_close (there[0], there[1], 3e-6);
  ck_assert_mem_eq (expected.active, found.active, y.n_pixels * y.stride / 8);
  for (gsize j = 0; j < x.n_pixels * x.stride / 8; j++)
    gate_bits[j] = (guint8) (j * 151 >> 3);
  expected.pass.gate = found.pass.gate = (GbpGate){TRUE, gate_bits};
  back[0] = backward (&expected, y);
  back[1] = backward (&found, y);
  assert_close (back[0], back[1], 3e-6);
  free_maps (&x, 1);
  free_maps (&y, 1);
  free_maps (there, 2);
  free_maps (back, 2);
  tear_down (&expected);
  tear_down (&found);
}

/* Outputs, which of them are active, and gradients through a gate, against plain C. */
START_TEST (against_direct)
{
  for (guint i = 0; i < count_shapes (TRUE); i++)
    if (applies (_i, &shapes[i]))
      check_against_direct (_i, &shapes[i]);
}
END_TEST

static gboolean
is_inside (const GbpRegion *region, const GbpConvolutionShape *shape, gsize pixel)
{
  return gbp_region_contains (region, (int) (pixel / shape->width), (int) (pixel % shape->width));
}

/* Overwrites what lies outside @region. */
static void
fill_outside (Map map, const GbpConvolutionShape *shape, const GbpRegion *region, float value)
{
  for (gsize i = 0; i < map.n_pixels * map.stride; i++)
    if (!is_inside (region, shape, i / map.stride))
      map.values[i] = value;
}

/* What of @found lies in @region is as in @expected; what lies outside was not written. */
static void
assert_part (Map expected, Map found, const GbpConvolutionShape *shape, const GbpRegion *region)
{
  for (gsize i = 0; i < found.n_pixels * found.stride; i++)
    if (!is_inside (region, shape, i / found.stride))
      ck_assert_msg (isnan (found.values[i]), "a pixel that is not wanted was written");
  fill_outside (expected, shape, region, 0);
  fill_outside (found, shape, region, 0);
  assert_close (expected, found, 3e-6);
}

static void
check_part (int variant, const GbpConvolutionShape *shape, GbpRegion part)
{
  Fixture f = set_up (variant, shape, 2);
  GbpRegion all = {0, 0, shape->height, shape->width};
  GbpRegion around = {part.top - 1, part.left - 1, part.bottom + 1, part.right + 1};
  Map x = new_random_map (shape, shape->n_inputs, 5, 1);
  Map y = new_random_map (shape, shape->n_outputs, 6, 1);
  Map expected[2], found[2];

  expected[0] = forward (&f, x);
  f.pass.input_region = around;
  f.pass.output_region = part;
  fill_outside (x, shape, &around, NAN);
  found[0] = forward (&f, x);
  assert_part (expected[0], found[0], shape, &part);
  f.pass.input_region = f.pass.output_region = all;
  fill_outside (y, shape, &part, 0);
  expected[1] = backward (&f, y);
  f.pass.input_region = part;
  f.pass.output_region = around;
  fill_outside (y, shape, &part, NAN);
  found[1] = backward (&f, y);
  assert_part (expected[1], found[1], shape, &around);
  free_maps (&x, 1);
  free_maps (&y, 1);
  free_maps (expected, 2);
  free_maps (found, 2);
  tear_down (&f);
}

/* A part of the map, as one unit depends on it, forward and backward. */
START_TEST (parts)
{
  const GbpConvolutionShape large = {17, 33, 19, 40}, first = {17, 33, 3, 40};
  const GbpConvolutionShape *shape = is_for (_i, &large) ? &large : &first;

  if (is_missing (_i))
    return;
  check_part (_i, shape, (GbpRegion){5, 6, 6, 7});
  check_part (_i, shape, (GbpRegion){1, 1, 4, 15});
  check_part (_i, shape, (GbpRegion){3, 9, 16, 32});
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"adjoint", adjoint, G_N_ELEMENTS (variants)},
      {"against direct", against_direct, G_N_ELEMENTS (variants)},
      {"parts", parts, G_N_ELEMENTS (variants)},
  };

  return GBP_TEST_RUN ("convolution", tests);
}
