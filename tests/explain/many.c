/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two hundred explanations in one process, as in a host with as many filters: threads and memory are shared. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "network/random_weights.h"

#define N_EXPLANATIONS (GBP_TEST_SANITIZED ? 6 : 200)
#define N_FRAMES       1
#define N_COMPONENTS   (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)
#define MAX_MEGABYTES  300

static guint8 image[N_COMPONENTS];
static float expected[N_COMPONENTS];
static gint n_running, n_wrong; /* atomic */

/* The process' threads whose names begin with "gbp-". */
static guint
count_helpers (void)
{
  GDir *threads = g_dir_open ("/proc/self/task", 0, NULL);
  const char *thread;
  guint n = 0;

  ck_assert_ptr_nonnull (threads);
  while ((thread = g_dir_read_name (threads)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc/self/task", thread, "comm", NULL);
    g_autofree char *name = NULL;

    n += g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, "gbp-");
  }
  g_dir_close (threads);
  return n;
}

static guint
count_megabytes (void)
{
  g_autofree char *text = NULL;

  ck_assert (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return (guint) (g_ascii_strtoull (strchr (text, ' '), NULL, 10) * (guint64) sysconf (_SC_PAGESIZE)
                  / 1000000);
}

static GbpExplanation *
new_explanation (GbpNetwork *network, const char *layer)
{
  GbpTarget target = {.layer = layer,
      .method = GBP_METHOD_GUIDED,
      .channel = -1,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};
  GbpExplanation *explanation = gbp_explanation_new (network, 0);

  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  return explanation;
}

static void
explain (GbpExplanation *explanation, float *gradient)
{
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, gradient, NULL);
}

/* The built-in network; under a sanitizer a narrow one, whose threads are the same and whose maps take minutes less. */
static GbpNetwork *
set_up (void)
{
  const guint widths[GBP_N_BLOCKS] = {6, 6, 12, 12, 12};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
  if (!GBP_TEST_SANITIZED)
    return gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG19, widths, 0, 0, 1);
  return gbp_network_new_take (&weights, NULL);
}

static gpointer
explain_in_thread (gpointer data)
{
  g_autofree float *gradient = g_new (float, N_COMPONENTS);

  for (guint i = 0; i < N_FRAMES; i++) {
    explain (data, gradient);
    if (memcmp (gradient, expected, sizeof expected) != 0)
      g_atomic_int_inc (&n_wrong);
  }
  g_atomic_int_dec_and_test (&n_running);
  return NULL;
}

START_TEST (share)
{
  g_autoptr (GbpNetwork) network = set_up ();
  GbpExplanation *explanations[N_EXPLANATIONS];
  GThread *threads[N_EXPLANATIONS];
  guint n_helpers = 0, n_megabytes;

  for (guint i = 0; i < N_EXPLANATIONS; i++)
    explanations[i] = new_explanation (network, "block1_conv2");
  explain (explanations[0], expected);
  n_helpers = count_helpers ();
  ck_assert_uint_eq (n_helpers, 1); /* of two CPUs */
  g_atomic_int_set (&n_running, N_EXPLANATIONS);
  for (guint i = 0; i < N_EXPLANATIONS; i++)
    threads[i] = g_thread_new ("host", explain_in_thread, explanations[i]);
  while (g_atomic_int_get (&n_running) > 0) {
    guint n_now = count_helpers (); /* once: MAX() would count twice, and one may end in between */

    n_helpers = MAX (n_helpers, n_now);
    g_usleep (10000);
  }
  for (guint i = 0; i < N_EXPLANATIONS; i++)
    g_thread_join (threads[i]);
  n_megabytes = count_megabytes ();
  printf ("%d explanations: %u helper threads, %u MB\n", N_EXPLANATIONS, n_helpers, n_megabytes);
  ck_assert_int_eq (n_wrong, 0);
  ck_assert_uint_eq (n_helpers, 1);
  if (!GBP_TEST_SANITIZED)
    ck_assert_uint_lt (n_megabytes, MAX_MEGABYTES);
  for (guint i = 0; i < N_EXPLANATIONS; i++)
    gbp_explanation_free (explanations[i]);
  ck_assert_uint_eq (count_helpers (), 0);
}
END_TEST

/* There is none before it is needed, nor long after. */
START_TEST (helpers_come_and_go)
{
  g_autoptr (GbpNetwork) network = set_up ();
  g_autoptr (GbpExplanation) explanation = NULL;

  ck_assert_uint_eq (count_helpers (), 0);
  explanation = new_explanation (network, "block1_conv2");
  for (guint round = 0; round < 2; round++) {
    explain (explanation, expected);
    ck_assert_uint_eq (count_helpers (), 1);
    for (guint i = 0; i < 100 && count_helpers () > 0; i++)
      g_usleep (100000);
    ck_assert_uint_eq (count_helpers (), 0);
  }
}
END_TEST

typedef struct {
  GbpNetwork *network;
  guint number;
} Change;

static gpointer
change_targets (gpointer data)
{
  const char *layers[] = {"block1_conv1", "block2_conv2", "block1_pool", "block3_conv1"};
  Change *change = data;
  g_autofree float *gradient = g_new (float, N_COMPONENTS);

  for (guint i = 0; i < (GBP_TEST_SANITIZED ? 2 : 6); i++) {
    g_autoptr (GbpExplanation) explanation =
        new_explanation (change->network, layers[(change->number + i) % 4]);

    explain (explanation, gradient);
  }
  return NULL;
}

/* Explanations come, compute and go in several threads at once, some at one layer and some at others. */
START_TEST (coming_and_going)
{
  g_autoptr (GbpNetwork) network = set_up ();
  GThread *threads[8];
  Change changes[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    changes[i] = (Change){network, i / 2};
    threads[i] = g_thread_new ("host", change_targets, &changes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  ck_assert_uint_eq (count_helpers (), 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"share", share, 1},
      {"helpers come and go", helpers_come_and_go, 1},
      {"coming and going", coming_and_going, 1},
  };

  return GBP_TEST_RUN ("many", tests);
}
