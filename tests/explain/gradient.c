/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plain gradient against finite differences of the target, on tiny networks. A step goes along a part of
 * the gradient itself: that changes the target the most for the smallest change of any pixel, so that
 * few of the network's kinks lie in between. */
#include "explain/passes.h"
#include "explain/target.h"
#include "harness.h"
#include "kernel/memory.h"
#include "network/random_weights.h"

#include <math.h>
#include <string.h>

/* At one unit, through pools, through all of the top; the strongest channel, which is never off. */
static const struct {
  const char *layer;
  guint widths[GBP_N_BLOCKS];
  int unit;
} cases[] = {
    {"block1_conv2", {5, 0, 0, 0, 0}, 90},
    {"block2_conv1", {4, 7, 0, 0, 0}, 40},
    {"block3_pool", {3, 5, 17, 0, 0}, 11},
    {"block3_conv2", {16, 17, 18, 0, 0}, -1},
    {"flatten", {2, 3, 4, 5, 3}, -1},
    {"fc2", {2, 3, 4, 5, 3}, -1},
    {"predictions", {2, 3, 4, 5, 6}, -1},
};

#define INPUT_STRIDE GBP_LANES
#define N_PIXELS     (GBP_TEST_SIZE * GBP_TEST_SIZE)

typedef struct {
  GbpNetwork *network;
  GbpTeam *team;
  GbpPlan plan;
  gpointer memory;
  GbpPasses passes;
  GbpSelection selection;
  float *image; /* [N_PIXELS][3] */
} Fixture;

static void
set_up (Fixture *f, int i)
{
  GbpTarget target = {.layer = cases[i].layer,
      .method = GBP_METHOD_GRADIENT,
      .channel = GBP_CHANNEL_STRONGEST,
      .unit_x = cases[i].unit,
      .unit_y = cases[i].unit,
      .class_index = GBP_CLASS_NONE};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};
  guint32 seed = 11;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG19, cases[i].widths,
      cases[i].widths[4] > 0 ? 21 : 0, cases[i].widths[4] > 0 ? 5 : 0, 3);
  f->network = gbp_network_new_take (&weights, NULL);
  ck_assert (gbp_selection_init (&f->selection, f->network, &target, NULL));
  f->team = gbp_team_new (2);
  ck_assert (gbp_plan_init (&f->plan, f->network, &f->selection, f->team, NULL));
  f->memory = gbp_memory_new (1, f->plan.n_bytes);
  gbp_plan_bind (&f->plan, f->memory);
  gbp_plan_select (&f->plan, &f->selection);
  f->passes = (GbpPasses){&f->plan, gbp_kernels_get (), f->team};
  f->image = g_new (float, 3 * N_PIXELS);
  for (guint j = 0; j < 3 * N_PIXELS; j++)
    f->image[j] = gbp_test_random (&seed, -2, 2);
}

static void
tear_down (Fixture *f)
{
  gbp_plan_clear (&f->plan);
  gbp_memory_free (f->memory);
  gbp_team_free (f->team);
  gbp_network_unref (f->network);
  g_free (f->image);
}

/* The target's value, and channel, at @step times @direction [N_PIXELS][3] from the image. */
static GbpResult
evaluate (Fixture *f, const float *direction, double step)
{
  float *input = gbp_plan_get_map (&f->plan, -1);
  const GbpLayer *cut = f->plan.steps[f->selection.cut].layer;

  for (guint i = 0; i < N_PIXELS; i++) {
    f->plan.equivalence[0][i] = i;
    for (guint c = 0; c < INPUT_STRIDE; c++)
      input[i * INPUT_STRIDE + c] =
          c < 3 ? (float) (f->image[3 * i + c] + step * direction[3 * i + c]) : 0;
  }
  gbp_passes_forward (&f->passes);
  return gbp_selection_sum (
      &f->selection, cut, gbp_plan_get_map (&f->plan, (int) f->selection.cut), f->plan.sums);
}

/* Outside the part that the target depends on, buffers hold anything. */
static gboolean
is_wanted (const Fixture *f, guint pixel)
{
  return gbp_region_contains (
      &f->plan.input_region, (int) (pixel / GBP_TEST_SIZE), (int) (pixel % GBP_TEST_SIZE));
}

/* [N_PIXELS][3], of the channel that is the strongest at the image; which the selection is then set to. */
static void
differentiate (Fixture *f, float *gradient)
{
  const float *input = gbp_plan_get_map (&f->plan, -1);
  const GbpLayer *cut = f->plan.steps[f->selection.cut].layer;

  memset (gradient, 0, 3 * N_PIXELS * sizeof *gradient);
  f->selection.channel = evaluate (f, gradient, 0).channel;
  gbp_selection_seed (&f->selection, cut, f->selection.channel,
      gbp_plan_get_map (&f->plan, (int) f->selection.cut));
  gbp_passes_backward (&f->passes, GBP_RULE_GRADIENT);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    gradient[i] = is_wanted (f, i / 3) ? input[i / 3 * INPUT_STRIDE + i % 3] : 0;
}

#define N_DIRECTIONS 6

START_TEST (finite_differences)
{
  Fixture f;
  g_autofree float *gradient = g_new (float, 3 * N_PIXELS);
  g_autofree float *direction = g_new (float, 3 * N_PIXELS);
  guint32 seed = 17;

  set_up (&f, _i);
  differentiate (&f, gradient);
  for (guint i = 0; i < N_DIRECTIONS; i++) {
    double slope = 0, step, value, difference;

    for (guint j = 0; j < 3 * N_PIXELS; j++) {
      direction[j] = i == 0 || gbp_test_random (&seed, 0, 1) < 0.5f ? gradient[j] : 0;
      slope += (double) direction[j] * gradient[j];
    }
    ck_assert_double_gt (slope, 0);
    value = evaluate (&f, direction, 0).value;
    step = 1e-3 * fabs (value) / slope;
    difference =
        (evaluate (&f, direction, step).value - evaluate (&f, direction, -step).value) / (2 * step);
    if (!(fabs (difference - slope) <= 1e-2 * slope))
      ck_abort_msg ("direction %u: gradient %g, difference %g", i, slope, difference);
  }
  tear_down (&f);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {{"finite differences", finite_differences, G_N_ELEMENTS (cases)}};

  return GBP_TEST_RUN ("gradient", tests);
}
