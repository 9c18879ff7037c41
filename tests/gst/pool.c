/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The threads that many elements share, with a gate in the network's place. */
#include "../../gst/pool.h"

#include "gate.h"

/* How many threads may still be started, and how many were. */
static struct {
  gint n_allowed, n_started;
} threads = {G_MAXINT, 0};

GThread *__wrap_g_thread_try_new (const char *name, GThreadFunc run, gpointer data, GError **error);
GThread *__real_g_thread_try_new (const char *name, GThreadFunc run, gpointer data, GError **error);

GThread *
__wrap_g_thread_try_new (const char *name, GThreadFunc run, gpointer data, GError **error)
{
  if (g_atomic_int_add (&threads.n_started, 1) < g_atomic_int_get (&threads.n_allowed))
    return __real_g_thread_try_new (name, run, data, error);
  g_set_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "no more");
  return NULL;
}

static void
allow_threads (gint n)
{
  g_atomic_int_set (&threads.n_allowed, n);
  g_atomic_int_set (&threads.n_started, 0);
}

/* With fewer threads than were wished for all is computed, and without any there are no workers. */
START_TEST (test_fewer_threads)
{
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  g_autoptr (GError) error = NULL;
  GstGbpWorkers *workers;

  allow_threads (1 + _i);
  workers = gate_make_workers (4, 7);
  for (int i = 0; i < 7; i++)
    gate_push (workers, i, 1, target);
  for (int i = 0; i < 7; i++) {
    int index;

    gate_collect (workers, &index);
  }
  ck_assert_int_le (gate.most_inside, 1 + _i);
  gst_gbp_workers_free (workers);
  allow_threads (0);
  ck_assert (gst_gbp_workers_new (4, 1, 4, &gate_computing, NULL, &error) == NULL);
  ck_assert (g_error_matches (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN));
  ck_assert_int_eq (gate.n_computers, 0);
}
END_TEST

/* Of many elements as many compute at once as there are CPUs, each in its turn, in as many threads; and those begin
 * when they are needed. */
START_TEST (test_many)
{
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  GstGbpWorkers *all[20];
  int index;

  allow_threads (G_MAXINT);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    all[i] = gate_make_workers (1, 2);
  ck_assert_int_eq (threads.n_started, 1);
  gate_set (0);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (int k = 0; k < 2; k++)
      gate_push (all[i], k, (guint8) i, target);
  gate_wait_for_inside (GATE_CPUS);
  ck_assert (gst_gbp_pool_is_crowded ());
  gate_set (-1);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (int k = 0; k < 2; k++)
      ck_assert_double_eq (gate_collect (all[i], &index)->gradient[0], i);
  ck_assert (!gst_gbp_pool_is_crowded ());
  ck_assert_int_eq (gate.most_inside, GATE_CPUS);
  ck_assert_int_eq (threads.n_started, GATE_CPUS);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    gst_gbp_workers_free (all[i]);
}
END_TEST

/* An element that stops while others compute waits for its own computation alone. */
START_TEST (test_stops_beside_others)
{
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  GstGbpWorkers *others = gate_make_workers (2, 2), *workers = gate_make_workers (1, 1);
  int index;

  gate_set (0);
  gate_push (others, 0, 1, target);
  gate_push (others, 1, 1, target);
  gate_wait_for_inside (2);
  gate_push (workers, 0, 1, target);
  gst_gbp_workers_free (workers);
  gate_set (-1);
  gate_collect (others, &index);
  gate_collect (others, &index);
  gst_gbp_workers_free (others);
  ck_assert_int_eq (gate.n_computed, 2);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"fewer threads", test_fewer_threads, 2},
      {"many", test_many, 0},
      {"stops beside others", test_stops_beside_others, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/pool", tests));
}
