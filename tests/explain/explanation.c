/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The public interface: targets, threads, preprocessing. */
#include "explain/pixels.h"
#include "harness.h"
#include "network/random_weights.h"

#include <gbp/explanation.h>
#include <math.h>
#include <string.h>

#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)
#define BLOCK5_SIZE  (GBP_TEST_SIZE / 16) /* height and width of its maps */

static guint8 image[N_COMPONENTS];
static float gradients[4][N_COMPONENTS];

static GbpNetwork *
new_network (guint width, GbpArchitecture architecture)
{
  const guint widths[GBP_N_BLOCKS] = {width, width + 1, 2 * width, 2 * width, 2 * width};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, architecture, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

static void
fill_image (void)
{
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = i / 3 % GBP_TEST_SIZE < 60 ? 90 : (guint8) gbp_test_random (&seed, 0, 256);
}

static GbpResult
explain (GbpExplanation *explanation, const GbpTarget *target, float *gradient)
{
  GbpResult result;
  GError *error = NULL;

  if (!gbp_explanation_set_target (explanation, target, &error))
    ck_abort_msg ("%s", error->message);
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, gradient, &result);
  return result;
}

/* To the last bit, for one thread and for more than there are processors. */
START_TEST (any_number_of_threads)
{
  const char *layers[] = {"block1_conv1", "block4_conv2", "block5_conv4", "predictions"};
  const guint threads[] = {1, 2, 3, 7};
  g_autoptr (GbpNetwork) network = new_network (GBP_TEST_WIDTH, GBP_ARCHITECTURE_VGG19);
  GbpTarget target = {.layer = layers[_i],
      .method = GBP_METHOD_GUIDED,
      .channel = GBP_CHANNEL_ALL,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};

  fill_image ();
  for (guint i = GBP_TEST_SANITIZED ? 2 : 0; i < G_N_ELEMENTS (threads); i++) {
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, threads[i]);

    explain (explanation, &target, gradients[i]);
    ck_assert_mem_eq (gradients[GBP_TEST_SANITIZED ? 2 : 0], gradients[i], sizeof gradients[0]);
  }
}
END_TEST

typedef struct {
  GbpNetwork *network;
  const char *layer;
  float *gradient;
} Job;

static gpointer
explain_in_thread (gpointer data)
{
  Job *job = data;
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (job->network, 2);
  GbpTarget target = {.layer = job->layer,
      .method = GBP_METHOD_GUIDED,
      .channel = 1,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};

  for (guint i = 0; i < 3; i++)
    explain (explanation, &target, job->gradient);
  return NULL;
}

/* One network, several explanations at once, each preparing what it needs. */
START_TEST (at_once)
{
  const char *layers[] = {"block3_conv3", "block5_conv2", "block5_conv2", "predictions"};
  g_autoptr (GbpNetwork) network = new_network (5, GBP_ARCHITECTURE_VGG16);
  static float expected[N_COMPONENTS];
  GThread *threads[4];
  Job jobs[4];

  fill_image ();
  for (guint i = 0; i < 4; i++) {
    jobs[i] = (Job){network, layers[i], gradients[i]};
    threads[i] = g_thread_new ("explain", explain_in_thread, &jobs[i]);
  }
  for (guint i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
    GbpTarget target = {.layer = layers[i],
        .method = GBP_METHOD_GUIDED,
        .channel = 1,
        .unit_x = -1,
        .unit_y = -1,
        .class_index = GBP_CLASS_NONE};

    explain (explanation, &target, expected);
    ck_assert_mem_eq (expected, gradients[i], sizeof expected);
  }
}
END_TEST

/* The strongest channel is the one with the largest value, and its gradient is that channel's. */
START_TEST (strongest)
{
  const char *layers[] = {"block2_conv2", "flatten", "predictions"};
  g_autoptr (GbpNetwork) network = new_network (4, GBP_ARCHITECTURE_VGG19);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = layers[_i],
      .method = GBP_METHOD_GRADIENT,
      .channel = GBP_CHANNEL_STRONGEST,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};
  GbpResult found, best = {.value = -INFINITY, .channel = -1};
  guint n_channels;

  fill_image ();
  found = explain (explanation, &target, gradients[0]);
  gbp_network_get_layer_shape (network, layers[_i], NULL, NULL, &n_channels, NULL);
  for (int channel = 0; channel < (int) MIN (n_channels, 40); channel++) {
    GbpResult result;

    target.channel = channel;
    result = explain (explanation, &target, gradients[1]);
    ck_assert_int_eq (result.channel, channel);
    ck_assert_double_le (result.value, found.value);
    if (result.value > best.value)
      best = result;
  }
  if (n_channels <= 40)
    ck_assert_int_eq (found.channel, best.channel);
  target.channel = found.channel;
  ck_assert_double_eq (explain (explanation, &target, gradients[1]).value, found.value);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* A row of units is the sum of its units, and so is a column. */
