/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The workers, with a function in the network's place that the test opens gate by gate: no time passes. */
#include "../../gst/workers.h"

#include "support.h"

/* What the workers' threads and the test share.
 * @n_open: computations that may still begin; below 0: all
 * @n_inside, @most_inside: computations that wait for it or have it, now and at most
 * @fails: the channel of a target that cannot be prepared */
static struct {
  GMutex lock;
  GCond changed;
  int n_open;
  int n_inside;
  int most_inside;
  int n_computed;
  int n_aimed;
  int n_computers;
  int most_computers;
  int fails;
} gate;

typedef struct {
  int channel;
} Computer;

static gpointer
open_computer (gpointer data, guint threads, GError **error)
{
  if (gate.n_computers == gate.most_computers) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "no more");
    return NULL;
  }
  gate.n_computers++;
  return g_new0 (Computer, 1);
}

static void
close_computer (gpointer computer)
{
  gate.n_computers--;
  g_free (computer);
}

static gboolean
aim_computer (gpointer computer, const GbpTarget *target, GError **error)
{
  g_mutex_lock (&gate.lock);
  gate.n_aimed++;
  g_mutex_unlock (&gate.lock);
  if (target->channel == gate.fails) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_CHANNEL, "not this one");
    return FALSE;
  }
  ((Computer *) computer)->channel = target->channel;
  return TRUE;
}

static void
compute_map (gpointer computer, const guint8 *rgb, gsize stride, float *gradient, GbpResult *result)
{
  g_mutex_lock (&gate.lock);
  gate.n_inside++;
  gate.most_inside = MAX (gate.most_inside, gate.n_inside);
  g_cond_broadcast (&gate.changed);
  while (gate.n_open == 0)
    g_cond_wait (&gate.changed, &gate.lock);
  gate.n_open -= gate.n_open > 0;
  gate.n_inside--;
  gate.n_computed++;
  g_mutex_unlock (&gate.lock);
  gradient[0] = rgb[0];
  *result = (GbpResult){rgb[0], ((Computer *) computer)->channel};
}

static void
get_size (gpointer data, guint *height, guint *width)
{
  *height = *width = GBP_TEST_INPUT_SIZE;
}

static const GstGbpComputing computing = {
    open_computer, aim_computer, compute_map, close_computer, get_size};

static void
set_gate (int n_open)
{
  g_mutex_lock (&gate.lock);
  gate.n_open = n_open;
  g_cond_broadcast (&gate.changed);
  g_mutex_unlock (&gate.lock);
}

static void
wait_for_inside (int n)
{
  g_mutex_lock (&gate.lock);
  while (gate.n_inside < n)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

static GstGbpWorkers *
make_workers (guint n_workers, guint n_jobs)
{
  GstGbpWorkers *workers;

  gate.n_open = -1;
  gate.most_inside = gate.n_computed = gate.n_aimed = gate.n_computers = 0;
  gate.most_computers = gate.fails = 1000;
  workers = gst_gbp_workers_new (n_workers, 1, n_jobs, &computing, NULL, NULL);
  ck_assert (workers != NULL);
  ck_assert_uint_eq (gst_gbp_workers_count (workers), n_workers);
  return workers;
}

static GstGbpSharedTarget *
make_target (int channel, guint number)
{
  GbpTarget target = GBP_TARGET_INIT;

  target.channel = channel;
  return gst_gbp_shared_target_new (&target, number);
}

static void
push (GstGbpWorkers *workers, int index, guint8 value, GstGbpSharedTarget *target)
{
  GstVideoFrame *image = gst_gbp_image_get (&gst_gbp_workers_get_job (workers, index)->image);

  *(guint8 *) GST_VIDEO_FRAME_PLANE_DATA (image, 0) = value;
  gst_gbp_workers_push (workers, index, target);
}

static GstGbpJob *
collect (GstGbpWorkers *workers, int *index)
{
  ck_assert (gst_gbp_workers_wait (workers));
  *index = gst_gbp_workers_collect (workers);
  ck_assert_int_ge (*index, 0);
  return gst_gbp_workers_get_job (workers, *index);
}

/* Each worker computes at once, and every job comes back with its own map. */
START_TEST (test_all_at_once)
{
  g_autoptr (GstGbpWorkers) workers = make_workers (4, 7);
  g_autoptr (GstGbpSharedTarget) target = make_target (3, 1);
  guint seen = 0;

  set_gate (0);
  for (int i = 0; i < 7; i++)
    push (workers, i, (guint8) (10 + i), target);
  wait_for_inside (4);
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
  set_gate (-1);
  for (int i = 0; i < 7; i++) {
    int index;
    GstGbpJob *job = collect (workers, &index);

    ck_assert_double_eq (job->gradient[0], 10 + index);
    ck_assert_double_eq (job->result.value, 10 + index);
    ck_assert_int_eq (job->result.channel, 3);
    ck_assert (job->error == NULL);
    seen |= 1u << index;
  }
  ck_assert_uint_eq (seen, (1u << 7) - 1);
  ck_assert_int_eq (gate.most_inside, 4);
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
}
END_TEST

/* A job that has not begun can be withdrawn, and one that has cannot. */
START_TEST (test_withdraw)
{
  g_autoptr (GstGbpWorkers) workers = make_workers (1, 3);
  g_autoptr (GstGbpSharedTarget) target = make_target (-1, 1);
  int index;

  set_gate (0);
  for (int i = 0; i < 3; i++)
    push (workers, i, 1, target);
  wait_for_inside (1);
  ck_assert (!gst_gbp_workers_withdraw (workers, 0));
  ck_assert (gst_gbp_workers_withdraw (workers, 1));
  ck_assert (!gst_gbp_workers_withdraw (workers, 1));
  set_gate (-1);
  collect (workers, &index);
  ck_assert_int_eq (index, 0);
  collect (workers, &index);
  ck_assert_int_eq (index, 2);
  ck_assert_int_eq (gate.n_computed, 2);
}
END_TEST

/* Each worker prepares once for each target, and what cannot be prepared comes back with the reason. */
START_TEST (test_targets)
{
  static const struct {
    int channel;
    guint number;
    int n_aimed;
  } steps[] = {{1, 1, 1}, {1, 1, 1}, {2, 2, 2}, {666, 3, 3}, {666, 3, 4}, {2, 4, 5}, {2, 4, 5}};
  g_autoptr (GstGbpWorkers) workers = make_workers (1, 1);

  gate.fails = 666;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GstGbpSharedTarget) target = make_target (steps[i].channel, steps[i].number);
    int index;
    GstGbpJob *job;

    push (workers, 0, 1, target);
    job = collect (workers, &index);
    ck_assert_int_eq (gate.n_aimed, steps[i].n_aimed);
    ck_assert_int_eq (
        g_error_matches (job->error, GBP_ERROR, GBP_ERROR_CHANNEL), steps[i].channel == 666);
    ck_assert (job->error != NULL || job->result.channel == steps[i].channel);
  }
}
END_TEST

