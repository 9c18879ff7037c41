/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The figures of time, and how threads are divided by them. */
#include "../../gst/division.h"
#include "../../gst/timing.h"

#include "harness.h"

#define MS GST_MSECOND

static void
add_times (GstGbpTiming *timing, guint n, GstClockTime spent)
{
  for (guint i = 0; i < n; i++)
    gst_gbp_timing_add (timing, spent);
}

START_TEST (test_figures)
{
  GstGbpTiming timing = {0};

  ck_assert_uint_eq (gst_gbp_timing_get_mean (&timing), 0);
  ck_assert_uint_eq (gst_gbp_timing_get_last (&timing), 0);
  ck_assert_uint_eq (gst_gbp_timing_get_percentile (&timing, 95), 0);
  for (guint i = 20; i > 0; i--)
    gst_gbp_timing_add (&timing, i * MS);
  ck_assert_uint_eq (gst_gbp_timing_get_last (&timing), MS);
  ck_assert_uint_eq (gst_gbp_timing_get_mean (&timing), 10500 * GST_USECOND);
  ck_assert_uint_eq (gst_gbp_timing_get_percentile (&timing, 95), 19 * MS);
  ck_assert_uint_eq (gst_gbp_timing_get_percentile (&timing, 100), 20 * MS);
  ck_assert_uint_eq (gst_gbp_timing_get_percentile (&timing, 1), 1 * MS);
  /* the window is full of new ones */
  add_times (&timing, GST_GBP_TIMING_WINDOW, 3 * MS);
  ck_assert_uint_eq (gst_gbp_timing_get_percentile (&timing, 100), 3 * MS);
}
END_TEST

/* What is answered covers the computation, where a frame waits for it. */
START_TEST (test_latency)
{
  static const struct {
    gboolean is_immediate;
    guint computing_ms, outside_ms, latency_ms;
  } cases[] = {{FALSE, 80, 8, 110}, {FALSE, 80, 0, 110}, {FALSE, 80, 16, 120}, {TRUE, 80, 12, 15},
      {TRUE, 80, 1, 10}};
  GstGbpTiming timing = {0};
  gboolean is_immediate = cases[_i].is_immediate;

  add_times (&timing, 3, cases[_i].computing_ms * MS);
  for (guint i = 0; i < 200; i++)
    gst_gbp_timing_add_outside (&timing, cases[_i].outside_ms * MS);
  ck_assert (gst_gbp_timing_update (&timing, is_immediate));
  ck_assert (!gst_gbp_timing_update (&timing, is_immediate));
  ck_assert_uint_eq (timing.reported, gst_gbp_timing_get_latency (&timing, is_immediate));
  ck_assert_double_eq_tol ((double) timing.reported, (double) (cases[_i].latency_ms * MS), 1000);
}
END_TEST

/* It is answered anew when it changes by a quarter, and stays while new averages begin. */
START_TEST (test_latency_changes)
{
  GstGbpTiming timing = {0};

  add_times (&timing, 1, 72 * MS);
  ck_assert (gst_gbp_timing_update (&timing, FALSE));
  ck_assert_uint_eq (timing.reported, 100 * MS);
  gst_gbp_timing_reset (&timing);
  ck_assert (!gst_gbp_timing_update (&timing, FALSE));
  ck_assert_uint_eq (timing.reported, 100 * MS);
  add_times (&timing, 1, 92 * MS);
  ck_assert (!gst_gbp_timing_update (&timing, FALSE));
  gst_gbp_timing_reset (&timing);
  add_times (&timing, 1, 93 * MS);
  ck_assert (gst_gbp_timing_update (&timing, FALSE));
  gst_gbp_timing_reset (&timing);
  add_times (&timing, 1, 50 * MS);
  ck_assert (gst_gbp_timing_update (&timing, FALSE));
  ck_assert_uint_eq (timing.reported, 72500 * GST_USECOND);
}
END_TEST

START_TEST (test_lateness)
{
  static const struct {
    guint age_ms;
    gint since_ms;
    guint n_workers;
    gboolean is_late;
  } cases[] = {
      {0, 33, 1, FALSE},
      {75, 33, 1, FALSE},
      {76, 33, 1, TRUE},
      {76, 200, 1, FALSE}, /* time to have one again */
      {76, 199, 1, TRUE},
      {76, 100, 2, FALSE}, /* which is there twice as soon */
      {76, -33, 1, FALSE},
  };
  GstGbpTiming timing = {0};

  timing.reported = 125 * MS;
  ck_assert (!gst_gbp_timing_is_late (&timing, 50 * MS, GST_SECOND, 0, 1)); /* nothing measured */
  add_times (&timing, 1, 100 * MS);
  ck_assert (!gst_gbp_timing_is_late (&timing, 50 * MS, GST_CLOCK_TIME_NONE, 0, 1));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    ck_assert_msg (gst_gbp_timing_is_late (&timing, 50 * MS, cases[i].age_ms * MS,
                       cases[i].since_ms * (GstClockTimeDiff) MS, cases[i].n_workers)
                       == cases[i].is_late,
        "case %u", i);
}
END_TEST

