/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Graphs that are no chain: values that several operations read, parts that are targets themselves, weights that are
 * folded; against finite differences, and against the sums that are written down beside them. */
#include <math.h>
#include <string.h>

#include "explain/passes.h"
#include "harness.h"
#include "kernel/memory.h"
#include "network/network.h"

#define HEIGHT   10
#define WIDTH    13
#define N_PIXELS (HEIGHT * WIDTH)
#define STRIDE   GBP_LANES

static GbpTensor *
make_random (gsize n_values, float low, float high, guint32 *seed)
{
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = gbp_test_random (seed, low, high);
  return gbp_tensor_new_take (values, n_values);
}

/* An operation on one value, or on two where @second is not negative. */
static GbpOperation
make_operation (GbpKind kind, const char *name, guint first, int second)
{
  GbpOperation operation = {.kind = kind, .name = g_strdup (name), .n_inputs = second < 0 ? 1 : 2};

  operation.inputs = g_new (guint, 2);
  operation.inputs[0] = first;
  operation.inputs[1] = (guint) MAX (second, 0);
  operation.window = (GbpWindow){3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1};
  return operation;
}

static guint
add (GbpGraph *graph, GbpOperation operation)
{
  g_autoptr (GError) error = NULL;
  int value = gbp_graph_add (graph, &operation, &error);

  ck_assert_msg (value > 0, "%s", error != NULL ? error->message : "");
  return (guint) value;
}

static guint
add_plain (GbpGraph *graph, GbpKind kind, const char *name, guint first, int second)
{
  return add (graph, make_operation (kind, name, first, second));
}

static guint
add_convolution (
    GbpGraph *graph, const char *name, guint input, guint size, guint n_outputs, guint32 *seed)
{
  guint n_inputs = gbp_graph_get_shape (graph, input)->channels, padding = size / 2;
  GbpOperation operation = make_operation (GBP_KIND_CONVOLUTION, name, input, -1);
  float most = 2 / sqrtf ((float) (n_inputs * size * size));

  operation.window = (GbpWindow){size, size, 1, 1, 1, 1, {padding, padding, padding, padding}, 1};
  operation.tensors[0] =
      make_random ((gsize) size * size * n_inputs * n_outputs, -most, most, seed);
  operation.tensors[1] = make_random (n_outputs, -0.1f, 0.1f, seed);
  return add (graph, operation);
}

static guint
add_scale (GbpGraph *graph, const char *name, guint input, guint32 *seed)
{
  guint n = gbp_graph_get_shape (graph, input)->channels;
  GbpOperation operation = make_operation (GBP_KIND_SCALE, name, input, -1);

  operation.tensors[0] = make_random (n, 0.5f, 1.5f, seed);
  operation.tensors[1] = make_random (n, -0.2f, 0.2f, seed);
  return add (graph, operation);
}

static guint
add_dense (GbpGraph *graph, const char *name, guint input, guint n_outputs, guint32 *seed)
{
  guint n = gbp_graph_get_shape (graph, input)->channels;
  GbpOperation operation = make_operation (GBP_KIND_DENSE, name, input, -1);

  operation.tensors[0] = make_random ((gsize) n * n_outputs, -0.5f, 0.5f, seed);
  return add (graph, operation);
}

/* How it begins: without a chain, since the first convolution is no VGG's; with one; with one whose convolutions have
 * names, and are targets before their ReLUs too. */
typedef enum {
  NO_CHAIN,
  CHAIN,
  NAMED_CHAIN,
  N_BEGINNINGS,
} Beginning;

/* A chain of two convolutions, or none; then a residual block, whose beginning is read three times, two of
 * them by one multiplication; a squeeze; two branches; classes.
 * @begin: its beginning */
static GbpNetwork *
make_network (Beginning begin)
{
  gboolean has_chain = begin != NO_CHAIN, has_names = begin == NAMED_CHAIN;
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_NONE, .origin = g_strdup ("test")};
  guint32 seed = 5;
  GbpGraph *graph = gbp_graph_new (&input);
  guint value =
      add_convolution (graph, has_names ? "before stem" : NULL, 0, has_chain ? 3 : 5, 6, &seed);
  guint block, other;

  value = add_plain (graph, GBP_KIND_ACTIVATION, "stem", value, -1);
  if (has_chain) {
    value = add_convolution (graph, has_names ? "before second" : NULL, value, 3, 7, &seed);
    value = add_plain (graph, GBP_KIND_ACTIVATION, "second", value, -1);
  }
  block = add_plain (graph, GBP_KIND_IDENTITY, "block", value, -1);
  value = add_convolution (graph, "convolved", block, 3, 9, &seed);
  value = add_scale (graph, "scaled", value, &seed);
  value = add_plain (graph, GBP_KIND_ACTIVATION, "active", value, -1);
  value = add_convolution (graph, "narrow", value, 1, has_chain ? 7 : 6, &seed);
  other = add_plain (graph, GBP_KIND_MULTIPLY, "squared", block, (int) block);
  value = add_plain (graph, GBP_KIND_ADD, "sum", value, (int) block);
  value = add_plain (graph, GBP_KIND_CONCATENATE, "both", value, (int) other);
  value = add_plain (graph, GBP_KIND_POOL_AVERAGE, "pooled", value, -1);
  other = add_plain (graph, GBP_KIND_GLOBAL_AVERAGE, NULL, value, -1);
  other = add_dense (graph, NULL, other, gbp_graph_get_shape (graph, value)->channels, &seed);
  other = add_plain (graph, GBP_KIND_SOFTMAX, "squeezed", other, -1);
  value = add_plain (graph, GBP_KIND_MULTIPLY, "excited", value, (int) other);
  value = add_plain (graph, GBP_KIND_FLATTEN, NULL, value, -1);
  value = add_dense (graph, "hidden", value, 12, &seed);
  value = add_scale (graph, "rescaled", value, &seed);
  value = add_dense (graph, NULL, value, 4, &seed);
  add_plain (graph, GBP_KIND_SOFTMAX, "classes", value, -1);
  parts.graph = graph;
  return gbp_network_new_from_graph (&parts, NULL);
}