static gpointer
wait_in_vain (gpointer data)
{
  return GINT_TO_POINTER (gst_gbp_workers_wait (data));
}

/* A wait is cut short from another thread, and works again after it. */
START_TEST (test_flushing)
{
  g_autoptr (GstGbpWorkers) workers = make_workers (1, 2);
  g_autoptr (GstGbpSharedTarget) target = make_target (-1, 1);
  GThread *thread;
  int index;

  set_gate (0);
  push (workers, 0, 1, target);
  thread = g_thread_new ("waiter", wait_in_vain, workers);
  gst_gbp_workers_set_flushing (workers, TRUE);
  ck_assert (g_thread_join (thread) == NULL);
  gst_gbp_workers_set_flushing (workers, FALSE);
  set_gate (-1);
  collect (workers, &index);
}
END_TEST

/* What has begun ends, and no more begins: each of two workers is at one of five. */
START_TEST (test_stops_within_one_computation)
{
  GstGbpWorkers *workers = make_workers (2, 5);
  g_autoptr (GstGbpSharedTarget) target = make_target (-1, 1);

  set_gate (0);
  for (int i = 0; i < 5; i++)
    push (workers, i, 1, target);
  wait_for_inside (2);
  gst_gbp_workers_set_flushing (workers, TRUE);
  set_gate (-1);
  gst_gbp_workers_free (workers);
  ck_assert_int_eq (gate.n_computed, 2);
  ck_assert_int_eq (gate.n_computers, 0);
}
END_TEST

/* Fewer than were wished for are enough, and none are not. */
START_TEST (test_fewer_workers)
{
  GstGbpWorkers *workers = make_workers (1, 1);
  g_autoptr (GError) error = NULL;

  gst_gbp_workers_free (workers);
  gate.most_computers = 2;
  workers = gst_gbp_workers_new (4, 1, 4, &computing, NULL, &error);
  ck_assert (workers != NULL && error == NULL);
  ck_assert_uint_eq (gst_gbp_workers_count (workers), 2);
  gst_gbp_workers_free (workers);
  gate.most_computers = 0;
  ck_assert (gst_gbp_workers_new (4, 1, 4, &computing, NULL, &error) == NULL);
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_READ));
}
END_TEST

START_TEST (test_measure)
{
  g_autoptr (GstGbpWorkers) workers = make_workers (3, 4);
  g_autoptr (GstGbpSharedTarget) target = make_target (-1, 1);
  g_autoptr (GstGbpSharedTarget) wrong = make_target (7, 2);
  g_autoptr (GError) error = NULL;
  GstClockTime spent;

  ck_assert (gst_gbp_workers_measure (workers, target, &spent, &error));
  ck_assert (GST_CLOCK_TIME_IS_VALID (spent));
  ck_assert_int_eq (gate.n_computed, 6);
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
  gate.fails = 7;
  ck_assert (!gst_gbp_workers_measure (workers, wrong, &spent, &error));
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CHANNEL));
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  gbp_error_quark (); /* GLib guards the names of quarks by a lock that the thread sanitizer does not see */
  const GbpTest tests[] = {
      {"all at once", test_all_at_once, 0},
      {"withdraw", test_withdraw, 0},
      {"targets", test_targets, 0},
      {"flushing", test_flushing, 0},
      {"stops within one computation", test_stops_within_one_computation, 0},
      {"fewer workers", test_fewer_workers, 0},
      {"measure", test_measure, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/workers", tests));
}
