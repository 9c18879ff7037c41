/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scheduler in a storm of everything that can happen, beside a model that only remembers: nothing is
 * lost, nothing is reordered, and each frame shows the map that it has to. */
#include "../../gst/scheduler.h"

#include "harness.h"

#define N_STEPS  100000
#define MAX_HELD 16
#define MAX_MAPS 64
#define MEAN     (100 * GST_MSECOND)

/* Check's own assertions tell another process of each that holds, which takes longer than the storm. */
#define CHECK(condition)                                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!(condition))                                                                              \
      ck_abort_msg ("%s", #condition);                                                             \
  }                                                                                                \
  G_STMT_END

/* A frame as it was brought.
 * @value: stands for its image; what a map is of is a value and a target
 * @time: in steps of 1/30 s
 * @shows: what it has to show, with a map for every frame; value −1: no map */
typedef struct {
  guint64 number;
  int value;
  guint target;
  GstClockTime time;
  gboolean wants_map;
  int shows_value;
  guint shows_target;
} Brought;

/* What is in a map's place. */
typedef struct {
  int value;
  guint target;
  guint64 number;
  GstClockTime time;
} Content;

/* @row: frames that are to go out, in order
 * @asked: maps to compute, in order; @running: those that have begun
 * @last: what the last frame that showed something asked for; value −1: none
 * @since: frames since the last one that was computed
 * @flushed_at: number of the first frame after the last flush */
typedef struct {
  GstGbpScheduler *scheduler;
  GstGbpSchedule schedule;
  guint depth, n_workers;
  guint32 random;
  GstGbpFrame frame;
  guint64 n_in, n_out, n_discarded, flushed_at, n_breaks_at, last_shown;
  Brought row[MAX_HELD];
  guint n_row;
  Content contents[MAX_MAPS];
  int asked[MAX_MAPS], running[MAX_MAPS];
  guint n_asked, n_running;
  Content last;
  guint since;
} Storm;

static guint
draw (Storm *storm, guint n)
{
  return MIN ((guint) gbp_test_random (&storm->random, 0, (float) n), n - 1);
}

static int
take (int *list, guint *n, guint at)
{
  int taken = list[at];

  for (guint i = at + 1; i < *n; i++)
    list[i - 1] = list[i];
  --*n;
  return taken;
}

static void
start_workers (Storm *storm)
{
  while (storm->n_asked > 0 && storm->n_running < storm->n_workers)
    storm->running[storm->n_running++] = take (storm->asked, &storm->n_asked, 0);
}

/* One of the computations that have begun ends, whichever. */
static void
end_one (Storm *storm)
{
  int map;

  start_workers (storm);
  if (storm->n_running == 0)
    return;
  map = take (storm->running, &storm->n_running, draw (storm, storm->n_running));
  gst_gbp_scheduler_finish (storm->scheduler, map, FALSE, MEAN);
}

static void
withdraw (Storm *storm, int map)
{
  for (guint i = 0; i < storm->n_asked; i++)
    if (storm->asked[i] == map) {
      take (storm->asked, &storm->n_asked, i);
      gst_gbp_scheduler_withdraw (storm->scheduler, map);
      return;
    }
}

static void
check_every_frame (const Brought *it, const GstGbpShown *shown, const Content *content)
{
  gboolean is_own = shown->origin == GST_GBP_ORIGIN_OWN || shown->origin == GST_GBP_ORIGIN_EQUAL;

  CHECK ((shown->map == GST_GBP_NO_MAP) == (it->shows_value < 0));
  if (shown->map == GST_GBP_NO_MAP)
    return;
  CHECK (content->value == it->shows_value);
  CHECK (content->target == it->shows_target);
  CHECK (!is_own || (content->value == it->value && content->target == it->target));
}

/* Maps never go back in time, nor over a flush, nor far over a break. */
static void
check_latest (Storm *storm, const Brought *it, const GstGbpShown *shown, const Content *content)
{
  if (shown->map == GST_GBP_NO_MAP)
    return;
  CHECK (content->number <= it->number);
  CHECK (content->number >= MAX (storm->last_shown, storm->flushed_at));
  CHECK (content->number >= storm->n_breaks_at || it->time - content->time <= 2 * MEAN);
  storm->last_shown = content->number;
  if (shown->origin == GST_GBP_ORIGIN_EQUAL)
    CHECK (content->value == it->value && content->target == it->target);
}

static void
check_out (Storm *storm, const GstGbpShown *shown)
{
  Brought it = storm->row[0];
  const Content *content = shown->map != GST_GBP_NO_MAP ? &storm->contents[shown->map] : NULL;

  CHECK (storm->n_row > 0);
  CHECK (shown->number == it.number);
  CHECK ((shown->origin == GST_GBP_ORIGIN_UNTOUCHED) == (!it.wants_map));
  if (content != NULL)
    CHECK (!gst_gbp_scheduler_is_pending (storm->scheduler, shown->map));
  if (storm->schedule == GST_GBP_SCHEDULE_LATEST)
    check_latest (storm, &it, shown, content);
  else
    check_every_frame (&it, shown, content);
  for (guint i = 1; i < storm->n_row; i++)
    storm->row[i - 1] = storm->row[i];
  storm->n_row--;
  storm->n_out++;
}

static void
pop (Storm *storm, gboolean is_draining)
{
  GstGbpShown shown;
  GstGbpTurn turn;

  while (
      (turn = gst_gbp_scheduler_pop (storm->scheduler, is_draining, &shown)) != GST_GBP_NOTHING) {
    if (turn == GST_GBP_OUT) {
      check_out (storm, &shown);
      continue;
    }
    CHECK (storm->schedule == GST_GBP_SCHEDULE_EVERY_FRAME);
    CHECK (storm->n_asked + storm->n_running > 0);
    end_one (storm);
  }
  CHECK (storm->n_row < (is_draining ? 1 : storm->depth));
}

