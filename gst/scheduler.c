/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scheduler.h"

/* A map, from when it is asked for until nothing needs it any more.
 * @n_users: the frames that are to show it, the scheduler's own fields, and its computation; 0: it is free
 * @is_pending: whether its computation has not ended
 * @is_discarded: whether a flush came after it was asked for
 * @has_failed: whether it could not be computed
 * @was_shown: whether a frame has gone out with it
 * @number, @time, @target: of the frame that it was asked for with */
typedef struct {
  guint n_users;
  gboolean is_pending;
  gboolean is_discarded;
  gboolean has_failed;
  gboolean was_shown;
  guint64 number;
  GstClockTime time;
  guint target;
} Map;

/* A frame that is held. */
typedef struct {
  guint64 number;
  GstClockTime time;
  int map;
  GstGbpOrigin origin;
} Held;

/* @maps: [@n_maps]
 * @held: [@depth]: a ring of @n_held frames, from @first on
 * @frame, @place: what gst_gbp_scheduler_begin() was given and gave
 * @newest: the map that was asked for last, or GST_GBP_NO_MAP
 * @latest: the newest map that is there, with the schedule of this name, or GST_GBP_NO_MAP
 * @since: frames since the last one whose turn it was to be computed
 * @n_breaks_at: number of the first frame after the last discontinuity
 * @last_time: see gst_gbp_scheduler_get_last_time()
 * @mean: of a computation's time */
struct _GstGbpScheduler {
  GstGbpSchedule schedule;
  guint depth;
  guint n_workers;
  Map *maps;
  guint n_maps;
  Held *held;
  guint first;
  guint n_held;
  GstGbpFrame frame;
  int place;
  int newest;
  int latest;
  guint since;
  guint64 n_breaks_at;
  GstClockTime last_time;
  GstClockTime mean;
  GstGbpCounts counts;
};

/* Beside the maps of the frames that are held there is the newest one, which later frames may show; with
 * the latest map, one is shown, one waits and one's image is being put in its place. And each worker may be
 * at one that a flush has discarded. */
GstGbpScheduler *
gst_gbp_scheduler_new (GstGbpSchedule schedule, guint depth, guint n_workers)
{
  GstGbpScheduler *scheduler = g_new0 (GstGbpScheduler, 1);

  scheduler->schedule = schedule;
  scheduler->depth = schedule == GST_GBP_SCHEDULE_LATEST ? 1 : depth;
  scheduler->n_workers = n_workers;
  scheduler->n_maps = n_workers + (schedule == GST_GBP_SCHEDULE_LATEST ? 3 : scheduler->depth + 1);
  scheduler->maps = g_new0 (Map, scheduler->n_maps);
  scheduler->held = g_new0 (Held, scheduler->depth);
  scheduler->place = scheduler->newest = scheduler->latest = GST_GBP_NO_MAP;
  scheduler->since = G_MAXUINT;
  scheduler->last_time = GST_CLOCK_TIME_NONE;
  return scheduler;
}

void
gst_gbp_scheduler_free (GstGbpScheduler *scheduler)
{
  g_free (scheduler->maps);
  g_free (scheduler->held);
  g_free (scheduler);
}

guint
gst_gbp_scheduler_count_maps (const GstGbpScheduler *scheduler)
{
  return scheduler->n_maps;
}

static void
drop_map (GstGbpScheduler *scheduler, int *field)
{
  if (*field != GST_GBP_NO_MAP)
    scheduler->maps[*field].n_users--;
  *field = GST_GBP_NO_MAP;
}

static void
use_map (GstGbpScheduler *scheduler, int *field, int map)
{
  if (map != GST_GBP_NO_MAP)
    scheduler->maps[map].n_users++;
  drop_map (scheduler, field);
  *field = map;
}

static int
find_free_map (const GstGbpScheduler *scheduler)
{
  for (guint i = 0; i < scheduler->n_maps; i++)
    if (scheduler->maps[i].n_users == 0)
      return (int) i;
  g_assert_not_reached (); /* there are enough: see gst_gbp_scheduler_new() */
}

/* A frame for a new target does not wait for its turn. */
static gboolean
is_its_turn (GstGbpScheduler *scheduler)
{
  const GstGbpFrame *frame = &scheduler->frame;

  return scheduler->since >= frame->interval || scheduler->newest == GST_GBP_NO_MAP
         || scheduler->maps[scheduler->newest].target != frame->target;
}

static gboolean
passes_late (const GstGbpScheduler *scheduler)
{
  return scheduler->frame.is_late && scheduler->schedule == GST_GBP_SCHEDULE_EVERY_FRAME
         && scheduler->newest != GST_GBP_NO_MAP;
}

