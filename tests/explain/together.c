/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The images of a mean, of which several are computed at once: whoever computes which, not a bit is another one. */
#include <gbp/gbp.h>
#include <string.h>

#include "explain/average.h"
#include "explain/explanation.h"
#include "harness.h"
#include "network/demand.h"
#include "network/random_weights.h"

#define SIZE         GBP_TEST_SIZE
#define N_COMPONENTS (3 * SIZE * SIZE)
#define N_CROWD      4
#define N_REPEATS    (GBP_TEST_SANITIZED ? 1 : 3)

typedef float Map[N_COMPONENTS];

static guint8 image[N_COMPONENTS];

static GbpNetwork *
new_network (void)
{
  const guint widths[GBP_N_BLOCKS] = {3, 4, 4, 5, 6};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 255);
  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

static GbpExplanation *
new_explanation (GbpNetwork *network, guint threads, const GbpTarget *target)
{
  GbpExplanation *explanation = gbp_explanation_new (network, threads);
  GError *error = NULL;

  if (!gbp_explanation_set_target (explanation, target, &error))
    ck_abort_msg ("%s", error->message);
  return explanation;
}

static void
compute (GbpExplanation *explanation, float *map)
{
  memset (map, 255, sizeof (Map));
  gbp_explanation_compute (explanation, image, 3 * SIZE, map, NULL);
}

static const struct {
  GbpMethod method;
  guint samples, steps;
} means[] = {
    {GBP_METHOD_GUIDED, 5, 1},
    {GBP_METHOD_INTEGRATED_GRADIENTS, 2, 2},
    {GBP_METHOD_GUIDED, 9, 1},
    {GBP_METHOD_GUIDED_GRAD_CAM, 4, 1},
    {GBP_METHOD_INPUT_TIMES_GRADIENT, 2, 1},
    {GBP_METHOD_INTEGRATED_GRADIENTS, 1, 7},
};

#define N_MEANS (GBP_TEST_SANITIZED ? 2 : G_N_ELEMENTS (means))

static GbpTarget
make_target (guint mean)
{
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = "block1_conv2";
  target.method = means[mean].method;
  target.samples = means[mean].samples;
  target.steps = means[mean].steps;
  return target;
}

START_TEST (any_threads)
{
  static Map expected, found;
  static const guint threads[] = {2, 3, 8};
  g_autoptr (GbpNetwork) network = new_network ();
  GbpTarget target = make_target ((guint) _i);
  g_autoptr (GbpExplanation) alone = new_explanation (network, 1, &target);

  compute (alone, expected);
  for (guint i = GBP_TEST_SANITIZED; i < G_N_ELEMENTS (threads) - GBP_TEST_SANITIZED; i++) {
    g_autoptr (GbpExplanation) explanation = new_explanation (network, threads[i], &target);

    compute (explanation, found);
    ck_assert_mem_eq (found, expected, sizeof expected);
    compute (explanation, found);
    ck_assert_mem_eq (found, expected, sizeof expected);
  }
}
END_TEST

/* From one mean to another, and to none, the explanation being the same. */
START_TEST (one_after_another)
{
  static Map expected, found;
  g_autoptr (GbpNetwork) network = new_network ();
  GbpTarget first = make_target (0);
  g_autoptr (GbpExplanation) explanation = new_explanation (network, 4, &first);

  for (guint i = 0; i < 2 * N_MEANS; i++) {
    GbpTarget target = make_target (i / 2);
    g_autoptr (GbpExplanation) fresh = NULL;

    if (i % 2 == 1)
      target.samples = target.steps = 1;
    fresh = new_explanation (network, 1, &target);
    ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
    compute (explanation, found);
    compute (fresh, expected);
    ck_assert_mem_eq (found, expected, sizeof expected);
  }
}
END_TEST

typedef struct {
  GbpNetwork *network;
  const float *expected;
} Crowd;

static gpointer
compute_often (gpointer data)
{
  const Crowd *crowd = data;
  GbpTarget target = make_target (0);
  g_autoptr (GbpExplanation) explanation = new_explanation (crowd->network, 3, &target);
  g_autofree float *map = g_new (float, N_COMPONENTS);

  for (guint i = 0; i < N_REPEATS; i++) {
    compute (explanation, map);
    ck_assert_mem_eq (map, crowd->expected, sizeof (Map));
  }
  return NULL;
}

/* There are more members than blocks of memory, which they take from each other: nobody waits for ever. */
START_TEST (crowd)
{
  static Map expected;
  g_autoptr (GbpNetwork) network = new_network ();
  GbpTarget target = make_target (0);
  g_autoptr (GbpExplanation) alone = new_explanation (network, 1, &target);
  Crowd own = {network, expected};
  GThread *threads[N_CROWD];

  compute (alone, expected);
  for (guint i = 0; i < N_CROWD; i++)
    threads[i] = g_thread_new (NULL, compute_often, &own);
  for (guint i = 0; i < N_CROWD; i++)
    g_thread_join (threads[i]);
}
END_TEST

static const struct {
  guint threads, samples, steps;
  GbpMethod method;
  gsize n_bytes;
  guint members;
} counts[] = {
    {4, 50, 1, GBP_METHOD_GUIDED, 1000, 4},
    {8, 3, 1, GBP_METHOD_GUIDED, 1000, 3},
    {8, 3, 50, GBP_METHOD_GUIDED, 1000, 3},
    {8, 1, 50, GBP_METHOD_INTEGRATED_GRADIENTS, 1000, 8},
    {8, 50, 1, GBP_METHOD_GUIDED, GBP_DEMAND_MAX_FRAME / 5, 5},
    {8, 50, 1, GBP_METHOD_GUIDED, GBP_DEMAND_MAX_FRAME, 1},
    {1, 50, 1, GBP_METHOD_GUIDED, 1000, 1},
};

START_TEST (members)
{
  g_autoptr (GbpTeam) team = gbp_team_new (counts[_i].threads);
  GbpSelection selection = {
      .method = counts[_i].method, .samples = counts[_i].samples, .steps = counts[_i].steps};

  ck_assert_uint_eq (
      gbp_average_count_members (&selection, team, counts[_i].n_bytes), counts[_i].members);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"any threads", any_threads, N_MEANS},
      {"one after another", one_after_another, 0},
      {"crowd", crowd, 0},
      {"members", members, G_N_ELEMENTS (counts)},
  };

  return GBP_TEST_RUN ("together", tests);
}