#define GIB (G_GUINT64_CONSTANT (1) << 30)

/* The times are those of VGG19 and of the built-in network on a machine of 16 cores, and of two cores that
 * other programs use too. */
static const struct {
  const char *what;
  GstGbpDemand demand;
  guint workers, threads;
} divisions[] = {
    {"file, 1 core", {.cores = 1}, 1, 1},
    {"file, 2 cores", {.cores = 2}, 2, 1},
    {"file, 4 cores", {.cores = 4}, 4, 1},
    {"file, 8 cores", {.cores = 8}, 8, 1},
    {"file, 16 cores", {.cores = 16, .single = 245 * MS, .full = 42 * MS}, 16, 1},
    {"file, 16 cores, built in", {.cores = 16, .single = 30 * MS, .full = 14 * MS}, 16, 1},
    {"file, busy", {.cores = 2, .single = 52 * MS, .full = 117 * MS}, 2, 1},
    {"file, shared weights", {.cores = 2, .single = 100 * MS, .full = 40 * MS}, 1, 2},
    {"file, 3 threads", {.cores = 16, .threads = 3}, 3, 1},
    {"file, little memory", {.cores = 16, .worker_size = GIB, .free_memory = 7 * GIB}, 4, 4},
    {"file, no memory", {.cores = 4, .worker_size = GIB, .free_memory = GIB}, 1, 4},
    {"as wanted", {.cores = 16, .workers = 3}, 3, 5},
    {"more than there are threads", {.cores = 2, .workers = 4}, 2, 1},
    {"as wanted, live", {.cores = 4, .workers = 2, .is_live = TRUE}, 2, 2},
    {"file, means", {.cores = 16, .images = 50}, 1, 16},
    {"file, means of few", {.cores = 16, .images = 8}, 16, 1},
    {"file, means, as wanted", {.cores = 16, .images = 50, .workers = 4}, 4, 4},
    {"file, 1 core, means", {.cores = 1, .images = 1}, 1, 1},
    {"live, one keeps up",
        {.cores = 16,
            .is_live = TRUE,
            .single = 30 * MS,
            .full = 14 * MS,
            .frame_interval = 33 * MS},
        1, 16},
    {"live, two keep up",
        {.cores = 16,
            .is_live = TRUE,
            .single = 245 * MS,
            .full = 42 * MS,
            .frame_interval = 33 * MS},
        2, 8},
    {"live, none keeps up",
        {.cores = 2,
            .is_live = TRUE,
            .single = 107 * MS,
            .full = 59 * MS,
            .frame_interval = 33 * MS},
        2, 1},
    {"live, no pace", {.cores = 4, .is_live = TRUE, .single = 100 * MS, .full = 30 * MS}, 1, 4},
    {"live, not measured", {.cores = 4, .is_live = TRUE, .frame_interval = 33 * MS}, 1, 4},
    {"latest, 1 core", {.cores = 1, .is_live = TRUE, .is_immediate = TRUE}, 1, 1},
    {"latest, 2 cores",
        {.cores = 2, .is_live = TRUE, .is_immediate = TRUE, .single = 107 * MS, .full = 59 * MS}, 1,
        2},
    {"latest, as wanted", {.cores = 4, .is_immediate = TRUE, .workers = 4}, 1, 4},
    {"no cores known", {.cores = 0}, 1, 1},
};

START_TEST (test_division)
{
  GstGbpDivision division = gst_gbp_division_choose (&divisions[_i].demand);

  ck_assert_msg (
      division.workers == divisions[_i].workers && division.threads == divisions[_i].threads,
      "%s: %u × %u", divisions[_i].what, division.workers, division.threads);
}
END_TEST

START_TEST (test_prediction)
{
  GstGbpDemand demand = {.cores = 4, .single = 100 * MS, .full = 40 * MS};

  ck_assert_uint_eq (gst_gbp_division_predict (&demand, 1), 100 * MS);
  ck_assert_uint_eq (gst_gbp_division_predict (&demand, 2), 60 * MS);
  ck_assert_uint_eq (gst_gbp_division_predict (&demand, 4), 40 * MS);
  demand.full = 0;
  ck_assert_uint_eq (gst_gbp_division_predict (&demand, 2), 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"figures", test_figures, 0},
      {"latency", test_latency, 5},
      {"latency changes", test_latency_changes, 0},
      {"lateness", test_lateness, 0},
      {"division", test_division, G_N_ELEMENTS (divisions)},
      {"prediction", test_prediction, 0},
  };

  return GBP_TEST_RUN ("gst/timing", tests);
}
