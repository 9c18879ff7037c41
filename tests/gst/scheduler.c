/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scheduler, with a clock and computations that the test drives. */
#include "../../gst/scheduler.h"

#include "harness.h"

#define EVERY  GST_GBP_SCHEDULE_EVERY_FRAME
#define LATEST GST_GBP_SCHEDULE_LATEST
#define NO_MAP GST_GBP_NO_MAP

static const GstGbpFrame plain = {.interval = 1, .wants_map = TRUE, .target = 1};

/* Brings a frame that is to be computed, and expects it to be asked for.
 * Returns: its map */
static int
bring (GstGbpScheduler *scheduler, GstGbpFrame frame)
{
  int place = gst_gbp_scheduler_begin (scheduler, &frame);
  GstGbpOrder order = gst_gbp_scheduler_add (scheduler, FALSE);

  ck_assert_int_ne (place, NO_MAP);
  ck_assert_int_eq (order.compute, place);
  if (order.withdraw != NO_MAP)
    gst_gbp_scheduler_withdraw (scheduler, order.withdraw);
  return place;
}

/* Brings a frame that is not to be computed. */
static void
bring_uncomputed (GstGbpScheduler *scheduler, GstGbpFrame frame)
{
  GstGbpOrder order;

  ck_assert_int_eq (gst_gbp_scheduler_begin (scheduler, &frame), NO_MAP);
  order = gst_gbp_scheduler_add (scheduler, FALSE);
  ck_assert (order.compute == NO_MAP && order.withdraw == NO_MAP);
}

static void
finish (GstGbpScheduler *scheduler, int map)
{
  gst_gbp_scheduler_finish (scheduler, map, FALSE, 100 * GST_MSECOND);
}

static void
expect_out (GstGbpScheduler *scheduler, guint64 number, int map, GstGbpOrigin origin)
{
  GstGbpShown shown;

  ck_assert_int_eq (gst_gbp_scheduler_pop (scheduler, FALSE, &shown), GST_GBP_OUT);
  ck_assert_uint_eq (shown.number, number);
  ck_assert_int_eq (shown.map, map);
  ck_assert_int_eq (shown.origin, origin);
}

static void
expect_turn (GstGbpScheduler *scheduler, gboolean is_draining, GstGbpTurn turn)
{
  GstGbpShown shown;

  ck_assert_int_eq (gst_gbp_scheduler_pop (scheduler, is_draining, &shown), turn);
}

/* One worker at the latest map of 30 frames a second: all go out at once, and each but the first shows a
 * map that is no older than two computations, and a frame where they do not end with one. */
START_TEST (test_latest_is_on_time)
{
  static const guint times_ms[] = {100, 1, 10, 33, 34, 50, 110, 333, 1000};
  GstClockTime each = times_ms[_i] * GST_MSECOND, ends = 0, oldest = 0;
  GstClockTime spare = times_ms[_i] == 100 ? 0 : GST_SECOND / 30;
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (LATEST, 1, 1);
  int running = NO_MAP, waiting = NO_MAP;

  for (guint i = 0; i < 300; i++) {
    GstGbpFrame frame = plain;
    GstGbpShown shown;

    frame.time = i * GST_SECOND / 30;
    for (; running != NO_MAP && ends <= frame.time; ends += each) {
      gst_gbp_scheduler_finish (scheduler, running, FALSE, each);
      running = waiting;
      waiting = NO_MAP;
    }
    waiting = bring (scheduler, frame);
    if (running == NO_MAP) {
      running = waiting;
      waiting = NO_MAP;
      ends = frame.time + each;
    }
    ck_assert_int_eq (gst_gbp_scheduler_pop (scheduler, FALSE, &shown), GST_GBP_OUT);
    ck_assert_uint_eq (shown.number, i);
    ck_assert_int_eq (shown.map != NO_MAP, frame.time >= each);
    oldest = shown.map != NO_MAP ? MAX (oldest, shown.age) : oldest;
    expect_turn (scheduler, TRUE, GST_GBP_NOTHING);
  }
  ck_assert_msg (oldest <= 2 * each + spare, "%u ms: a map is %g ms old", times_ms[_i],
      (double) oldest / GST_MSECOND);
  ck_assert_uint_eq (gst_gbp_scheduler_get_counts (scheduler)->late, 0);
  ck_assert_uint_eq (gst_gbp_scheduler_get_counts (scheduler)->out, 300);
}
END_TEST

/* With one worker and one frame held, each waits for its own map: one at a time. */
START_TEST (test_one_at_a_time)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 1, 1);

  for (guint i = 0; i < 5; i++) {
    int map = bring (scheduler, plain);

    expect_turn (scheduler, FALSE, GST_GBP_WAIT);
    finish (scheduler, map);
    expect_out (scheduler, i, map, GST_GBP_ORIGIN_OWN);
    expect_turn (scheduler, TRUE, GST_GBP_NOTHING);
  }
}
END_TEST

