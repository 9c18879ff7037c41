/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/team.h"

#include "kernel/floating_point.h"

/* How often a waiting member looks again before it sleeps: some tens of microseconds, about as long as
 * the parts of a layer differ, and less than waking a sleeper takes. */
#define SPINS 4000

struct _GbpTeam {
  guint size;
  GThread **helpers; /* [size − 1] */

  GMutex lock;
  GCond work_ready;
  GCond work_done;
  gboolean quit;  /* under the lock */
  gint round;     /* atomic; a new number is a new task */
  gint n_busy;    /* atomic; helpers that have not finished the round */
  gint next_part; /* atomic */

  GbpTask task; /* these three are written before the round and read within it */
  gpointer data;
  guint n_parts;
};

typedef struct {
  GbpTeam *team;
  guint worker;
} Helper;

static void
pause_briefly (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

static void
work (GbpTeam *team, guint worker)
{
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  guint part;

  while ((part = (guint) g_atomic_int_add (&team->next_part, 1)) < team->n_parts)
    team->task (team->data, part, worker);
  gbp_float_environment_end (environment);
}

/* Returns the new round's number, or the old one where the team is to quit. */
static gint
wait_for_round (GbpTeam *team, gint seen)
{
  gint round = seen;

  for (guint i = 0; i < SPINS && (round = g_atomic_int_get (&team->round)) == seen; i++)
    pause_briefly ();
  if (round != seen)
    return round;
  g_mutex_lock (&team->lock);
  while ((round = g_atomic_int_get (&team->round)) == seen && !team->quit)
    g_cond_wait (&team->work_ready, &team->lock);
  g_mutex_unlock (&team->lock);
  return round;
}

static gpointer
help (gpointer data)
{
  g_autofree Helper *helper = data;
  GbpTeam *team = helper->team;
  gint seen = 0, round;

  while ((round = wait_for_round (team, seen)) != seen) {
    seen = round;
    work (team, helper->worker);
    if (g_atomic_int_dec_and_test (&team->n_busy)) {
      g_mutex_lock (&team->lock);
      g_cond_signal (&team->work_done);
      g_mutex_unlock (&team->lock);
    }
  }
  return NULL;
}

GbpTeam *
gbp_team_new (guint size)
{
  GbpTeam *team = g_new0 (GbpTeam, 1);

  team->size = size > 0 ? size : g_get_num_processors ();
  g_mutex_init (&team->lock);
  g_cond_init (&team->work_ready);
  g_cond_init (&team->work_done);
  team->helpers = g_new0 (GThread *, team->size);
  for (guint i = 1; i < team->size; i++) {
    Helper *helper = g_new (Helper, 1);

    *helper = (Helper){team, i};
    team->helpers[i - 1] = g_thread_new ("gbp-team", help, helper);
  }
  return team;
}

void
gbp_team_free (GbpTeam *team)
{
  g_mutex_lock (&team->lock);
  team->quit = TRUE;
  g_cond_broadcast (&team->work_ready);
  g_mutex_unlock (&team->lock);
  for (guint i = 1; i < team->size; i++)
    g_thread_join (team->helpers[i - 1]);
  g_cond_clear (&team->work_done);
  g_cond_clear (&team->work_ready);
  g_mutex_clear (&team->lock);
  g_free (team->helpers);
  g_free (team);
}

guint
gbp_team_get_size (const GbpTeam *team)
{
  return team->size;
}

static void
wait_for_helpers (GbpTeam *team)
{
  for (guint i = 0; i < SPINS && g_atomic_int_get (&team->n_busy) > 0; i++)
    pause_briefly ();
  g_mutex_lock (&team->lock);
  while (g_atomic_int_get (&team->n_busy) > 0)
    g_cond_wait (&team->work_done, &team->lock);
  g_mutex_unlock (&team->lock);
}

void
gbp_team_run (GbpTeam *team, GbpTask task, gpointer data, guint n_parts)
{
  team->task = task;
  team->data = data;
  team->n_parts = n_parts;
  g_atomic_int_set (&team->next_part, 0);
  if (team->size == 1 || n_parts <= 1) {
    work (team, 0);
    return;
  }
  g_atomic_int_set (&team->n_busy, (gint) team->size - 1);
  g_mutex_lock (&team->lock);
  g_atomic_int_inc (&team->round);
  g_cond_broadcast (&team->work_ready);
  g_mutex_unlock (&team->lock);
  work (team, 0);
  wait_for_helpers (team);
}
