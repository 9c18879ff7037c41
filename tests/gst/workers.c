/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The workers, with a gate in the network's place. */
#include <math.h>

#include "../../gst/lead.h"
#include "../../gst/measure.h"

#include "gate.h"

/* Each worker computes at once, and every job comes back with its own map. */
START_TEST (test_all_at_once)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (4, 7);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (3, 1);
  guint seen = 0;

  gate_set (0);
  for (int i = 0; i < 7; i++)
    gate_push (workers, i, (guint8) (10 + i), target);
  gate_wait_for_inside (4);
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
  gate_set (-1);
  for (int i = 0; i < 7; i++) {
    int index;
    GstGbpJob *job = gate_collect (workers, &index);

    ck_assert_double_eq (job->gradient[0], 10 + index);
    ck_assert_double_eq (job->found.result.value, 10 + index);
    ck_assert_int_eq (job->found.result.channel, 3);
    ck_assert (job->error == NULL);
    seen |= 1u << index;
  }
  ck_assert_uint_eq (seen, (1u << 7) - 1);
  ck_assert_int_eq (gate.most_inside, 4);
  ck_assert_int_eq (gst_gbp_workers_collect (workers), -1);
}
END_TEST

/* Of images whose first class has the logit value / 100, against a second with 1: a change needs an advantage of
 * 0.41. */
static const struct {
  guint8 value;
  int expected;
} images[] = {{99, 1}, {101, 1}, {140, 1}, {141, 0}, {99, 0}, {60, 0}, {59, 1}, {100, 1}, {255, 0}};

START_TEST (test_lead)
{
  GstGbpLead lead = GST_GBP_LEAD_INIT;
  const double wrong[2] = {1, NAN};

  for (guint i = 0; i < G_N_ELEMENTS (images); i++) {
    const double logits[2] = {images[i].value / 100.0, 1};

    ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 1, logits, 2), (guint) images[i].expected);
  }
  ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 2, (double[]){1, 1.1}, 2), 1);
  ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 3, (double[]){1, 1}, 2), 0);
  ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 3, wrong, 2), 1);
  ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 3, (double[]){1, 1}, 2), 1);
  ck_assert_uint_eq (gst_gbp_lead_follow (&lead, 3, (double[]){1}, 1), 0);
}
END_TEST

static const struct {
  int n_memories, n_companions;
} memories[] = {{1000, 4}, {3, 3}, {2, 2}, {1, 1}};

/* Four images at once, or as many as there is memory for, go forward before the first one has chosen; however they
 * come, each follows the one before it, and none waits for the memory of one that waits for it. */
START_TEST (test_follows_in_order)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (4, G_N_ELEMENTS (images));
  g_autoptr (GstGbpSharedTarget) target = gate_make_top_target (1);

  gate.n_memories = memories[_i].n_memories;
  gate.n_companions = memories[_i].n_companions;
  for (guint i = 0; i < G_N_ELEMENTS (images); i++)
    gate_push (workers, (int) i, images[i].value, target);
  for (guint i = 0; i < G_N_ELEMENTS (images); i++) {
    int index;
    GstGbpJob *job = gate_collect (workers, &index);

    ck_assert_int_eq (job->found.result.class_index, images[index].expected);
  }
  gst_gbp_workers_reset_lead (workers);
  gate_push (workers, 0, 101, target);
  ck_assert_int_eq (gate_collect (workers, &(int){0})->found.result.class_index, 0);
}
END_TEST

/* One that fails, or that needs no choice, holds up none behind it. */
START_TEST (test_choice_ends)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (2, 4);
  g_autoptr (GstGbpSharedTarget) top = gate_make_top_target (1), fixed = gate_make_target (3, 2);
  int index;

  gate.fails = GBP_CHANNEL_ALL; /* the top target's */
  for (int i = 0; i < 4; i++)
    gate_push (workers, i, 1, i == 2 ? fixed : top);
  for (int i = 0; i < 4; i++) {
    GstGbpJob *job = gate_collect (workers, &index);

    ck_assert_int_eq (job->error == NULL, index == 2);
  }
}
END_TEST

/* A job that has not begun can be withdrawn, and one that has cannot. */
START_TEST (test_withdraw)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (1, 3);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  int index;

  gate_set (0);
  for (int i = 0; i < 3; i++)
    gate_push (workers, i, 1, target);
  gate_wait_for_inside (1);
  ck_assert (!gst_gbp_workers_withdraw (workers, 0));
  ck_assert (gst_gbp_workers_withdraw (workers, 1));
  ck_assert (!gst_gbp_workers_withdraw (workers, 1));
  gate_set (-1);
  gate_collect (workers, &index);
  ck_assert_int_eq (index, 0);
  gate_collect (workers, &index);
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
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (1, 1);

  gate.fails = 666;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GstGbpSharedTarget) target = gate_make_target (steps[i].channel, steps[i].number);
    int index;
    GstGbpJob *job;

    gate_push (workers, 0, 1, target);
    job = gate_collect (workers, &index);
    ck_assert_int_eq (gate.n_aimed, steps[i].n_aimed);
    ck_assert_int_eq (
        g_error_matches (job->error, GBP_ERROR, GBP_ERROR_CHANNEL), steps[i].channel == 666);
    ck_assert (job->error != NULL || job->found.result.channel == steps[i].channel);
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
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (1, 2);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  GThread *thread;
  int index;

  gate_set (0);
  gate_push (workers, 0, 1, target);
  thread = g_thread_new ("waiter", wait_in_vain, workers);
  gst_gbp_workers_set_flushing (workers, TRUE);
  ck_assert (g_thread_join (thread) == NULL);
  gst_gbp_workers_set_flushing (workers, FALSE);
  gate_set (-1);
  gate_collect (workers, &index);
}
END_TEST