/* The oldest goes out when its map is there, and is waited for when as many are held as may be. */
START_TEST (test_frames_in_flight)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 3, 2);
  int maps[4];

  maps[0] = bring (scheduler, plain);
  expect_turn (scheduler, FALSE, GST_GBP_NOTHING);
  expect_turn (scheduler, TRUE, GST_GBP_WAIT);
  maps[1] = bring (scheduler, plain);
  finish (scheduler, maps[1]);
  expect_turn (scheduler, FALSE, GST_GBP_NOTHING);
  maps[2] = bring (scheduler, plain);
  expect_turn (scheduler, FALSE, GST_GBP_WAIT);
  finish (scheduler, maps[0]);
  expect_out (scheduler, 0, maps[0], GST_GBP_ORIGIN_OWN);
  expect_out (scheduler, 1, maps[1], GST_GBP_ORIGIN_OWN);
  expect_turn (scheduler, FALSE, GST_GBP_NOTHING);
  finish (scheduler, maps[2]);
  expect_out (scheduler, 2, maps[2], GST_GBP_ORIGIN_OWN);
  expect_turn (scheduler, TRUE, GST_GBP_NOTHING);
}
END_TEST

/* A frame like the last one waits for the computation that has begun, and none is asked for it. */
START_TEST (test_equal_frames)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 3, 2);
  GstGbpFrame other = plain;
  int map = bring (scheduler, plain);

  ck_assert_int_ne (gst_gbp_scheduler_begin (scheduler, &plain), NO_MAP);
  ck_assert_int_eq (gst_gbp_scheduler_get_equal (scheduler), map);
  ck_assert_int_eq (gst_gbp_scheduler_add (scheduler, TRUE).compute, NO_MAP);
  expect_turn (scheduler, TRUE, GST_GBP_WAIT);
  finish (scheduler, map);
  expect_out (scheduler, 0, map, GST_GBP_ORIGIN_OWN);
  expect_out (scheduler, 1, map, GST_GBP_ORIGIN_EQUAL);
  other.target = 2;
  gst_gbp_scheduler_begin (scheduler, &other);
  ck_assert_int_eq (gst_gbp_scheduler_get_equal (scheduler), NO_MAP);
}
END_TEST

/* Every third frame is computed, and one whose target is new. */
START_TEST (test_interval)
{
  static const struct {
    guint target;
    GstGbpHold hold;
    GstGbpOrigin origin;
  } steps[] = {
      {1, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_OWN},
      {1, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_HELD},
      {1, GST_GBP_HOLD_BLANK, GST_GBP_ORIGIN_BLANK},
      {1, GST_GBP_HOLD_BLANK, GST_GBP_ORIGIN_OWN},
      {1, GST_GBP_HOLD_BLANK, GST_GBP_ORIGIN_BLANK},
      {2, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_OWN},
      {2, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_HELD},
      {2, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_HELD},
      {2, GST_GBP_HOLD_HOLD, GST_GBP_ORIGIN_OWN},
  };
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 1, 1);
  int map = NO_MAP;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    GstGbpFrame frame = plain;

    frame.target = steps[i].target;
    frame.hold = steps[i].hold;
    frame.interval = 3;
    if (steps[i].origin == GST_GBP_ORIGIN_OWN)
      finish (scheduler, map = bring (scheduler, frame));
    else
      bring_uncomputed (scheduler, frame);
    expect_out (
        scheduler, i, steps[i].origin == GST_GBP_ORIGIN_BLANK ? NO_MAP : map, steps[i].origin);
  }
}
END_TEST

/* A late frame passes with the map of the frame before it; without one, it is computed. One that wants no
 * map keeps its place in the row. */
START_TEST (test_late_and_untouched)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 4, 2);
  GstGbpFrame late = plain, untouched = plain;
  int map;

  late.is_late = TRUE;
  untouched.wants_map = FALSE;
  map = bring (scheduler, late);
  bring_uncomputed (scheduler, late);
  bring_uncomputed (scheduler, untouched);
  expect_turn (scheduler, FALSE, GST_GBP_NOTHING);
  finish (scheduler, map);
  expect_out (scheduler, 0, map, GST_GBP_ORIGIN_OWN);
  expect_out (scheduler, 1, map, GST_GBP_ORIGIN_LATE);
  expect_out (scheduler, 2, NO_MAP, GST_GBP_ORIGIN_UNTOUCHED);
  ck_assert_uint_eq (gst_gbp_scheduler_get_counts (scheduler)->late, 1);
}
END_TEST

/* What is shown of an old target stays until the first map of the new one is there. */
START_TEST (test_latest_across_targets)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (LATEST, 1, 1);
  GstGbpFrame changed = plain;
  int old = bring (scheduler, plain), new;

  expect_out (scheduler, 0, NO_MAP, GST_GBP_ORIGIN_BLANK);
  finish (scheduler, old);
  changed.target = 2;
  new = bring (scheduler, changed);
  expect_out (scheduler, 1, old, GST_GBP_ORIGIN_HELD);
  finish (scheduler, new);
  bring (scheduler, changed);
  expect_out (scheduler, 2, new, GST_GBP_ORIGIN_HELD);
}
END_TEST

