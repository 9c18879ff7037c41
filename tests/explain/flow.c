/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Graphs that are no chain: values that several operations read, parts that are targets themselves, weights that are
 * folded; against finite differences, and against the sums that are written down beside them. */
#include <math.h>
#include <string.h>

#include "explain/passes.h"
#include "graphs.h"
#include "harness.h"
#include "kernel/memory.h"
#define HEIGHT   GRAPHS_HEIGHT
#define WIDTH    GRAPHS_WIDTH
#define N_PIXELS GRAPHS_N_PIXELS
#define STRIDE   GBP_LANES

typedef struct {
  GbpNetwork *network;
  GbpTeam *team;
  GbpPlan plan;
  gpointer memory;
  GbpPasses passes;
  GbpSelection selection;
  float image[3 * N_PIXELS];
} Fixture;

static void
set_up (Fixture *f, Beginning begin, const char *layer, GbpMethod method, int channel)
{
  GbpTarget target = {.layer = layer,
      .method = method,
      .channel = channel,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  guint32 seed = 3;

  f->network = graphs_make_network (begin);
  ck_assert (gbp_selection_init (&f->selection, f->network, &target, NULL));
  f->team = gbp_team_new (2);
  ck_assert (gbp_plan_init (&f->plan, f->network, &f->selection, f->team, NULL));
  f->memory = gbp_memory_new (1, f->plan.n_bytes);
  memset (f->memory, 0xff, f->plan.n_bytes); /* NaN: nothing is read that was not written */
  gbp_plan_bind (&f->plan, f->memory);
  gbp_plan_select (&f->plan, &f->selection);
  f->passes = (GbpPasses){&f->plan, gbp_kernels_get (), f->team};
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    f->image[i] = gbp_test_random (&seed, -2, 2);
}

static void
tear_down (Fixture *f)
{
  gbp_plan_clear (&f->plan);
  gbp_memory_free (f->memory);
  gbp_team_free (f->team);
  gbp_network_unref (f->network);
}

static double
evaluate (Fixture *f, const float *direction, double step)
{
  float *input = gbp_plan_get_map (&f->plan, -1);

  for (guint i = 0; i < N_PIXELS; i++) {
    if (f->plan.n_steps > 0)
      f->plan.equivalence[0][i] = i;
    for (guint c = 0; c < STRIDE; c++)
      input[i * STRIDE + c] =
          c < 3 ? (float) (f->image[3 * i + c] + step * (double) direction[3 * i + c]) : 0;
  }
  gbp_passes_forward (&f->passes);
  return gbp_selection_sum (
      &f->selection, f->plan.layer, gbp_plan_get_target (&f->plan), f->plan.sums)
      .value;
}

static void
differentiate (Fixture *f, GbpRule rule, float *gradient)
{
  const float *input = gbp_plan_get_map (&f->plan, -1);

  memset (gradient, 0, 3 * N_PIXELS * sizeof *gradient);
  evaluate (f, gradient, 0);
  gbp_selection_seed (
      &f->selection, f->plan.layer, f->selection.channel, gbp_plan_begin_seed (&f->plan));
  gbp_passes_backward (&f->passes, rule);
  for (guint i = 0; i < N_PIXELS; i++)
    memcpy (gradient + 3 * i, input + i * STRIDE, 3 * sizeof *gradient);
}

/* Of each layer's second channel, along the gradient. */
START_TEST (finite_differences)
{
  float gradient[3 * N_PIXELS];
  const char *layer = graphs_targets[_i / N_BEGINNINGS];
  double slope = 0, difference, step;
  Fixture f;

  set_up (&f, _i % N_BEGINNINGS, layer, GBP_METHOD_GRADIENT, 1);
  differentiate (&f, GBP_RULE_GRADIENT, gradient);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    slope += (double) gradient[i] * gradient[i];
  ck_assert_double_gt (slope, 0);
  step = 1e-3 / sqrt (slope);
  difference = (evaluate (&f, gradient, step) - evaluate (&f, gradient, -step)) / (2 * step);
  if (!(fabs (difference - slope) <= 2e-2 * slope))
    ck_abort_msg ("%s: gradient %g, difference %g", layer, slope, difference);
  tear_down (&f);
}
END_TEST

/* A target between a convolution and its rectifier is what is there before the rectifier; both in one network, the
 * second prepared after the first. */
START_TEST (parts_are_targets)
{
  static const char *const inner[] = {"active", "scaled", "convolved", "active"};
  g_autoptr (GbpNetwork) network = graphs_make_network ((Beginning) _i);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  guint8 image[3 * N_PIXELS];
  float gradients[4][N_PIXELS * 3];
  double values[4];
  guint32 seed = 9;

  for (guint i = 0; i < 3 * N_PIXELS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 2);
  for (guint i = 0; i < G_N_ELEMENTS (inner); i++) {
    GbpTarget target = {.layer = inner[i],
        .method = GBP_METHOD_GUIDED,
        .channel = 2,
        .unit_x = GBP_UNIT_ALL,
        .unit_y = GBP_UNIT_ALL,
        .class_index = GBP_CLASS_NONE};
    GbpResult result;

    ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
    gbp_explanation_compute (explanation, image, 3 * WIDTH, gradients[i], &result);
    values[i] = result.value;
  }
  ck_assert_double_lt (values[1], values[0]); /* which has nothing below zero */
  ck_assert_double_ne (values[1], values[2]);
  ck_assert_mem_eq (gradients[0], gradients[3], sizeof gradients[0]);
}
END_TEST

static const char *const chained[] = {"before stem", "stem", "before second", "second", "classes"};

/* Names change nothing: with them the chain is the same, but for a target inside of it, where it ends before. Any
 * other can be prepared after it, with the scores beside or not. */
START_TEST (names_in_chain)
{
  static const guint n_steps[] = {0, 1, 1, 2, 2};
  guint n = G_N_ELEMENTS (chained);
  float gradient[3 * N_PIXELS];
  double slope = 0, difference, step;
  Fixture f;

  set_up (&f, NAMED_CHAIN, chained[_i], GBP_METHOD_GRADIENT, 1);
  ck_assert_uint_eq (f.plan.n_steps, n_steps[_i]);
  differentiate (&f, GBP_RULE_GRADIENT, gradient);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    slope += (double) gradient[i] * gradient[i];
  step = 1e-3 / sqrt (slope);
  difference = (evaluate (&f, gradient, step) - evaluate (&f, gradient, -step)) / (2 * step);
  ck_assert_double_eq_tol (difference / slope, 1, 2e-2);
  for (guint other = 0; other < 2 * n; other++) {
    GbpTarget target = GBP_TARGET_INIT;
    GbpSelection selection;
    GbpPlan plan;

    target.layer = chained[other % n];
    target.wants_scores = other >= n;
    ck_assert (gbp_selection_init (&selection, f.network, &target, NULL));
    ck_assert (gbp_plan_init (&plan, f.network, &selection, f.team, NULL));
    gbp_plan_clear (&plan);
  }
  tear_down (&f);
}
END_TEST

/* Scores beside the map of any layer, also inside of what is fused, or read again further on, change nothing in it. */
START_TEST (scores_change_nothing)
{
  g_autoptr (GbpNetwork) network = graphs_make_network (_i % N_BEGINNINGS);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = {.layer = graphs_targets[_i / N_BEGINNINGS],
      .method = GBP_METHOD_GRADIENT,
      .channel = 1,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  guint8 image[3 * N_PIXELS];
  float gradients[2][3 * N_PIXELS];
  GbpResult results[2];
  guint32 seed = 9;
  guint n_classes;

  for (guint i = 0; i < 3 * N_PIXELS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 2);
  for (guint i = 0; i < 2; i++) {
    target.wants_scores = i == 1;
    ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
    gbp_explanation_compute (explanation, image, 3 * WIDTH, gradients[i], &results[i]);
  }
  ck_assert_ptr_nonnull (gbp_explanation_get_scores (explanation, &n_classes));
  ck_assert_uint_eq (n_classes, 4);
  ck_assert_double_eq (results[0].value, results[1].value);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* Of equals each gets its share of what comes back from a maximum over all. */
START_TEST (equals_share)
{
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_NONE, .origin = g_strdup ("test")};
  GbpTarget target = {.layer = "top",
      .method = GBP_METHOD_GRADIENT,
      .channel = 1,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GbpExplanation) explanation = NULL;
  guint8 image[3 * N_PIXELS] = {0};
  float gradient[3 * N_PIXELS];

  parts.graph = gbp_graph_new (&input);
  graphs_add_plain (parts.graph, GBP_KIND_GLOBAL_MAX, "top", 0, -1);
  network = gbp_network_new_from_graph (&parts, NULL);
  explanation = gbp_explanation_new (network, 1);
  image[4] = image[3 * 77 + 1] = 200;
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (explanation, image, 3 * WIDTH, gradient, NULL);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    ck_assert_float_eq (gradient[i], i == 4 || i == 3 * 77 + 1 ? 0.5f : 0);
}
END_TEST

/* An addition passes its gradient on to all of its inputs at once, one of which is there twice: what a rectifier on one
 * way makes of it, that of the others is not. */
START_TEST (gradient_is_passed_on)
{
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_NONE, .origin = g_strdup ("test")};
  GbpTarget target = {.layer = "sum",
      .method = GBP_METHOD_GRADIENT,
      .channel = 1,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GbpExplanation) explanation = NULL;
  guint8 image[3 * N_PIXELS];
  float gradient[3 * N_PIXELS];
  guint left, right;

  parts.graph = gbp_graph_new (&input);
  left = graphs_add_factors (parts.graph, 0, (const float[]){0.5f, 3, 0.25f});
  right = graphs_add_factors (parts.graph, 0, (const float[]){-1, -1, -1});
  right = graphs_add_plain (parts.graph, GBP_KIND_ACTIVATION, NULL, right, -1);
  left = graphs_add_plain (parts.graph, GBP_KIND_ADD, NULL, left, (int) right);
  graphs_add_plain (parts.graph, GBP_KIND_ADD, "sum", left, (int) left);
  network = gbp_network_new_from_graph (&parts, NULL);
  explanation = gbp_explanation_new (network, 1);
  memset (image, 100, sizeof image); /* so that nothing comes through the rectifier */
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (explanation, image, 3 * WIDTH, gradient, NULL);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    ck_assert_float_eq (gradient[i], i % 3 == 1 ? 6 : 0);
}
END_TEST

/* The last layer's logits are explained, and are its classes. */
START_TEST (logits)
{
  g_autoptr (GbpNetwork) network = graphs_make_network (CHAIN);
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  const GbpLayer *last = &layers[n_layers - 1];

  ck_assert_str_eq (gbp_network_get_class_layer (network), "classes");
  ck_assert_str_eq (last->name, "classes");
  ck_assert_uint_eq (last->channels, 4);
  ck_assert_int_eq (last->kind, GBP_KIND_DENSE);
}
END_TEST

/* What does not live at once may share memory; what does lies apart. */
START_TEST (arena)
{
  GbpBuffer buffers[40];
  guint32 seed = 1;
  gsize n_bytes, sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++) {
    guint first = (guint) gbp_test_random (&seed, 0, 50);

    buffers[i] = (GbpBuffer){(gsize) gbp_test_random (&seed, 0, 5000), first,
        first + (guint) gbp_test_random (&seed, 0, 10), 0};
    sum += buffers[i].n_bytes;
  }
  ck_assert (gbp_arena_place (buffers, G_N_ELEMENTS (buffers), &n_bytes));
  ck_assert_uint_lt (n_bytes, sum / 2);
  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++) {
    const GbpBuffer *a = &buffers[i];

    ck_assert_uint_eq (a->at % GBP_ALIGNMENT, 0);
    ck_assert_uint_le (a->at + a->n_bytes, n_bytes);
    for (const GbpBuffer *b = buffers; b < a; b++)
      ck_assert (a->last < b->first || b->last < a->first || a->at + a->n_bytes <= b->at
                 || b->at + b->n_bytes <= a->at);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"finite differences", finite_differences, N_BEGINNINGS * GRAPHS_N_TARGETS},
      {"parts are targets", parts_are_targets, N_BEGINNINGS},
      {"names in chain", names_in_chain, G_N_ELEMENTS (chained)},
      {"scores change nothing", scores_change_nothing, N_BEGINNINGS * GRAPHS_N_TARGETS},
      {"equals share", equals_share, 0},
      {"gradient is passed on", gradient_is_passed_on, 0},
      {"logits", logits, 0},
      {"arena", arena, 0},
  };

  return GBP_TEST_RUN ("flow", tests);
}
