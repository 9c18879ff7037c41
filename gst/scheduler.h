/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which frames are computed, which map each one shows, and when it goes out. Frames, maps and times are
 * numbers here: it holds no buffer, no clock, no thread and no lock, and belongs to whoever streams. What
 * has been computed is told to it; what is to be done comes out.
 *
 * For each frame, in this order:
 *
 *     place = gst_gbp_scheduler_begin (…)        where its image is to be put, if it is to be computed
 *     order = gst_gbp_scheduler_add (…)          what to compute, and what need not be computed any more
 *     while (gst_gbp_scheduler_pop (…) == GST_GBP_OUT)       what goes out now, and with which map
 *
 * and gst_gbp_scheduler_finish() for each computation that has ended, whenever that is noticed. */
#pragma once

#include <gst/gst.h>

/* GstGbpSchedule:
 * @GST_GBP_SCHEDULE_AUTO: the latest map where upstream is live, else a map for every frame; is resolved
 *     before a scheduler is made
 * @GST_GBP_SCHEDULE_EVERY_FRAME: each frame goes out with its own map, in order; the one who brings a
 *     frame waits for the oldest when as many are held as may be
 * @GST_GBP_SCHEDULE_LATEST: each frame goes out at once, with the newest map that there is; one is
 *     computed, and at most one waits, the newest */
typedef enum {
  GST_GBP_SCHEDULE_AUTO,
  GST_GBP_SCHEDULE_EVERY_FRAME,
  GST_GBP_SCHEDULE_LATEST,
} GstGbpSchedule;

/* What a frame shows that the interval leaves out: the last map, or none. */
typedef enum {
  GST_GBP_HOLD_HOLD,
  GST_GBP_HOLD_BLANK,
} GstGbpHold;

/* In the place of a map's number. */
#define GST_GBP_NO_MAP (-1)

/* A frame that comes in.
 * @time: its running time, or GST_CLOCK_TIME_NONE
 * @target: the number of the target that it is to be computed for; grows when that changes
 * @interval: every so many'th frame is computed; at least 1
 * @hold: what it shows if it is not
 * @wants_map: whether a map is shown or looked at; if not, it waits its turn and goes out without
 * @is_late: whether it would come too late if it were computed
 * @is_discontinuous: whether it does not continue the frame before. With a map for every frame none from
 *     before is shown from here on. With the newest map one from before still is while it is no older
 *     than two computations: as old as it may be without a break, so that a stream that marks every
 *     frame, as a leaky queue does, still shows something */
typedef struct {
  GstClockTime time;
  guint target;
  guint interval;
  GstGbpHold hold;
  gboolean wants_map;
  gboolean is_late;
  gboolean is_discontinuous;
} GstGbpFrame;

/* What is to be done for a frame.
 * @compute: the map to compute, from the image that was put in its place; or GST_GBP_NO_MAP
 * @withdraw: a map that waits to be computed and is no longer wanted, or GST_GBP_NO_MAP: if it has not
 *     begun, gst_gbp_scheduler_withdraw() is to be told */
typedef struct {
  int compute;
  int withdraw;
} GstGbpOrder;

/* How a frame that goes out came to its map. */
typedef enum {
  GST_GBP_ORIGIN_OWN,       /* computed for it */
  GST_GBP_ORIGIN_EQUAL,     /* computed for an earlier frame with the same image and target */
  GST_GBP_ORIGIN_HELD,      /* of an earlier frame */
  GST_GBP_ORIGIN_LATE,      /* of an earlier frame, since its own would have come too late */
  GST_GBP_ORIGIN_BLANK,     /* none to show */
  GST_GBP_ORIGIN_UNTOUCHED, /* none wanted */
} GstGbpOrigin;

/* A frame that goes out.
 * @number: its number, from 0, in the order in which frames came in
 * @map: what it shows, or GST_GBP_NO_MAP; stays until the next gst_gbp_scheduler_begin()
 * @age: how much older the map's frame is; 0 where that is not known
 * @is_first: whether this is the first frame that shows this map */
typedef struct {
  guint64 number;
  int map;
  GstGbpOrigin origin;
  GstClockTime age;
  gboolean is_first;
} GstGbpShown;

