/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A chain whose convolutions have names is the same chain, to the bit: ONNX gives each of its nodes one. */
#include <gbp/gbp.h>
#include <string.h>

#include "graphs.h"
#include "harness.h"

#define WIDTH    GRAPHS_WIDTH
#define N_PIXELS GRAPHS_N_PIXELS

static const char *const chained[] = {"before stem", "stem", "before second", "second", "classes"};

/* In a picture with parts of one colour, where pools and ReLUs meet equal values, too. */
START_TEST (names_change_nothing)
{
  g_autoptr (GbpNetwork) plain = graphs_make_network (CHAIN),
                         named = graphs_make_network (NAMED_CHAIN);
  g_autoptr (GbpExplanation) expected = gbp_explanation_new (plain, 1),
                             found = gbp_explanation_new (named, 1);
  guint8 image[3 * N_PIXELS] = {0};
  float gradients[2][3 * N_PIXELS];
  GbpTarget target = GBP_TARGET_INIT;
  guint n = GRAPHS_N_TARGETS;

  memset (image + 60, 1, 90);
  for (guint i = 0; i < 4 * n; i++) {
    target.layer = graphs_targets[i % n];
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
        memcmp (gradients[0], gradients[1], sizeof gradients[0]) == 0, "%s", graphs_targets[i % n]);
  }
}
END_TEST

/* Nor do scores beside the map of what the chain fuses. */
START_TEST (scores_in_chain)
{
  g_autoptr (GbpNetwork) network = graphs_make_network (NAMED_CHAIN);
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

int
main (void)
{
  const GbpTest tests[] = {
      {"names change nothing", names_change_nothing, 0},
      {"scores in chain", scores_in_chain, G_N_ELEMENTS (chained)},
  };

  return GBP_TEST_RUN ("chain", tests);
}
