/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A host forks while others of its threads compute and prepare: the child can do everything itself. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "network/random_weights.h"

#define N_FORKS      20
#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)
#define HANGS_AFTER  60 /* seconds */

static guint8 image[N_COMPONENTS];
static float expected[N_COMPONENTS], gradient[N_COMPONENTS];
static gint is_over; /* atomic */

static const GbpTarget early = {.layer = "block1_conv2",
    .method = GBP_METHOD_GUIDED,
    .channel = -1,
    .unit_x = -1,
    .unit_y = -1,
    .class_index = GBP_CLASS_NONE};
static const GbpTarget late = {.layer = "block2_conv2",
    .method = GBP_METHOD_GUIDED,
    .channel = -1,
    .unit_x = -1,
    .unit_y = -1,
    .class_index = GBP_CLASS_NONE};

static GbpNetwork *
new_network (void)
{
  const guint widths[GBP_N_BLOCKS] = {8, 8, 16, 16, 16};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

static void
explain (GbpExplanation *explanation, float *to)
{
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, to, NULL);
}

static gpointer
keep_computing (gpointer explanation)
{
  static float unused[N_COMPONENTS];

  while (!g_atomic_int_get (&is_over))
    explain (explanation, unused);
  return NULL;
}

/* Prepares weights, and takes and leaves what explanations share. */
static gpointer
keep_planning (gpointer network)
{
  while (!g_atomic_int_get (&is_over)) {
    g_autoptr (GbpNetwork) fresh = new_network ();
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
    g_autoptr (GbpExplanation) other = gbp_explanation_new (fresh, 2);

    gbp_explanation_set_target (explanation, &late, NULL);
    gbp_explanation_set_target (other, &late, NULL);
  }
  return NULL;
}

/* @own: nobody else's; @others: with which a thread was computing, that is not here
 * Returns: which step went wrong; 0 if none did */
static int
live_on (GbpNetwork *network, GbpExplanation *own, GbpExplanation *others)
{
  explain (own, gradient);
  if (memcmp (gradient, expected, sizeof expected) != 0)
    return 1;
  explain (others, gradient);
  if (memcmp (gradient, expected, sizeof expected) != 0)
    return 2;
  if (!gbp_explanation_set_target (others, &late, NULL))
    return 3;
  explain (others, gradient);
  gbp_explanation_free (others);
  gbp_explanation_free (own);
  own = gbp_explanation_new (network, 2);
  if (own == NULL || !gbp_explanation_set_target (own, &early, NULL))
    return 4;
  explain (own, gradient);
  if (memcmp (gradient, expected, sizeof expected) != 0)
    return 5;
  gbp_explanation_free (own);
  return 0;
}

static int
fork_once (GbpNetwork *network, GbpExplanation *own, GbpExplanation *others)
{
  int status;
  pid_t child = fork ();

  ck_assert_int_ge (child, 0);
  if (child == 0) {
    alarm (HANGS_AFTER);
    _exit (live_on (network, own, others));
  }
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  return status;
}

START_TEST (children)
{
  g_autoptr (GbpNetwork) network = new_network ();
  g_autoptr (GbpExplanation) own = gbp_explanation_new (network, 2);
  g_autoptr (GbpExplanation) others = gbp_explanation_new (network, 2);
  GThread *threads[2];
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
  ck_assert (gbp_explanation_set_target (own, &early, NULL));
  ck_assert (gbp_explanation_set_target (others, &early, NULL));
  explain (own, expected);
  threads[0] = g_thread_new ("compute", keep_computing, others);
  threads[1] = g_thread_new ("plan", keep_planning, network);
  for (guint i = 0; i < N_FORKS; i++) {
    g_usleep (1000 * (i % 7));
    ck_assert_int_eq (fork_once (network, own, others), 0);
  }
  g_atomic_int_set (&is_over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  explain (own, gradient);
  ck_assert_mem_eq (gradient, expected, sizeof gradient);
  printf ("%d children computed\n", N_FORKS);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"children", children, 1},
  };

  if (GBP_TEST_SANITIZED)
    return gbp_test_skip (GBP_TEST_NO_FORK);
  return GBP_TEST_RUN ("fork", tests);
}