START_TEST (units_add_up)
{
  g_autoptr (GbpNetwork) network = new_network (4, GBP_ARCHITECTURE_VGG19);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = "block5_conv1",
      .method = GBP_METHOD_GRADIENT,
      .channel = 2,
      .unit_x = _i == 0 ? GBP_UNIT_ALL : 5,
      .unit_y = _i == 0 ? 5 : GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  int *unit = _i == 0 ? &target.unit_x : &target.unit_y;
  double sum = 0, largest = 0;

  fill_image ();
  sum = -explain (explanation, &target, gradients[0]).value;
  memset (gradients[2], 0, sizeof gradients[2]);
  for (*unit = 0; *unit < BLOCK5_SIZE; (*unit)++) {
    sum += explain (explanation, &target, gradients[1]).value;
    for (guint i = 0; i < N_COMPONENTS; i++)
      gradients[2][i] += gradients[1][i];
  }
  ck_assert_double_le (fabs (sum), 1e-4);
  for (guint i = 0; i < N_COMPONENTS; i++)
    largest = MAX (largest, fabs (gradients[0][i]));
  for (guint i = 0; i < N_COMPONENTS; i++)
    ck_assert_double_le (fabs (gradients[2][i] - gradients[0][i]), 1e-5 * largest);
}
END_TEST

#define OUTPUTS(name, c, x, y)                                                                     \
  {                                                                                                \
    .layer = name, .channel = c, .unit_x = x, .unit_y = y, .class_index = GBP_CLASS_NONE           \
  }

/* What is asked for, and what the refusal has to say. */
static const struct {
  GbpTarget target;
  GbpError code;
  const char *says;
} refused[] = {
    {OUTPUTS ("block6_conv1", -1, -1, -1), GBP_ERROR_LAYER,
        "*\"block6_conv1\"*block1_conv1, *predictions*"},
    {OUTPUTS ("", -1, -1, -1), GBP_ERROR_LAYER, "*\"\"*block5_conv4*"},
    {OUTPUTS (NULL, -1, -1, -1), GBP_ERROR_LAYER, "*block5_conv4*"},
    {OUTPUTS ("block2_conv1", 5, -1, -1), GBP_ERROR_CHANNEL, "*5*block2_conv1*0 to 4*"},
    {OUTPUTS ("block2_conv1", -3, -1, -1), GBP_ERROR_CHANNEL, "*-3*0 to 4*"},
    {OUTPUTS ("predictions", 6, -1, -1), GBP_ERROR_CHANNEL, "*6*predictions*0 to 5*"},
    {OUTPUTS ("block5_conv1", -1, 14, -1), GBP_ERROR_UNIT,
        BLOCK5_SIZE == 14 ? "*14,-1*block5_conv1*0 to 13*0 to 13*"
                          : "*14,-1*block5_conv1*0 to 5*0 to 5*"},
    {OUTPUTS ("block5_conv1", -1, -1, -2), GBP_ERROR_UNIT, "*-1,-2*"},
    {OUTPUTS ("predictions", -1, 1, 0), GBP_ERROR_UNIT, "*1,0*predictions*0 to 0*"},
    {{.layer = "fc1", .method = GBP_METHOD_GRAD_CAM}, GBP_ERROR_LAYER,
        "no Grad-CAM at layer fc1: *valid layers are block1_conv1, *, block5_conv4, block5_pool"},
    {{.layer = "predictions", .method = GBP_METHOD_GUIDED_GRAD_CAM}, GBP_ERROR_LAYER,
        "no Grad-CAM at layer predictions: *"},
    {{.layer = "fc0", .method = GBP_METHOD_GRAD_CAM}, GBP_ERROR_LAYER, "no layer \"fc0\"*"},
    {{.layer = NULL, .class_index = 6}, GBP_ERROR_CLASS, "no class 6*0 to 5*"},
    {{.layer = NULL, .class_index = -3}, GBP_ERROR_CLASS, "no class -3*0 to 5, and -2*"},
};

