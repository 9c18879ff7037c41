/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps that are means of maps, and products with the image. */
#include <gbp/gbp.h>
#include <math.h>
#include <string.h>

#include "explain/cam.h"
#include "explain/noise.h"
#include "explain/passes.h"
#include "explain/pixels.h"
#include "harness.h"
#include "kernel/memory.h"
#include "network/random_weights.h"

#define SIZE         GBP_TEST_SIZE
#define N_COMPONENTS (3 * SIZE * SIZE)

static guint8 image[N_COMPONENTS];
static float maps[4][N_COMPONENTS];

static GbpNetwork *
new_network (void)
{
  const guint widths[GBP_N_BLOCKS] = {3, 4, 4, 5, 6};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

static void
fill_image (void)
{
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) (4 * (guint) gbp_test_random (&seed, 5, 50));
}

static GbpResult
explain (GbpExplanation *explanation, const GbpTarget *target, const guint8 *rgb, float *map)
{
  GbpResult result;

  ck_assert (gbp_explanation_set_target (explanation, target, NULL));
  gbp_explanation_compute (explanation, rgb, 3 * SIZE, map, &result);
  return result;
}

static void
assert_near (const float *found, const float *expected, double tolerance)
{
  double error = 0, norm = 0;

  for (guint i = 0; i < N_COMPONENTS; i++) {
    error += ((double) found[i] - expected[i]) * ((double) found[i] - expected[i]);
    norm += (double) expected[i] * expected[i];
  }
  ck_assert_double_gt (norm, 0);
  ck_assert_double_le (sqrt (error / norm), tolerance);
}

static GbpTarget
make_target (GbpMethod method)
{
  GbpTarget target = GBP_TARGET_INIT;

  target.method = method;
  target.layer = NULL;
  target.class_index = 2;
  return target;
}

/* Caffe's input is the pixel minus the mean of its colour, the derivative the same as by pixels. */
START_TEST (input_times_gradient)
{
  static const float means[3] = {123.68f, 116.779f, 103.939f};
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = make_target (GBP_METHOD_GRADIENT);

  fill_image ();
  explain (explanation, &target, image, maps[0]);
  for (guint i = 0; i < N_COMPONENTS; i++)
    maps[0][i] *= image[i] - means[i % 3];
  target.method = GBP_METHOD_INPUT_TIMES_GRADIENT;
  explain (explanation, &target, image, maps[1]);
  assert_near (maps[1], maps[0], 1e-6);
}
END_TEST

/* Of each preprocessing: the product with what it makes of the pixel, by the derivative of that. */
START_TEST (by_preprocessing)
{
  const GbpShape shape = {1, 1, 3};
  const float values[3] = {10, 100.5f, 240}, gradient[3] = {2, -3, 5};
  guint8 rgb[3] = {10, 100, 240};
  float map[3], input[2][GBP_LANES];
  const GbpPath whole = {50, 1}, half = {50, 0.5};
  GbpPixels pixels;

  gbp_pixels_init (&pixels, (GbpPreprocess) (_i + 1), &shape);
  memcpy (map, gradient, sizeof map);
  gbp_pixels_multiply (&pixels, values, map);
  gbp_pixels_forward_floats (&pixels, values, &whole, input[0]);
  for (guint c = 0; c < 3; c++)
    ck_assert_double_eq_tol (map[pixels.component[c]],
        (double) gradient[pixels.component[c]] * input[0][c] / pixels.slope[c], 1e-3);
  gbp_pixels_forward (&pixels, rgb, 3, input[1]);
  ck_assert_float_eq (input[0][pixels.component[0]], input[1][pixels.component[0]]);
  rgb[0] = 30; /* half way from 50 to 10 */
  gbp_pixels_forward_floats (&pixels, values, &half, input[0]);
  gbp_pixels_forward (&pixels, rgb, 3, input[1]);
  ck_assert_float_eq (input[0][pixels.component[0]], input[1][pixels.component[0]]);
}
END_TEST

/* Two steps from 20: at a quarter and at three quarters of the way, which are whole pixels too. */
START_TEST (integral_from_its_definition)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = make_target (GBP_METHOD_GRADIENT);
  static guint8 between[N_COMPONENTS];

  fill_image ();
  for (guint step = 0; step < 2; step++) {
    for (guint i = 0; i < N_COMPONENTS; i++)
      between[i] = (guint8) (20 + (2 * (int) step + 1) * (image[i] - 20) / 4);
    explain (explanation, &target, between, maps[step]);
  }
  for (guint i = 0; i < N_COMPONENTS; i++)
    maps[0][i] = (maps[0][i] + maps[1][i]) / 2 * (image[i] - 20);
  target.method = GBP_METHOD_INTEGRATED_GRADIENTS;
  target.steps = 2;
  target.baseline = 20;
  explain (explanation, &target, image, maps[2]);
  assert_near (maps[2], maps[0], 1e-6);
}
END_TEST