int
gst_gbp_scheduler_begin (GstGbpScheduler *scheduler, const GstGbpFrame *frame)
{
  g_assert (scheduler->n_held < scheduler->depth);
  scheduler->frame = *frame;
  scheduler->place = GST_GBP_NO_MAP;
  if (frame->is_discontinuous)
    scheduler->n_breaks_at = scheduler->counts.in;
  if (frame->is_discontinuous && scheduler->schedule == GST_GBP_SCHEDULE_EVERY_FRAME)
    drop_map (scheduler, &scheduler->newest);
  if (!frame->wants_map)
    return GST_GBP_NO_MAP;
  if (is_its_turn (scheduler)) {
    if (passes_late (scheduler))
      return GST_GBP_NO_MAP; /* and the turn is the next one's */
    scheduler->place = find_free_map (scheduler);
    scheduler->since = 0;
  }
  scheduler->since += scheduler->since < G_MAXUINT;
  return scheduler->place;
}

int
gst_gbp_scheduler_get_equal (const GstGbpScheduler *scheduler)
{
  if (scheduler->newest == GST_GBP_NO_MAP
      || scheduler->maps[scheduler->newest].target != scheduler->frame.target)
    return GST_GBP_NO_MAP;
  return scheduler->newest;
}

static void
ask_for_map (GstGbpScheduler *scheduler)
{
  const GstGbpFrame *frame = &scheduler->frame;

  scheduler->maps[scheduler->place] = (Map){
      .n_users = 1,
      .is_pending = TRUE,
      .number = scheduler->counts.in,
      .time = frame->time,
      .target = frame->target,
  };
  use_map (scheduler, &scheduler->newest, scheduler->place);
}

/* With the latest map: the one that waits, if each worker has another. */
static int
find_waiting (const GstGbpScheduler *scheduler)
{
  guint n_pending = 0;

  for (guint i = 0; i < scheduler->n_maps; i++)
    n_pending += scheduler->maps[i].is_pending;
  if (scheduler->schedule != GST_GBP_SCHEDULE_LATEST || n_pending <= scheduler->n_workers
      || scheduler->newest == GST_GBP_NO_MAP || !scheduler->maps[scheduler->newest].is_pending)
    return GST_GBP_NO_MAP;
  return scheduler->newest;
}

static GstGbpOrigin
find_origin (const GstGbpScheduler *scheduler, gboolean is_equal)
{
  if (!scheduler->frame.wants_map)
    return GST_GBP_ORIGIN_UNTOUCHED;
  if (scheduler->place != GST_GBP_NO_MAP)
    return is_equal ? GST_GBP_ORIGIN_EQUAL : GST_GBP_ORIGIN_OWN;
  if (passes_late (scheduler))
    return GST_GBP_ORIGIN_LATE;
  return scheduler->frame.hold == GST_GBP_HOLD_HOLD ? GST_GBP_ORIGIN_HELD : GST_GBP_ORIGIN_BLANK;
}

static void
hold_frame (GstGbpScheduler *scheduler, GstGbpOrigin origin)
{
  Held *held = &scheduler->held[(scheduler->first + scheduler->n_held) % scheduler->depth];
  gboolean shows_map = origin != GST_GBP_ORIGIN_UNTOUCHED && origin != GST_GBP_ORIGIN_BLANK;

  *held = (Held){scheduler->counts.in, scheduler->frame.time, GST_GBP_NO_MAP, origin};
  if (shows_map && scheduler->schedule == GST_GBP_SCHEDULE_EVERY_FRAME)
    use_map (scheduler, &held->map, scheduler->newest);
  scheduler->n_held++;
}

GstGbpOrder
gst_gbp_scheduler_add (GstGbpScheduler *scheduler, gboolean is_equal)
{
  GstGbpOrder order = {GST_GBP_NO_MAP, GST_GBP_NO_MAP};
  GstGbpOrigin origin = find_origin (scheduler, is_equal);

  if (origin == GST_GBP_ORIGIN_OWN) {
    order.withdraw = find_waiting (scheduler);
    order.compute = scheduler->place;
    ask_for_map (scheduler);
  }
  if (scheduler->place != GST_GBP_NO_MAP)
    scheduler->last_time = scheduler->frame.time;
  hold_frame (scheduler, origin);
  scheduler->counts.in++;
  return order;
}

static GstClockTime
find_age (const GstGbpScheduler *scheduler, const Held *held, int map)
{
  GstClockTime time = scheduler->maps[map].time;

  if (!GST_CLOCK_TIME_IS_VALID (held->time) || !GST_CLOCK_TIME_IS_VALID (time))
    return GST_CLOCK_TIME_NONE;
  return held->time - MIN (time, held->time);
}

/* Whether the newest map may be shown with a frame that may follow a discontinuity. */
static gboolean
may_show_latest (const GstGbpScheduler *scheduler, const Held *held)
{
  if (scheduler->latest == GST_GBP_NO_MAP)
    return FALSE;
  return scheduler->maps[scheduler->latest].number >= scheduler->n_breaks_at
         || find_age (scheduler, held, scheduler->latest) <= 2 * scheduler->mean;
}

/* With the latest map: gives a frame the map that is there. */
static void
take_latest (GstGbpScheduler *scheduler, Held *held)
{
  if (held->origin == GST_GBP_ORIGIN_UNTOUCHED || held->origin == GST_GBP_ORIGIN_BLANK)
    return;
  if (!may_show_latest (scheduler, held)) {
    held->origin = GST_GBP_ORIGIN_BLANK;
    return;
  }
  use_map (scheduler, &held->map, scheduler->latest);
  if (scheduler->maps[held->map].number == held->number)
    held->origin = GST_GBP_ORIGIN_OWN;
  else if (held->origin != GST_GBP_ORIGIN_EQUAL || scheduler->latest != scheduler->newest)
    held->origin = GST_GBP_ORIGIN_HELD;
}