/* GstGbpTurn:
 * @GST_GBP_NOTHING: no frame goes out before another comes in, or the end of the stream
 * @GST_GBP_WAIT: the oldest frame is due and its map is not there: wait for a computation to end
 * @GST_GBP_OUT: a frame goes out */
typedef enum {
  GST_GBP_NOTHING,
  GST_GBP_WAIT,
  GST_GBP_OUT,
} GstGbpTurn;

/* Frames since the scheduler was made.
 * @in: that came in; @out: that went out; the others are held, or were discarded
 * @computed: computations that ended
 * @held, @equal, @late: that went out so, see GstGbpOrigin
 * @discarded: that a flush took */
typedef struct {
  guint64 in;
  guint64 out;
  guint64 computed;
  guint64 held;
  guint64 equal;
  guint64 late;
  guint64 discarded;
} GstGbpCounts;

typedef struct _GstGbpScheduler GstGbpScheduler;

/* gst_gbp_scheduler_new:
 * @schedule: not GST_GBP_SCHEDULE_AUTO
 * @depth: the most frames that are held, with a map for every frame; at least 1
 * @n_workers: the most computations at once */
GstGbpScheduler *gst_gbp_scheduler_new (GstGbpSchedule schedule, guint depth, guint n_workers);
void gst_gbp_scheduler_free (GstGbpScheduler *scheduler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpScheduler, gst_gbp_scheduler_free)

/* How many maps there have to be room for, whatever happens. They are numbered from 0. */
guint gst_gbp_scheduler_count_maps (const GstGbpScheduler *scheduler);

/* Takes a frame, which is then the newest. Every frame that came before has to be out, if the schedule is
 * the latest map; there has to be room for it, if it is a map for every frame: pop until there is.
 * Returns: the map in whose place its image is to be put, or GST_GBP_NO_MAP: it is not to be computed */
int gst_gbp_scheduler_begin (GstGbpScheduler *scheduler, const GstGbpFrame *frame);

/* The map whose image and target are the last ones that were asked for: if the image is the same, then so
 * is the map. GST_GBP_NO_MAP: the target is another, or there is none. */
int gst_gbp_scheduler_get_equal (const GstGbpScheduler *scheduler);

/* Ends what gst_gbp_scheduler_begin() began.
 * @is_equal: whether the image is the one of gst_gbp_scheduler_get_equal() */
GstGbpOrder gst_gbp_scheduler_add (GstGbpScheduler *scheduler, gboolean is_equal);

/* @is_draining: whether all frames have to go out, since no other follows soon
 * @shown: (out): is set with GST_GBP_OUT */
GstGbpTurn gst_gbp_scheduler_pop (
    GstGbpScheduler *scheduler, gboolean is_draining, GstGbpShown *shown);

/* Takes the end of a computation.
 * @has_failed: whether there is no map: what would have shown it shows none
 * @mean: what a computation takes at present */
void gst_gbp_scheduler_finish (
    GstGbpScheduler *scheduler, int map, gboolean has_failed, GstClockTime mean);

/* A computation that was asked for did not begin, and will not. */
void gst_gbp_scheduler_withdraw (GstGbpScheduler *scheduler, int map);

/* Whether a computation of this map has been asked for and has not ended. */
gboolean gst_gbp_scheduler_is_pending (const GstGbpScheduler *scheduler, int map);

/* Whether a frame that is held or may yet come needs this map. The frame that last went out may need it too. */
gboolean gst_gbp_scheduler_is_needed (const GstGbpScheduler *scheduler, int map);

/* Discards all frames that are held, and every map. What is being computed ends as it does; what waits can
 * be withdrawn. */
void gst_gbp_scheduler_flush (GstGbpScheduler *scheduler);

/* The running time of the last frame that a computation was asked for, or GST_CLOCK_TIME_NONE. */
GstClockTime gst_gbp_scheduler_get_last_time (const GstGbpScheduler *scheduler);

const GstGbpCounts *gst_gbp_scheduler_get_counts (const GstGbpScheduler *scheduler);