/* What the frame has to show, with a map for every frame: as if they were computed one at a time. */
static void
expect (Storm *storm, Brought *it)
{
  const GstGbpFrame *frame = &storm->frame;
  gboolean is_turn, passes_late;

  it->shows_value = -1;
  if (frame->is_discontinuous)
    storm->last.value = -1;
  if (!frame->wants_map)
    return;
  passes_late = frame->is_late && storm->last.value >= 0;
  is_turn = storm->last.value < 0 || storm->last.target != frame->target
            || storm->since >= frame->interval;
  if (is_turn && !passes_late) {
    storm->last = (Content){.value = it->value, .target = it->target};
    storm->since = 0;
  }
  storm->since += !(is_turn && passes_late);
  if (!is_turn && !passes_late && frame->hold == GST_GBP_HOLD_BLANK)
    return;
  it->shows_value = storm->last.value;
  it->shows_target = storm->last.target;
}

static void
put_image (Storm *storm, int place, const Brought *it)
{
  for (guint i = 0; i < storm->n_asked; i++)
    CHECK (storm->asked[i] != place);
  for (guint i = 0; i < storm->n_running; i++)
    CHECK (storm->running[i] != place);
  storm->contents[place] = (Content){it->value, it->target, it->number, it->time};
}

static void
bring (Storm *storm)
{
  GstGbpFrame *frame = &storm->frame;
  Brought it = {.number = storm->n_in++, .value = (int) draw (storm, 3), .target = frame->target};
  int place, newest;
  GstGbpOrder order;

  frame->time += draw (storm, 9) * GST_SECOND / 60;
  frame->is_late = draw (storm, 8) == 0;
  frame->wants_map = draw (storm, 20) > 0;
  it.time = frame->time;
  it.wants_map = frame->wants_map;
  if (frame->is_discontinuous)
    storm->n_breaks_at = it.number;
  expect (storm, &it);
  place = gst_gbp_scheduler_begin (storm->scheduler, frame);
  newest = gst_gbp_scheduler_get_equal (storm->scheduler);
  if (place != GST_GBP_NO_MAP)
    put_image (storm, place, &it);
  order =
      gst_gbp_scheduler_add (storm->scheduler, place != GST_GBP_NO_MAP && newest != GST_GBP_NO_MAP
                                                   && storm->contents[newest].value == it.value);
  if (order.withdraw != GST_GBP_NO_MAP)
    withdraw (storm, order.withdraw);
  if (order.compute != GST_GBP_NO_MAP)
    storm->asked[storm->n_asked++] = order.compute;
  storm->row[storm->n_row++] = it;
  frame->is_discontinuous = FALSE;
  start_workers (storm);
  pop (storm, FALSE);
}

static void
flush (Storm *storm)
{
  gst_gbp_scheduler_flush (storm->scheduler);
  while (storm->n_asked > 0)
    withdraw (storm, storm->asked[0]);
  storm->n_discarded += storm->n_row;
  storm->n_row = 0;
  storm->last.value = -1;
  storm->flushed_at = storm->last_shown = storm->n_in;
}

static void
step (Storm *storm)
{
  guint what = draw (storm, 100);

  if (what < 50)
    bring (storm);
  else if (what < 90)
    end_one (storm);
  else if (what < 92)
    storm->frame.target++;
  else if (what < 94)
    storm->frame.interval = 1 + draw (storm, 4);
  else if (what < 96)
    storm->frame.is_discontinuous = TRUE;
  else if (what < 97)
    storm->frame.hold = draw (storm, 2) == 0 ? GST_GBP_HOLD_HOLD : GST_GBP_HOLD_BLANK;
  else if (what < 99)
    pop (storm, TRUE);
  else
    flush (storm);
}

START_TEST (test_storm)
{
  static const struct {
    GstGbpSchedule schedule;
    guint depth, n_workers;
  } cases[] = {
      {GST_GBP_SCHEDULE_EVERY_FRAME, 1, 1},
      {GST_GBP_SCHEDULE_EVERY_FRAME, 2, 2},
      {GST_GBP_SCHEDULE_EVERY_FRAME, 3, 2},
      {GST_GBP_SCHEDULE_EVERY_FRAME, 9, 8},
      {GST_GBP_SCHEDULE_LATEST, 1, 1},
      {GST_GBP_SCHEDULE_LATEST, 1, 3},
  };
  Storm storm = {
      .schedule = cases[_i].schedule,
      .depth = cases[_i].depth,
      .n_workers = cases[_i].n_workers,
      .random = (guint32) _i,
      .frame = {.interval = 1, .target = 1},
      .last = {.value = -1},
  };
  const GstGbpCounts *counts;

  storm.scheduler =
      gst_gbp_scheduler_new (cases[_i].schedule, cases[_i].depth, cases[_i].n_workers);
  ck_assert_uint_le (gst_gbp_scheduler_count_maps (storm.scheduler), MAX_MAPS);
  counts = gst_gbp_scheduler_get_counts (storm.scheduler);
  for (guint i = 0; i < N_STEPS; i++)
    step (&storm);
  pop (&storm, TRUE);
  ck_assert_uint_gt (counts->in, N_STEPS / 3);
  ck_assert_uint_eq (counts->in, storm.n_in);
  ck_assert_uint_eq (counts->out, storm.n_out);
  ck_assert_uint_eq (counts->discarded, storm.n_discarded);
  ck_assert_uint_eq (storm.n_in, storm.n_out + storm.n_discarded);
  gst_gbp_scheduler_free (storm.scheduler);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"storm", test_storm, 6},
  };

  return GBP_TEST_RUN ("gst/schedulerstorm", tests);
}
