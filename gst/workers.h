/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An element's workers, which compute maps in the threads of the pool, one at a time each, begun in the order in which
 * they are asked for. Only one thread may ask, and it is the one that streams. */
#pragma once

#include "computer.h"

typedef struct _GstGbpWorkers GstGbpWorkers;

/* gst_gbp_workers_new:
 * @n_workers: computations at once; there may be fewer where the system gives no more
 * @n_threads: that each computation may use
 * @n_jobs: maps that there is room for
 *
 * Returns: NULL with @error set if not even one worker can be made, or no thread be had */
GstGbpWorkers *gst_gbp_workers_new (guint n_workers, guint n_threads, guint n_jobs,
    const GstGbpComputing *computing, gpointer data, GError **error);

/* Returns when the computations that have begun have ended, which those of many images do early; the others are
 * dropped. */
void gst_gbp_workers_free (GstGbpWorkers *workers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpWorkers, gst_gbp_workers_free)

/* @has_ended: called after each computation whose end nobody waits for, in its thread, with no lock held; is set before
 * the first push */
void gst_gbp_workers_set_ended_function (
    GstGbpWorkers *workers, void (*has_ended) (gpointer data), gpointer data);

guint gst_gbp_workers_count (const GstGbpWorkers *workers);

/* @index: 0 … n_jobs − 1 */
/* The memory for maps and images. */
GstGbpBlocks *gst_gbp_workers_get_blocks (const GstGbpWorkers *workers);

GstGbpJob *gst_gbp_workers_get_job (GstGbpWorkers *workers, int index);

/* Asks for the map of a job whose image is there. */
void gst_gbp_workers_push (GstGbpWorkers *workers, int index, GstGbpSharedTarget *target);

/* Gives the memory of a map and its image back that is needed no more. Must not be called between its push and its
 * end. */
void gst_gbp_workers_drop (GstGbpWorkers *workers, int index);

/* Lets the next map for the top class begin with that of its own image. */
void gst_gbp_workers_reset_lead (GstGbpWorkers *workers);

/* Returns: TRUE if the job had not begun: it then does not, and need not be collected */
gboolean gst_gbp_workers_withdraw (GstGbpWorkers *workers, int index);

/* Returns: a job that has ended, each once and in the order in which they ended; −1: there is none */
int gst_gbp_workers_collect (GstGbpWorkers *workers);

/* Waits for a job to end.
 * Returns: FALSE if none is there to collect: the wait is cut short */
gboolean gst_gbp_workers_wait (GstGbpWorkers *workers);

/* Stops what has begun for other targets than this: see gst_gbp_job_stop(). */
void gst_gbp_workers_stop_others (GstGbpWorkers *workers, const GstGbpSharedTarget *target);

/* Cuts short each wait, stops what has begun, and lets no computation begin, from any thread, until it is called with
 * FALSE. */
void gst_gbp_workers_set_flushing (GstGbpWorkers *workers, gboolean is_flushing);