static void
count_shown (GstGbpCounts *counts, GstGbpOrigin origin)
{
  counts->out++;
  counts->held += origin == GST_GBP_ORIGIN_HELD;
  counts->equal += origin == GST_GBP_ORIGIN_EQUAL;
  counts->late += origin == GST_GBP_ORIGIN_LATE;
}

static void
show_oldest (GstGbpScheduler *scheduler, Held *held, GstGbpShown *shown)
{
  Map *map = held->map != GST_GBP_NO_MAP ? &scheduler->maps[held->map] : NULL;

  *shown = (GstGbpShown){.number = held->number, .map = GST_GBP_NO_MAP, .origin = held->origin};
  if (map != NULL && !map->has_failed) {
    shown->map = held->map;
    shown->age = find_age (scheduler, held, held->map);
    shown->is_first = !map->was_shown;
    map->was_shown = TRUE;
  } else if (held->origin != GST_GBP_ORIGIN_UNTOUCHED)
    shown->origin = GST_GBP_ORIGIN_BLANK;
  count_shown (&scheduler->counts, shown->origin);
  drop_map (scheduler, &held->map);
  scheduler->first = (scheduler->first + 1) % scheduler->depth;
  scheduler->n_held--;
}

GstGbpTurn
gst_gbp_scheduler_pop (GstGbpScheduler *scheduler, gboolean is_draining, GstGbpShown *shown)
{
  Held *held = &scheduler->held[scheduler->first];

  if (scheduler->n_held == 0)
    return GST_GBP_NOTHING;
  if (scheduler->schedule == GST_GBP_SCHEDULE_LATEST)
    take_latest (scheduler, held);
  else if (held->map != GST_GBP_NO_MAP && scheduler->maps[held->map].is_pending)
    return is_draining || scheduler->n_held == scheduler->depth ? GST_GBP_WAIT : GST_GBP_NOTHING;
  show_oldest (scheduler, held, shown);
  return GST_GBP_OUT;
}

/* The computation is one of the map's users. */
static void
end_computation (GstGbpScheduler *scheduler, int map)
{
  scheduler->maps[map].is_pending = FALSE;
  drop_map (scheduler, &map);
}

/* With the latest map: whether it is newer than the one that is shown. */
static gboolean
is_latest (const GstGbpScheduler *scheduler, const Map *map)
{
  return scheduler->schedule == GST_GBP_SCHEDULE_LATEST && !map->has_failed && !map->is_discarded
         && (scheduler->latest == GST_GBP_NO_MAP
             || map->number > scheduler->maps[scheduler->latest].number);
}

void
gst_gbp_scheduler_finish (
    GstGbpScheduler *scheduler, int map, gboolean has_failed, GstClockTime mean)
{
  Map *it = &scheduler->maps[map];

  g_assert (it->is_pending);
  scheduler->mean = mean;
  scheduler->counts.computed += !has_failed;
  it->has_failed = has_failed;
  if (has_failed && scheduler->newest == map)
    drop_map (scheduler, &scheduler->newest);
  if (is_latest (scheduler, it))
    use_map (scheduler, &scheduler->latest, map);
  end_computation (scheduler, map);
}

void
gst_gbp_scheduler_withdraw (GstGbpScheduler *scheduler, int map)
{
  g_assert (scheduler->maps[map].is_pending);
  if (scheduler->newest == map)
    drop_map (scheduler, &scheduler->newest);
  end_computation (scheduler, map);
}

gboolean
gst_gbp_scheduler_is_pending (const GstGbpScheduler *scheduler, int map)
{
  return scheduler->maps[map].is_pending;
}

gboolean
gst_gbp_scheduler_is_needed (const GstGbpScheduler *scheduler, int map)
{
  return scheduler->maps[map].n_users > 0;
}

void
gst_gbp_scheduler_flush (GstGbpScheduler *scheduler)
{
  scheduler->counts.discarded += scheduler->n_held;
  for (; scheduler->n_held > 0; scheduler->n_held--) {
    drop_map (scheduler, &scheduler->held[scheduler->first].map);
    scheduler->first = (scheduler->first + 1) % scheduler->depth;
  }
  drop_map (scheduler, &scheduler->newest);
  drop_map (scheduler, &scheduler->latest);
  for (guint i = 0; i < scheduler->n_maps; i++)
    scheduler->maps[i].is_discarded = TRUE;
  scheduler->since = G_MAXUINT;
  scheduler->last_time = GST_CLOCK_TIME_NONE;
}

GstClockTime
gst_gbp_scheduler_get_last_time (const GstGbpScheduler *scheduler)
{
  return scheduler->last_time;
}

const GstGbpCounts *
gst_gbp_scheduler_get_counts (const GstGbpScheduler *scheduler)
{
  return &scheduler->counts;
}