START_TEST (refusals)
{
  g_autoptr (GbpNetwork) network = new_network (4, GBP_ARCHITECTURE_VGG19);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  g_autoptr (GError) error = NULL;
  GbpTarget good = {.layer = "block1_conv2",
      .method = GBP_METHOD_GUIDED,
      .channel = 1,
      .unit_x = 3,
      .unit_y = 4,
      .class_index = GBP_CLASS_NONE};

  fill_image ();
  explain (explanation, &good, gradients[0]);
  ck_assert (!gbp_explanation_set_target (explanation, &refused[_i].target, &error));
  ck_assert (g_error_matches (error, GBP_ERROR, (int) refused[_i].code));
  if (!g_pattern_match_simple (refused[_i].says, error->message))
    ck_abort_msg ("%s", error->message);
  /* and the old target is still in force */
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, gradients[1], NULL);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* A class is the channel of the class layer, whatever else the target says. */
START_TEST (classes)
{
  g_autoptr (GbpNetwork) network = new_network (4, GBP_ARCHITECTURE_VGG16);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget of_class = {.layer = "nonsense",
      .method = (GbpMethod) _i,
      .channel = 99,
      .unit_x = 99,
      .unit_y = -9,
      .class_index = 3};
  GbpTarget of_channel = {.layer = "predictions",
      .method = (GbpMethod) _i,
      .channel = 3,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  GbpResult one, other;

  fill_image ();
  one = explain (explanation, &of_class, gradients[0]);
  other = explain (explanation, &of_channel, gradients[1]);
  ck_assert_double_eq (one.value, other.value);
  ck_assert_int_eq (one.channel, 3);
  ck_assert_int_eq (one.class_index, 3);
  ck_assert_int_eq (other.class_index, GBP_CLASS_NONE);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
  of_class.class_index = GBP_CLASS_TOP;
  of_channel.channel = GBP_CHANNEL_STRONGEST;
  one = explain (explanation, &of_class, gradients[0]);
  other = explain (explanation, &of_channel, gradients[1]);
  ck_assert_double_eq (one.value, other.value);
  ck_assert_int_eq (one.class_index, other.channel);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* Rows further apart than they are long. */
START_TEST (stride)
{
  static guint8 padded[GBP_TEST_SIZE][3 * GBP_TEST_SIZE + 5];
  g_autoptr (GbpNetwork) network = new_network (3, GBP_ARCHITECTURE_VGG19);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = {.layer = "block2_pool",
      .method = GBP_METHOD_GUIDED,
      .channel = -1,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};

  fill_image ();
  for (guint y = 0; y < GBP_TEST_SIZE; y++)
    memcpy (padded[y], image + y * 3 * GBP_TEST_SIZE, 3 * GBP_TEST_SIZE);
  explain (explanation, &target, gradients[0]);
  gbp_explanation_compute (explanation, padded[0], sizeof padded[0], gradients[1], NULL);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* What the three without a mean make of a value, as an affine function of it. */
static const struct {
  GbpPreprocess preprocess;
  float of_0, of_255;
} affine[] = {
    {GBP_PREPROCESS_NONE, 0, 255},
    {GBP_PREPROCESS_UNIT, 0, 1},
    {GBP_PREPROCESS_TF, -1, 1},
};

START_TEST (affine_preprocessing)
{
  const GbpShape shape = {1, 1, 3};
  GbpPixels pixels;

  gbp_pixels_init (&pixels, affine[_i].preprocess, &shape);
  for (guint channel = 0; channel < 3; channel++) {
    ck_assert_uint_eq (pixels.component[channel], channel);
    ck_assert_float_eq (pixels.input[channel][0], affine[_i].of_0);
    ck_assert_float_eq (pixels.input[channel][255], affine[_i].of_255);
    ck_assert_float_eq_tol (
        pixels.slope[channel], (affine[_i].of_255 - affine[_i].of_0) / 255, 1e-9f);
  }
}
END_TEST

START_TEST (preprocessing)
{
  const GbpShape shape = {1, 1, 3};
  GbpPixels caffe, torch;

  gbp_pixels_init (&caffe, GBP_PREPROCESS_CAFFE, &shape);
  gbp_pixels_init (&torch, GBP_PREPROCESS_TORCH, &shape);
  ck_assert_uint_eq (caffe.component[0], 2); /* blue comes first */
  ck_assert_float_eq_tol (caffe.input[0][200], 200 - 103.939f, 1e-5f);
  ck_assert_float_eq_tol (caffe.input[2][0], -123.68f, 1e-5f);
  ck_assert_float_eq (caffe.slope[1], 1);
  ck_assert_uint_eq (torch.component[0], 0);
  ck_assert_float_eq_tol (torch.input[0][255], (1 - 0.485f) / 0.229f, 1e-5f);
  ck_assert_float_eq_tol (torch.input[2][0], -0.406f / 0.225f, 1e-5f);
  for (guint channel = 0; channel < 3; channel++)
    ck_assert_float_eq_tol (
        torch.slope[channel], (torch.input[channel][255] - torch.input[channel][0]) / 255, 1e-7f);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"any number of threads", any_number_of_threads, 4},
      {"at once", at_once, 1},
      {"strongest", strongest, 3},
      {"units add up", units_add_up, 2},
      {"refusals", refusals, G_N_ELEMENTS (refused)},
      {"classes", classes, 3},
      {"stride", stride, 1},
      {"preprocessing", preprocessing, 1},
      {"affine preprocessing", affine_preprocessing, G_N_ELEMENTS (affine)},
  };

#ifdef __SANITIZE_THREAD__ /* which looks at threads: the first two have several */
  return gbp_test_run ("explanation", tests, 2);
#else
  return GBP_TEST_RUN ("explanation", tests);
#endif
}