/* All attributions together are what the target differs by from the baseline: completeness. */
START_TEST (integral_is_complete)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = make_target (GBP_METHOD_GRADIENT);
  static guint8 grey[N_COMPONENTS];
  double difference, sum = 0;

  target.class_index = GBP_TEST_SANITIZED ? 1 : 2; /* at this size, few kinks lie on its way */
  fill_image ();
  memset (grey, 128, sizeof grey);
  difference = explain (explanation, &target, image, maps[0]).value;
  difference -= explain (explanation, &target, grey, maps[0]).value;
  target.method = GBP_METHOD_INTEGRATED_GRADIENTS;
  target.steps = 100;
  target.baseline = 128;
  explain (explanation, &target, image, maps[0]);
  for (guint i = 0; i < N_COMPONENTS; i++)
    sum += maps[0][i];
  ck_assert_double_gt (fabs (difference), 1);
  ck_assert_double_eq_tol (sum, difference, 1e-2 * fabs (difference));
}
END_TEST

/* A map of an image in floats, by the passes themselves. */
static void
explain_floats (GbpNetwork *network, const float *values, int class_index, float *map)
{
  g_autoptr (GbpTeam) team = gbp_team_new (1);
  guint n_layers;
  GbpSelection selection = {.inner = -1, .channel = class_index, .unit_x = -1, .unit_y = -1};
  const GbpShape shape = {SIZE, SIZE, 3};
  const GbpPath whole = {0, 1};
  GbpPixels pixels;
  GbpPlan plan;
  GbpPasses passes = {&plan, gbp_kernels_get (), team};
  gpointer memory;

  gbp_network_get_layers (network, &n_layers);
  selection.cut = selection.end = n_layers - 1;
  ck_assert (gbp_plan_init (&plan, network, &selection, team, NULL));
  memory = gbp_memory_new (1, plan.n_bytes);
  gbp_plan_bind (&plan, memory);
  gbp_pixels_init (&pixels, gbp_network_get_preprocess (network), &shape);
  gbp_pixels_forward_floats (&pixels, values, &whole, gbp_plan_get_map (&plan, -1));
  for (guint i = 0; i < SIZE * SIZE; i++)
    plan.equivalence[0][i] = i;
  gbp_passes_forward (&passes);
  gbp_selection_seed (&selection, plan.layer, class_index, gbp_plan_begin_seed (&plan));
  gbp_passes_backward (&passes, GBP_RULE_GUIDED);
  gbp_pixels_backward (&pixels, gbp_plan_get_map (&plan, -1), &plan.input_region, map);
  gbp_plan_clear (&plan);
  gbp_memory_free (memory);
}

/* The noise's deviation is a share of the image's range, which is from 20 to 196 here. */
START_TEST (smooth_from_its_definition)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 3);
  g_autoptr (GbpTeam) team = gbp_team_new (1);
  GbpTarget target = make_target (GBP_METHOD_GUIDED);
  GbpNoise noise = {.seed = 77, .deviation = 0.1 * (196 - 20)};
  static float values[N_COMPONENTS];

  fill_image ();
  memset (maps[0], 0, sizeof maps[0]);
  for (noise.sample = 0; noise.sample < 3; noise.sample++) {
    for (guint i = 0; i < N_COMPONENTS; i++)
      values[i] = image[i];
    gbp_noise_add (&noise, team, values, N_COMPONENTS);
    explain_floats (network, values, 2, maps[1]);
    for (guint i = 0; i < N_COMPONENTS; i++)
      maps[0][i] += maps[1][i] / 3;
  }
  target.samples = 3;
  target.noise = 0.1;
  gbp_explanation_set_seed (explanation, 77);
  explain (explanation, &target, image, maps[2]);
  assert_near (maps[2], maps[0], 1e-6);
  gbp_explanation_set_seed (explanation, 78);
  explain (explanation, &target, image, maps[3]);
  ck_assert (memcmp (maps[2], maps[3], sizeof maps[2]) != 0);
}
END_TEST

/* Without noise, or a second sample, or in an image of one value, it is the map itself. */
START_TEST (smooth_of_nothing)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = make_target (GBP_METHOD_GUIDED);

  fill_image ();
  if (_i == 2)
    memset (image, 99, sizeof image);
  target.class_index = GBP_CLASS_TOP;
  explain (explanation, &target, image, maps[0]);
  target.samples = _i == 0 ? 1 : 5;
  target.noise = _i == 1 ? 0 : 0.3;
  explain (explanation, &target, image, maps[1]);
  ck_assert_mem_eq (maps[0], maps[1], sizeof maps[0]);
}
END_TEST

