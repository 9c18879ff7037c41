/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scores of all classes beside any map. */
#include <gbp/explanation.h>
#include <math.h>
#include <string.h>

#include "explain/outcome.h"
#include "harness.h"
#include "network/random_weights.h"

#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)
#define N_CLASSES    6

static guint8 image[N_COMPONENTS];
static float gradients[2][N_COMPONENTS];

static GbpNetwork *
new_network (float factor)
{
  const guint widths[GBP_N_BLOCKS] = {4, 5, 8, 8, 8};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};
  GbpLayerWeights *last = &weights.layers[21]; /* VGG16's last of 22 */

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, N_CLASSES, 5);
  for (guint i = 0; i < last->n_inputs * last->n_outputs; i++)
    last->kernel[i] *= factor;
  return gbp_network_new_take (&weights, NULL);
}

static void
fill_image (void)
{
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
}

static GbpResult
explain (GbpExplanation *explanation, const GbpTarget *target, float *gradient)
{
  GbpResult result;
  GError *error = NULL;

  if (!gbp_explanation_set_target (explanation, target, &error))
    ck_abort_msg ("%s", error->message);
  ck_assert_ptr_null (gbp_explanation_get_scores (explanation, NULL));
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, gradient, &result);
  return result;
}

static GbpTarget
make_target (const char *layer, GbpMethod method, int channel, int unit)
{
  return (GbpTarget){.layer = layer,
      .method = method,
      .channel = channel,
      .unit_x = unit,
      .unit_y = unit,
      .class_index = GBP_CLASS_NONE};
}

/* The logits are the values that their channels have as targets; the scores are their softmax. */
START_TEST (of_all_classes)
{
  g_autoptr (GbpNetwork) network = new_network (1);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.method = GBP_METHOD_GUIDED};
  double expected[N_CLASSES], sum = 0;
  const double *logits, *scores;
  guint n_classes, top[N_CLASSES + 2];

  fill_image ();
  for (target.class_index = 0; target.class_index < N_CLASSES; target.class_index++) {
    expected[target.class_index] = explain (explanation, &target, gradients[0]).value;
    sum += exp (expected[target.class_index]);
  }
  target.class_index = GBP_CLASS_TOP;
  explain (explanation, &target, gradients[0]);
  logits = gbp_explanation_get_logits (explanation, &n_classes);
  ck_assert_uint_eq (n_classes, N_CLASSES);
  scores = gbp_explanation_get_scores (explanation, NULL);
  for (guint i = 0; i < N_CLASSES; i++) {
    ck_assert_double_eq (logits[i], expected[i]);
    ck_assert_double_eq_tol (scores[i], exp (expected[i]) / sum, 1e-12);
  }
  ck_assert_int_eq (gbp_network_get_scoring (network), GBP_SCORING_SOFTMAX);
  ck_assert_uint_eq (gbp_explanation_find_top (explanation, top, N_CLASSES + 2), N_CLASSES);
  for (guint i = 1; i < N_CLASSES; i++)
    ck_assert_double_ge (logits[top[i - 1]], logits[top[i]]);
}
END_TEST

/* @begun: how many images have said that they have their memory
 * @asked: how often it was called, and with which logits */
typedef struct {
  guint chosen;
  guint begun;
  guint asked;
  double logits[N_CLASSES];
} Choice;

static void
begin (gpointer data)
{
  Choice *choice = data;

  ck_assert_uint_eq (choice->begun, choice->asked);
  choice->begun++;
}

static guint
choose (const double *logits, guint n_classes, gpointer data)
{
  Choice *choice = data;

  ck_assert_uint_eq (n_classes, N_CLASSES);
  ck_assert_uint_eq (choice->begun, choice->asked + 1);
  memcpy (choice->logits, logits, sizeof choice->logits);
  choice->asked++;
  return choice->chosen;
}

static const struct {
  GbpMethod method;
  guint samples;
} chosen[] = {{GBP_METHOD_GUIDED, 1}, {GBP_METHOD_GRAD_CAM, 1}, {GBP_METHOD_GUIDED_GRAD_CAM, 1},
    {GBP_METHOD_GRADIENT, 3}, {GBP_METHOD_INTEGRATED_GRADIENTS, 1}};