static const char *const targets[] = {"stem", "block", "convolved", "scaled", "active", "narrow",
    "squared", "sum", "both", "pooled", "squeezed", "excited", "hidden", "rescaled", "classes"};

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

  f->network = make_network (begin);
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
      f->plan.labels[0][i] = i;
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
  const char *layer = targets[_i / N_BEGINNINGS];
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
  g_autoptr (GbpNetwork) network = make_network ((Beginning) _i);
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

/* In a picture with parts of one colour, where pools and ReLUs meet equal values, too. */
START_TEST (names_change_nothing)
{
  g_autoptr (GbpNetwork) plain = make_network (CHAIN), named = make_network (NAMED_CHAIN);
  g_autoptr (GbpExplanation) expected = gbp_explanation_new (plain, 1),
                             found = gbp_explanation_new (named, 1);
  guint8 image[3 * N_PIXELS] = {0};
  float gradients[2][3 * N_PIXELS];
  GbpTarget target = GBP_TARGET_INIT;
  guint n = G_N_ELEMENTS (targets);

  memset (image + 60, 1, 90);
  for (guint i = 0; i < 4 * n; i++) {
    target.layer = targets[i % n];
    target.wants_scores = i / n % 2;
    if (i == 2 * n) { /* the kernels are wanted in another form meanwhile */
      GbpTarget inner = GBP_TARGET_INIT;

      inner.layer = "before second";
      inner.wants_scores = TRUE;
      ck_assert (gbp_explanation_set_target (found, &inner, NULL));
    }
    ck_assert (gbp_explanation_set_target (expected, &target, NULL));
    ck_assert (gbp_explanation_set_target (found, &target, NULL));
    gbp_explanation_compute (expected, image, 3 * WIDTH, gradients[0], NULL);
    gbp_explanation_compute (found, image, 3 * WIDTH, gradients[1], NULL);
    ck_assert_msg (
        memcmp (gradients[0], gradients[1], sizeof gradients[0]) == 0, "%s", targets[i % n]);
  }
}
END_TEST

/* Nor do scores beside the map of what the chain fuses. */
START_TEST (scores_in_chain)
{
  g_autoptr (GbpNetwork) network = make_network (NAMED_CHAIN);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = GBP_TARGET_INIT;
  guint8 image[3 * N_PIXELS];
  float gradients[2][3 * N_PIXELS];
  GbpResult results[2];
  guint32 seed = 9;

  for (guint i = 0; i < 3 * N_PIXELS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 2);
  target.layer = chained[_i];
  for (guint i = 0; i < 2; i++) {
    target.wants_scores = i == 1;
    ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
    gbp_explanation_compute (explanation, image, 3 * WIDTH, gradients[i], &results[i]);
  }
  ck_assert_double_eq (results[0].value, results[1].value);
  ck_assert_mem_eq (gradients[0], gradients[1], sizeof gradients[0]);
}
END_TEST

/* Scores beside the map of any layer, also inside of what is fused, or read again further on, change nothing in it. */
START_TEST (scores_change_nothing)
{
  g_autoptr (GbpNetwork) network = make_network (_i % N_BEGINNINGS);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = {.layer = targets[_i / N_BEGINNINGS],
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
  add_plain (parts.graph, GBP_KIND_GLOBAL_MAX, "top", 0, -1);
  network = gbp_network_new_from_graph (&parts, NULL);
  explanation = gbp_explanation_new (network, 1);
  image[4] = image[3 * 77 + 1] = 200;
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (explanation, image, 3 * WIDTH, gradient, NULL);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    ck_assert_float_eq (gradient[i], i == 4 || i == 3 * 77 + 1 ? 0.5f : 0);
}
END_TEST

/* The last layer's logits are explained, and are its classes. */
START_TEST (logits)
{
  g_autoptr (GbpNetwork) network = make_network (CHAIN);
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
      {"finite differences", finite_differences, N_BEGINNINGS * G_N_ELEMENTS (targets)},
      {"parts are targets", parts_are_targets, N_BEGINNINGS},
      {"names in chain", names_in_chain, G_N_ELEMENTS (chained)},
      {"scores in chain", scores_in_chain, G_N_ELEMENTS (chained)},
      {"names change nothing", names_change_nothing, 0},
      {"scores change nothing", scores_change_nothing, N_BEGINNINGS * G_N_ELEMENTS (targets)},
      {"equals share", equals_share, 0},
      {"logits", logits, 0},
      {"arena", arena, 0},
  };

  return GBP_TEST_RUN ("flow", tests);
}
