/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Targets of a network with random weights: an explanation goes over to it and back, and all share one. */
#include <string.h>

#include "harness.h"
#include "network/random_weights.h"

#include <gbp/explanation.h>

#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)

static guint8 image[N_COMPONENTS];

/* All that one explanation gives. */
typedef struct {
  double value;
  float gradient[N_COMPONENTS];
} Output;

static Output outputs[2];

/* Without a top. */
static GbpNetwork *
new_network (void)
{
  const guint widths[GBP_N_BLOCKS] = {4, 6, 8, 8, 8};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 0, 0, 3);
  return gbp_network_new_take (&weights, NULL);
}

static gboolean
explain (GbpExplanation *explanation, const char *randomize, Output *output, GError **error)
{
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;

  target.method = GBP_METHOD_GRADIENT;
  target.layer = "block5_conv1";
  target.randomize = randomize;
  if (!gbp_explanation_set_target (explanation, &target, error))
    return FALSE;
  memset (output, 0, sizeof *output);
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, output->gradient, &result);
  output->value = result.value;
  return TRUE;
}

static void
explain_alone (GbpNetwork *network, Output *output)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);

  ck_assert (explain (explanation, NULL, output, NULL));
}

/* An explanation changes over and back, to the last bit. */
START_TEST (over_and_back)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpNetwork) copy =
      gbp_network_new_randomized (network, "block4_conv2", GBP_RANDOMIZE_SEED, NULL);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);

  ck_assert (explain (explanation, "block4_conv2", &outputs[0], NULL));
  explain_alone (copy, &outputs[1]);
  ck_assert_mem_eq (&outputs[0], &outputs[1], sizeof outputs[0]);
  ck_assert (explain (explanation, NULL, &outputs[0], NULL));
  ck_assert_mem_ne (&outputs[0], &outputs[1], sizeof outputs[0]);
  explain_alone (network, &outputs[1]);
  ck_assert_mem_eq (&outputs[0], &outputs[1], sizeof outputs[0]);
}
END_TEST

/* What is refused says which of the two layers it is about, and leaves the target as it was. */
START_TEST (target_refusals)
{
  static const char *const words[][2] = {
      {"block6_conv1", "randomize: no layer \"block6_conv1\"; valid layers are block1_conv1, "},
      {"block5_pool",
          "randomize: layer \"block5_pool\": expected one with weights in it or above it, found none"},
  };
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = "block5_conv1";
  ck_assert (gbp_target_check (&target, network, NULL));
  ck_assert (explain (explanation, "block4_conv2", &outputs[0], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autoptr (GError) error = NULL, checked = NULL;

    target.randomize = words[i][0];
    ck_assert (!explain (explanation, words[i][0], &outputs[1], &error));
    ck_assert (!gbp_target_check (&target, network, &checked));
    ck_assert_msg (g_str_has_prefix (error->message, words[i][1]), "%s", error->message);
    ck_assert_str_eq (error->message, checked->message);
  }
  memset (&outputs[1], 0, sizeof outputs[1]);
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, outputs[1].gradient, NULL);
  ck_assert_mem_eq (outputs[0].gradient, outputs[1].gradient, sizeof outputs[0].gradient);
}
END_TEST

static gpointer
share (gpointer network)
{
  return gbp_network_share_randomized (network, "block2_conv1", NULL);
}

/* Those that want one copy at the same time have one; another one takes its place, and it is gone with its last
 * user. */
START_TEST (shared)
{
  g_autoptr (GbpNetwork) network = new_network (), other = NULL;
  GbpNetwork *copies[4];
  GThread *threads[4];

  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("share", share, network);
  for (guint i = 0; i < 4; i++)
    copies[i] = g_thread_join (threads[i]);
  for (guint i = 0; i < 4; i++)
    ck_assert_ptr_eq (copies[i], copies[0]);
  ck_assert_ptr_eq (gbp_network_get_copy (network)->network, copies[0]);
  other = gbp_network_share_randomized (network, "block3_conv1", NULL);
  ck_assert_ptr_ne (other, copies[0]);
  for (guint i = 0; i < 4; i++)
    gbp_network_unref (copies[i]);
  ck_assert_ptr_eq (gbp_network_get_copy (network)->network, other);
  g_clear_pointer (&other, gbp_network_unref);
  ck_assert_ptr_null (gbp_network_get_copy (network)->network);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"over and back", over_and_back, 0},
      {"refusals", target_refusals, 0},
      {"shared", shared, 0},
  };
  guint32 state = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&state, 0, 256);
  return GBP_TEST_RUN ("randomize", tests);
}