/* Who is asked for the top class is asked once for each image, by its own logits, and gets the map of what was said;
 * who named a class is not asked. */
START_TEST (of_a_choice)
{
  g_autoptr (GbpNetwork) network = new_network (1);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = GBP_TARGET_INIT;
  Choice choice = {.chosen = 2};
  GbpResult expected, found;

  fill_image ();
  target.layer = NULL;
  target.method = chosen[_i].method;
  target.samples = chosen[_i].samples;
  target.steps = 2;
  gbp_explanation_set_class_chooser (explanation, begin, choose, &choice);
  target.class_index = 2;
  expected = explain (explanation, &target, gradients[0]);
  ck_assert_uint_eq (choice.begun + choice.asked, 0);
  target.class_index = GBP_CLASS_TOP;
  found = explain (explanation, &target, gradients[1]);
  ck_assert_uint_eq (choice.asked, 1);
  ck_assert_mem_eq (
      choice.logits, gbp_explanation_get_logits (explanation, NULL), sizeof choice.logits);
  ck_assert_int_eq (found.class_index, 2);
  ck_assert_double_eq (found.value, expected.value);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
  gbp_explanation_set_class_chooser (explanation, NULL, choose, &choice);
  choice.begun = choice.asked + 1;
  explain (explanation, &target, gradients[1]);
  ck_assert_uint_eq (choice.asked, 2);
  gbp_explanation_set_class_chooser (explanation, begin, NULL, &choice);
  found = explain (explanation, &target, gradients[1]);
  ck_assert_uint_eq (choice.begun + choice.asked, 4);
  gbp_explanation_find_top (explanation, &choice.chosen, 1);
  ck_assert_int_eq (found.class_index, (int) choice.chosen);
}
END_TEST

static const struct {
  const char *layer;
  int channel;
  int unit;
} below[] = {
    {"block1_conv1", GBP_CHANNEL_ALL, GBP_UNIT_ALL},
    {"block1_conv2", 2, 50}, /* whose pool would be fused, and of which little is wanted */
    {"block2_pool", GBP_CHANNEL_STRONGEST, 7},
    {"block5_conv3", GBP_CHANNEL_ALL, GBP_UNIT_ALL},
    {"block5_pool", 3, GBP_UNIT_ALL},
    {"flatten", GBP_CHANNEL_STRONGEST, GBP_UNIT_ALL},
    {"fc1", 3, GBP_UNIT_ALL},
};

