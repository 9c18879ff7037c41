/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/team.h"

#include "kernel/floating_point.h"
#include "kernel/helpers.h"
#include "kernel/memory.h"

struct _GbpTeam {
  guint size;
  gboolean has_session;
  guint n_helpers; /* in the session */
  gint next_part;  /* atomic */

  GbpTask task; /* these three are written before helpers are started and read by them */
  gpointer data;
  guint n_parts;

  GbpHelper *helpers[]; /* [size − 1] */
};

GbpTeam *
gbp_team_new (guint size)
{
  guint n_cpus = gbp_cpus_count_usable ();
  GbpTeam *team;

  size = size > 0 ? MIN (size, n_cpus) : n_cpus;
  team = gbp_memory_new (1, sizeof *team + (size - 1) * sizeof *team->helpers);
  if (team == NULL)
    return NULL;
  team->size = size;
  gbp_helpers_add_user ();
  return team;
}

void
gbp_team_free (GbpTeam *team)
{
  gbp_helpers_remove_user ();
  gbp_memory_free (team);
}

guint
gbp_team_get_size (const GbpTeam *team)
{
  return team->size;
}

guint
gbp_team_get_n_members (const GbpTeam *team)
{
  return team->has_session ? team->n_helpers + 1 : team->size;
}

void
gbp_team_begin (GbpTeam *team)
{
  GbpCpus cpus;

  gbp_cpus_get (&cpus);
  team->n_helpers = gbp_helpers_borrow (team->helpers, team->size - 1, &cpus);
  team->has_session = TRUE;
}

void
gbp_team_end (GbpTeam *team)
{
  team->has_session = FALSE;
  gbp_helpers_return (team->helpers, team->n_helpers);
}

static void
work (gpointer data, guint worker)
{
  GbpTeam *team = data;
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  guint part;

  while ((part = (guint) g_atomic_int_add (&team->next_part, 1)) < team->n_parts)
    team->task (team->data, part, worker);
  gbp_float_environment_end (environment);
}

static void
run_in_session (GbpTeam *team)
{
  guint n_helpers = MIN (team->n_helpers, MAX (team->n_parts, 1) - 1);

  g_atomic_int_set (&team->next_part, 0);
  for (guint i = 0; i < n_helpers; i++)
    gbp_helper_start (team->helpers[i], work, team, i + 1);
  work (team, 0);
  for (guint i = 0; i < n_helpers; i++)
    gbp_helper_wait (team->helpers[i]);
}

void
gbp_team_run (GbpTeam *team, GbpTask task, gpointer data, guint n_parts)
{
  gboolean has_session = team->has_session;

  team->task = task;
  team->data = data;
  team->n_parts = n_parts;
  if (!has_session)
    gbp_team_begin (team);
  run_in_session (team);
  if (!has_session)
    gbp_team_end (team);
}