/* What has begun ends, and no more begins: each of two workers is at one of five. */
START_TEST (test_stops_within_one_computation)
{
  GstGbpWorkers *workers = gate_make_workers (2, 5);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);

  gate_set (0);
  for (int i = 0; i < 5; i++)
    gate_push (workers, i, 1, target);
  gate_wait_for_inside (2);
  gst_gbp_workers_set_flushing (workers, TRUE);
  gate_set (-1);
  gst_gbp_workers_free (workers);
  ck_assert_int_eq (gate.n_computed, 2);
  ck_assert_int_eq (gate.n_computers, 0);
}
END_TEST

/* Of the computations of many images that have begun those for other targets are stopped, or by a flush all, and have
 * no map; one of one image has it all the same, and so have the next ones. */
START_TEST (test_stopped)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (2, 2);
  g_autoptr (GstGbpSharedTarget) one = gate_make_target (-1, 1), other = gate_make_target (-1, 2);
  gboolean is_flush = _i % 2;
  int index;

  gate_set (0);
  gate.is_of_many = _i < 2;
  gate_push (workers, 0, 1, one);
  gate_push (workers, 1, 1, other);
  gate_wait_for_inside (2);
  if (!is_flush) {
    gst_gbp_workers_stop_others (workers, other);
  } else {
    gst_gbp_workers_set_flushing (workers, TRUE);
    gst_gbp_workers_set_flushing (workers, FALSE);
  }
  gate_set (-1);
  for (guint i = 0; i < 2; i++) {
    GstGbpJob *job = gate_collect (workers, &index);

    ck_assert_int_eq (gst_gbp_job_has_map (job), !gate.is_of_many || (!is_flush && index == 1));
  }
  gate_push (workers, 0, 1, one);
  ck_assert (gst_gbp_job_has_map (gate_collect (workers, &index)));
}
END_TEST

/* Whoever lets the workers go does not wait for a computation that would not end; else the test runs out of time. */
START_TEST (test_endless)
{
  GstGbpWorkers *workers = gate_make_workers (1, 1);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);

  gate_set (0);
  gate_push (workers, 0, 1, target);
  gate_wait_for_inside (1);
  gate.is_endless = TRUE;
  gate_set (-1);
  gst_gbp_workers_free (workers);
  ck_assert_int_eq (gate.n_computers, 0);
}
END_TEST

/* Fewer than were wished for are enough, and none are not. */
START_TEST (test_fewer_workers)
{
  GstGbpWorkers *workers = gate_make_workers (1, 1);
  g_autoptr (GError) error = NULL;

  gst_gbp_workers_free (workers);
  gate.most_computers = 2;
  workers = gst_gbp_workers_new (4, 1, 4, &gate_computing, NULL, &error);
  ck_assert (workers != NULL && error == NULL);
  ck_assert_uint_eq (gst_gbp_workers_count (workers), 2);
  gst_gbp_workers_free (workers);
  gate.most_computers = 0;
  ck_assert (gst_gbp_workers_new (4, 1, 4, &gate_computing, NULL, &error) == NULL);
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_READ));
}
END_TEST

/* The memory of a map goes and comes. */
START_TEST (test_drop)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (1, 1);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);

  for (guint i = 0; i < 3; i++) {
    int index;

    gate_push (workers, 0, (guint8) (5 + i), target);
    ck_assert_double_eq (gate_collect (workers, &index)->gradient[0], 5 + i);
    gst_gbp_workers_drop (workers, 0);
    ck_assert (gst_gbp_workers_get_job (workers, 0)->gradient == NULL);
  }
}
END_TEST

START_TEST (test_measure)
{
  g_autoptr (GstGbpWorkers) workers = gate_make_workers (3, 4);
  g_autoptr (GstGbpSharedTarget) target = gate_make_target (-1, 1);
  g_autoptr (GstGbpSharedTarget) wrong = gate_make_target (7, 2);
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
      {"lead", test_lead, 0},
      {"follows in order", test_follows_in_order, G_N_ELEMENTS (memories)},
      {"choice ends", test_choice_ends, 0},
      {"withdraw", test_withdraw, 0},
      {"targets", test_targets, 0},
      {"flushing", test_flushing, 0},
      {"stops within one computation", test_stops_within_one_computation, 0},
      {"stopped", test_stopped, 4},
      {"endless", test_endless, 0},
      {"fewer workers", test_fewer_workers, 0},
      {"drop", test_drop, 0},
      {"measure", test_measure, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/workers", tests));
}