/* Scores beside the map of a layer below are those of a class, and the map is what it is without them. */
START_TEST (of_a_layer_below)
{
  g_autoptr (GbpNetwork) network = new_network (1);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget of_class = {.class_index = GBP_CLASS_TOP};
  GbpTarget target = make_target (
      below[_i / 3].layer, (GbpMethod) (_i % 3), below[_i / 3].channel, below[_i / 3].unit);
  double expected[N_CLASSES];
  GbpResult without, with;

  fill_image ();
  explain (explanation, &of_class, gradients[0]);
  memcpy (expected, gbp_explanation_get_scores (explanation, NULL), sizeof expected);
  without = explain (explanation, &target, gradients[0]);
  ck_assert_ptr_null (gbp_explanation_get_scores (explanation, NULL));
  target.wants_scores = TRUE;
  with = explain (explanation, &target, gradients[1]);
  ck_assert_mem_eq (gbp_explanation_get_scores (explanation, NULL), expected, sizeof expected);
  ck_assert_double_eq (with.value, without.value);
  ck_assert_int_eq (with.channel, without.channel);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* At the class layer they are there unasked. */
START_TEST (at_the_class_layer)
{
  g_autoptr (GbpNetwork) network = new_network (1);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = make_target ("predictions", GBP_METHOD_GUIDED, GBP_CHANNEL_ALL, -1);
  guint n_classes;

  fill_image ();
  explain (explanation, &target, gradients[0]);
  ck_assert_ptr_nonnull (gbp_explanation_get_scores (explanation, &n_classes));
  ck_assert_uint_eq (n_classes, N_CLASSES);
}
END_TEST

/* Logits that are too large for float32 make no score. */
START_TEST (not_finite)
{
  g_autoptr (GbpNetwork) network = new_network (1e38f);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = {.class_index = GBP_CLASS_TOP};
  GbpResult result;

  fill_image ();
  result = explain (explanation, &target, gradients[0]);
  ck_assert (!isfinite (result.value));
  for (guint i = 0; i < N_CLASSES; i++)
    ck_assert (isnan (gbp_explanation_get_scores (explanation, NULL)[i]));
}
END_TEST

static const struct {
  GbpScorer scorer;
  double logits[3];
  double scores[3];
} scored[] = {
    {{.scoring = GBP_SCORING_NONE}, {-3, 5, 700}, {-3, 5, 700}},
    {{.scoring = GBP_SCORING_SOFTMAX}, {0, 0, 0}, {1. / 3, 1. / 3, 1. / 3}},
    {{.scoring = GBP_SCORING_SOFTMAX}, {5000, 5000, -5000}, {0.5, 0.5, 0}},
    {{.scoring = GBP_SCORING_SOFTMAX}, {0, M_LN2, M_LN2}, {0.2, 0.4, 0.4}},
    {{.scoring = GBP_SCORING_SOFTMAX}, {0, INFINITY, 1}, {NAN, NAN, NAN}},
    {{.scoring = GBP_SCORING_SOFTMAX}, {0, 1, NAN}, {NAN, NAN, NAN}},
    {{.scoring = GBP_SCORING_SIGMOID}, {0, -800, 800}, {0.5, 0, 1}},
    {{.scoring = GBP_SCORING_SIGMOID}, {NAN, 0, -INFINITY}, {NAN, 0.5, NAN}},
    {{.scoring = GBP_SCORING_SIGMOID, .is_hard = TRUE, .slope = 0.25f, .offset = 0.5f}, {1, -9, 9},
        {0.75, 0, 1}},
    {{.scoring = GBP_SCORING_NONE}, {1, INFINITY, NAN}, {1, NAN, NAN}},
};

START_TEST (by_hand)
{
  double found[3];

  gbp_scorer_score (&scored[_i].scorer, scored[_i].logits, 3, found);
  for (guint i = 0; i < 3; i++)
    if (isnan (scored[_i].scores[i]))
      ck_assert (isnan (found[i]));
    else
      ck_assert_double_eq_tol (found[i], scored[_i].scores[i], 1e-15);
}
END_TEST

/* By value, equals by number, what is not a number first; as many as are asked for. */
START_TEST (ranks)
{
  static const double values[] = {1, 7, NAN, 7, -INFINITY, INFINITY, 7, NAN};
  static const guint expected[] = {2, 7, 5, 1, 3, 6, 0, 4};
  guint n = (guint) _i, found[10] = {99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

  ck_assert_uint_eq (gbp_outcome_rank (values, 8, found, n), MIN (n, 8));
  for (guint i = 0; i < 10; i++)
    ck_assert_uint_eq (found[i], i < MIN (n, 8) ? expected[i] : 99);
}
END_TEST

/* Who asks for scores where there are none is told so. */
START_TEST (without_classes)
{
  const guint widths[GBP_N_BLOCKS] = {2, 2, 0, 0, 0};
  GbpWeights weights = {0};
  GbpTarget target = make_target ("block1_conv2", GBP_METHOD_GUIDED, 1, -1);
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 0, 0, 5);
  network = gbp_network_new_take (&weights, NULL);
  ck_assert (gbp_target_check (&target, network, NULL));
  target.wants_scores = TRUE;
  ck_assert (!gbp_target_check (&target, network, &error));
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CLASS));
  ck_assert_msg (
      g_pattern_match_simple ("the network has no classes*block2_pool*56 x 56*", error->message),
      "%s", error->message);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"of all classes", of_all_classes, 0},
      {"of a choice", of_a_choice, G_N_ELEMENTS (chosen)},
      {"of a layer below", of_a_layer_below, 3 * G_N_ELEMENTS (below)},
      {"at the class layer", at_the_class_layer, 0},
      {"not finite", not_finite, 0},
      {"by hand", by_hand, G_N_ELEMENTS (scored)},
      {"ranks", ranks, 10},
      {"without classes", without_classes, 0},
  };

  return GBP_TEST_RUN ("scores", tests);
}
