/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The process' threads that compute, which all elements share. Another one is started when a task waits and none is
 * idle, up to a limit; one that nothing has needed for some seconds ends, and the last user ends them all. Where the
 * system gives no more threads, tasks wait longer. */
#pragma once

#include <glib.h>

/* What is to be run once, in some thread. Belongs to the one who asks; @link and @is_queued are the pool's. */
typedef struct {
  void (*run) (gpointer data);
  gpointer data;
  GList link;
  gboolean is_queued;
} GstGbpTask;

/* gst_gbp_pool_join:
 * @n_tasks: the most tasks of the user that are to run at once; at least 1
 * @n_threads: that they use all together, with helpers of their own
 * @n_cpus: that the process may use
 *
 * As many tasks run at once as the user with the most wants, or, if that is more, as all users want together on no more
 * than the CPUs.
 *
 * Returns: FALSE with @error set if not even one thread can be had */
gboolean gst_gbp_pool_join (guint n_tasks, guint n_threads, guint n_cpus, GError **error);

/* With what it joined with. None of the user's tasks may be queued or run any more. */
void gst_gbp_pool_leave (guint n_threads);

/* Runs a task, behind those that wait already; from when it begins, it may be pushed again. From any thread, with any
 * lock held that no task's beginning needs. */
void gst_gbp_pool_push (GstGbpTask *task);

/* Returns: TRUE if the task had not begun: it then does not */
gboolean gst_gbp_pool_remove (GstGbpTask *task);

/* Whether so many tasks wait that every thread has its next one: then more of them at once make nothing faster. */
gboolean gst_gbp_pool_is_crowded (void);