/* Value, class and scores are the image's own; threads change nothing. */
START_TEST (beside_the_mean)
{
  static const GbpMethod methods[] = {GBP_METHOD_GUIDED, GBP_METHOD_GUIDED_GRAD_CAM,
      GBP_METHOD_INPUT_TIMES_GRADIENT, GBP_METHOD_INTEGRATED_GRADIENTS};
  g_autoptr (GbpNetwork) network = new_network ();
  GbpTarget target = make_target (methods[_i]);
  double scores[6];
  GbpResult result, own = {.value = 0};

  fill_image ();
  target.steps = 2;
  target.class_index = GBP_CLASS_TOP;
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, i == 2 ? 5 : 1);

    target.samples = i == 0 ? 1 : 3;
    result = explain (explanation, &target, image, maps[i]);
    if (i == 0) {
      own = result;
      memcpy (scores, gbp_explanation_get_scores (explanation, NULL), sizeof scores);
    }
    ck_assert_double_eq (result.value, own.value);
    ck_assert_int_eq (result.class_index, own.class_index);
    ck_assert_mem_eq (gbp_explanation_get_scores (explanation, NULL), scores, sizeof scores);
  }
  ck_assert (memcmp (maps[0], maps[1], sizeof maps[0]) != 0);
  ck_assert_mem_eq (maps[1], maps[2], sizeof maps[1]);
}
END_TEST

/* The strongest is chosen once, in the image itself: at one unit much noise would choose another one each time. */
START_TEST (one_choice)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = "block4_conv2",
      .method = GBP_METHOD_GRADIENT,
      .channel = GBP_CHANNEL_STRONGEST,
      .unit_x = 9,
      .unit_y = 9,
      .class_index = GBP_CLASS_NONE,
      .samples = 8,
      .noise = 1};

  fill_image ();
  target.channel = explain (explanation, &target, image, maps[0]).channel;
  ck_assert_int_ge (target.channel, 0);
  explain (explanation, &target, image, maps[1]);
  ck_assert_mem_eq (maps[0], maps[1], sizeof maps[0]);
}
END_TEST

/* The class activation map is a mean too, and what is shown is that; and so once more. */
START_TEST (mean_of_cams)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = make_target (GBP_METHOD_GRAD_CAM);
  GbpResize resize = {.to_height = SIZE, .to_width = SIZE};

  fill_image ();
  target.layer = "block3_conv3";
  target.samples = 4;
  for (guint i = 0; i < 2; i++) {
    explain (explanation, &target, image, maps[i]);
    gbp_cam_spread (&resize, gbp_explanation_get_cam (explanation, &resize.height, &resize.width),
        FALSE, maps[2]);
    ck_assert_uint_eq (resize.height, SIZE / 4);
    assert_near (maps[0], maps[2], 1e-6);
  }
}
END_TEST

static gboolean
stop_at_fourth (gpointer n_asked)
{
  return g_atomic_int_add ((gint *) n_asked, 1) >= 3;
}

/* A million images, of which three are computed; and afterwards all is as ever. */
START_TEST (stopped)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, _i == 0 ? 1 : 3);
  GbpTarget target = make_target (GBP_METHOD_INTEGRATED_GRADIENTS);
  gint n_asked = 0;

  fill_image ();
  target.samples = target.steps = 2;
  explain (explanation, &target, image, maps[0]);
  target.samples = target.steps = 1000;
  gbp_explanation_set_stop_function (explanation, stop_at_fourth, &n_asked);
  explain (explanation, &target, image, maps[1]);
  ck_assert (n_asked >= 4 && n_asked <= 7); /* each thread is told, and at the end the caller */
  gbp_explanation_set_stop_function (explanation, NULL, NULL);
  target.samples = target.steps = 2;
  explain (explanation, &target, image, maps[1]);
  ck_assert_mem_eq (maps[0], maps[1], sizeof maps[0]);
}
END_TEST

static const struct {
  guint samples, steps;
  double noise, baseline;
  const char *says;
} refused[] = {
    {1001, 1, 0.1, 0, "no samples of 1001; valid are 0 to 1000"},
    {2, 1, -0.1, 0, "no noise of -0.1; valid are 0 to 1"},
    {2, 1, 1.5, 0, "no noise of 1.5; valid are 0 to 1"},
    {2, 1, NAN, 0, "no noise of nan; valid are 0 to 1"},
    {2, 1001, 0.1, 0, "no steps of 1001; valid are 0 to 1000"},
    {2, 2, 0.1, 256, "no baseline of 256; valid are 0 to 255"},
    {2, 2, 0.1, -INFINITY, "no baseline of -inf; valid are 0 to 255"},
};

START_TEST (refuses)
{
  g_autoptr (GbpNetwork) network = new_network ();
  GbpTarget target = make_target (GBP_METHOD_GUIDED);
  g_autoptr (GError) error = NULL;

  target.samples = refused[_i].samples;
  target.noise = refused[_i].noise;
  target.steps = refused[_i].steps;
  target.baseline = refused[_i].baseline;
  ck_assert (!gbp_target_check (&target, network, &error));
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_VALUE));
  ck_assert_str_eq (error->message, refused[_i].says);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"input times gradient", input_times_gradient, 0},
      {"by preprocessing", by_preprocessing, 5},
      {"integral from its definition", integral_from_its_definition, 0},
      {"integral is complete", integral_is_complete, 0},
      {"smooth from its definition", smooth_from_its_definition, 0},
      {"smooth of nothing", smooth_of_nothing, 3},
      {"beside the mean", beside_the_mean, 4},
      {"one choice", one_choice, 0},
      {"mean of CAMs", mean_of_cams, 0},
      {"stopped", stopped, 2},
      {"refuses", refuses, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("averages", tests);
}
