/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Threads that share out the parts of one task after another. */
#pragma once

#include <glib.h>

/* A team of the calling thread and of the helpers that it borrows for a session. One caller at a time. */
typedef struct _GbpTeam GbpTeam;

/* A part of a task. What it computes may depend on @part, never on @worker, which only tells which
 * scratch memory is free: that is why the number of threads does not change a result.
 * @part: 0 … n_parts − 1
 * @worker: 0 … team size − 1 */
typedef void (*GbpTask) (gpointer data, guint part, guint worker);

/* @size: the most members, the caller included; 0: as many as there are usable CPUs, which it never exceeds
 * Returns: NULL if there is no memory */
GbpTeam *gbp_team_new (guint size);
void gbp_team_free (GbpTeam *team);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpTeam, gbp_team_free)

/* The most members that it ever has. */
guint gbp_team_get_size (const GbpTeam *team);

/* A session: helpers are borrowed, as many as CPUs are usable and not busy now, and stay until its end. Cannot
 * fail: with no helper to be had the caller works alone. */
void gbp_team_begin (GbpTeam *team);
void gbp_team_end (GbpTeam *team);

/* The members of this session; outside of one, the most that a task may have. */
guint gbp_team_get_n_members (const GbpTeam *team);

/* Runs every part of @task once and returns when all are done. Members take parts in rising order, each
 * the next one as it is free. Outside of a session a task is one of its own. */
void gbp_team_run (GbpTeam *team, GbpTask task, gpointer data, guint n_parts);