/* With the latest map, what stands still is computed once, and shown as equal when it is there. */
START_TEST (test_latest_of_equal_frames)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (LATEST, 1, 1);
  int map = bring (scheduler, plain);

  expect_out (scheduler, 0, NO_MAP, GST_GBP_ORIGIN_BLANK);
  for (guint i = 1; i < 4; i++) {
    gst_gbp_scheduler_begin (scheduler, &plain);
    ck_assert_int_eq (gst_gbp_scheduler_get_equal (scheduler), map);
    ck_assert_int_eq (gst_gbp_scheduler_add (scheduler, TRUE).compute, NO_MAP);
    if (i == 2)
      finish (scheduler, map);
    expect_out (
        scheduler, i, i < 2 ? NO_MAP : map, i < 2 ? GST_GBP_ORIGIN_BLANK : GST_GBP_ORIGIN_EQUAL);
  }
}
END_TEST

/* After a break no map from before is shown; where maps are older than their frames anyway, none that is
 * older than it could be without a break: computations take 100 ms here. */
START_TEST (test_discontinuity)
{
  g_autoptr (GstGbpScheduler) every = gst_gbp_scheduler_new (EVERY, 1, 1);
  g_autoptr (GstGbpScheduler) latest = gst_gbp_scheduler_new (LATEST, 1, 1);
  GstGbpFrame frame = plain;
  int map;

  finish (every, map = bring (every, plain));
  expect_out (every, 0, map, GST_GBP_ORIGIN_OWN);
  frame.is_discontinuous = frame.is_late = TRUE;
  finish (every, map = bring (every, frame));
  expect_out (every, 1, map, GST_GBP_ORIGIN_OWN);

  finish (latest, map = bring (latest, plain));
  expect_out (latest, 0, map, GST_GBP_ORIGIN_OWN);
  for (guint i = 1; i < 4; i++) {
    frame.time = i * 100 * GST_MSECOND;
    bring (latest, frame);
    expect_out (
        latest, i, i < 3 ? map : NO_MAP, i < 3 ? GST_GBP_ORIGIN_HELD : GST_GBP_ORIGIN_BLANK);
  }
}
END_TEST

/* A flush takes the frames and the maps, those that are being computed too. */
START_TEST (test_flush)
{
  GstGbpSchedule schedule = _i == 0 ? EVERY : LATEST;
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (schedule, 2, 1);
  GstGbpFrame late = plain;
  int old = bring (scheduler, plain), new;

  if (schedule == LATEST)
    expect_out (scheduler, 0, NO_MAP, GST_GBP_ORIGIN_BLANK);
  gst_gbp_scheduler_flush (scheduler);
  expect_turn (scheduler, TRUE, GST_GBP_NOTHING);
  ck_assert (gst_gbp_scheduler_is_pending (scheduler, old));
  late.is_late = TRUE;
  new = bring (scheduler, late);
  ck_assert_int_ne (new, old);
  finish (scheduler, old);
  if (schedule == LATEST)
    expect_out (scheduler, 1, NO_MAP, GST_GBP_ORIGIN_BLANK);
  finish (scheduler, new);
  if (schedule == EVERY)
    expect_out (scheduler, 1, new, GST_GBP_ORIGIN_OWN);
  ck_assert_uint_eq (gst_gbp_scheduler_get_counts (scheduler)->discarded, schedule == EVERY);
}
END_TEST

/* Without a map the frame goes out in its turn; the next one is computed, though it looks like it. */
START_TEST (test_failure)
{
  g_autoptr (GstGbpScheduler) scheduler = gst_gbp_scheduler_new (EVERY, 2, 1);
  int map = bring (scheduler, plain);

  gst_gbp_scheduler_finish (scheduler, map, TRUE, 0);
  expect_out (scheduler, 0, NO_MAP, GST_GBP_ORIGIN_BLANK);
  gst_gbp_scheduler_begin (scheduler, &plain);
  ck_assert_int_eq (gst_gbp_scheduler_get_equal (scheduler), NO_MAP);
  ck_assert_uint_eq (gst_gbp_scheduler_get_counts (scheduler)->computed, 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"latest is on time", test_latest_is_on_time, 9},
      {"one at a time", test_one_at_a_time, 0},
      {"frames in flight", test_frames_in_flight, 0},
      {"equal frames", test_equal_frames, 0},
      {"interval", test_interval, 0},
      {"late and untouched", test_late_and_untouched, 0},
      {"latest across targets", test_latest_across_targets, 0},
      {"latest of equal frames", test_latest_of_equal_frames, 0},
      {"discontinuity", test_discontinuity, 0},
      {"flush", test_flush, 2},
      {"failure", test_failure, 0},
  };

  return GBP_TEST_RUN ("gst/scheduler", tests);
}
