/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef __linux__
#define _GNU_SOURCE /* for pthread_setaffinity_np */
#endif
#include "kernel/helpers.h"

#include <pthread.h>
#include <string.h>

#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#endif

#include "kernel/memory.h"
#include "kernel/shared.h"

/* How often a waiting thread looks again before it sleeps: some tens of microseconds, about as long as
 * the parts of a layer differ, and less than waking a sleeper takes. */
#define SPINS 4000

/* For how long a helper stays with nothing to do, in microseconds. */
#define PATIENCE (3 * G_USEC_PER_SEC)

typedef enum {
  IDLE,
  BUSY,
  QUIT,
} State;

/* What two threads say to each other lies in a cache line of its own, since blocks are aligned to one.
 * @state: atomic: the borrower makes an idle helper busy, the helper itself idle again
 * @n_asleep: atomic: threads that wait for the state to change
 * @task, @data, @worker: written before it is made busy
 * @cpus: where the thread runs
 * @next: of the list of idle ones, under the shared lock */
struct _GbpHelper {
  gint state;
  gint n_asleep;
  GbpHelperTask task;
  gpointer data;
  guint worker;
  GMutex lock;
  GCond changed;
  pthread_t thread;
  GbpCpus cpus;
  GbpHelper *next;
};

/* Under the shared lock.
 * @n_borrowers: of them each computes on a CPU itself
 * @idle: those that nobody has borrowed, the last one returned first
 * @ended, @has_ended: the last thread that ended by itself, to be joined: by the next one, or by the last user */
static struct {
  guint generation;
  guint n_users;
  guint n_borrowers;
  guint n_lent;
  GbpHelper *idle;
  pthread_t ended;
  gboolean has_ended;
} pool;

static void
pause_briefly (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

/* Wakes only who sleeps: a sleeper counts itself before it looks at the state a last time. */
static void
set_state (GbpHelper *helper, State state)
{
  g_atomic_int_set (&helper->state, (gint) state);
  if (g_atomic_int_get (&helper->n_asleep) == 0)
    return;
  g_mutex_lock (&helper->lock);
  g_cond_broadcast (&helper->changed);
  g_mutex_unlock (&helper->lock);
}

/* Returns another state than @state, or the same when patience has run out. */
static State
wait_while (GbpHelper *helper, State state)
{
  gint64 end;
  gint now;

  for (guint i = 0; i < SPINS; i++) {
    if ((now = g_atomic_int_get (&helper->state)) != (gint) state)
      return (State) now;
    pause_briefly ();
  }
  end = g_get_monotonic_time () + PATIENCE;
  g_mutex_lock (&helper->lock);
  g_atomic_int_inc (&helper->n_asleep);
  while ((now = g_atomic_int_get (&helper->state)) == (gint) state
         && g_cond_wait_until (&helper->changed, &helper->lock, end))
    ;
  g_atomic_int_add (&helper->n_asleep, -1);
  g_mutex_unlock (&helper->lock);
  return (State) now;
}

static void
free_helper (GbpHelper *helper)
{
  g_cond_clear (&helper->changed);
  g_mutex_clear (&helper->lock);
  gbp_memory_free (helper);
}

/* Takes the calling helper off the list of idle ones; FALSE if it has been borrowed meanwhile. */
static gboolean
leave_pool (GbpHelper *helper)
{
  GbpHelper **link = &pool.idle;
  pthread_t before;
  gboolean has_before;

  gbp_shared_lock ();
  while (*link != NULL && *link != helper)
    link = &(*link)->next;
  if (*link == NULL) {
    gbp_shared_unlock ();
    return FALSE;
  }
  *link = helper->next;
  before = pool.ended;
  has_before = pool.has_ended;
  pool.ended = helper->thread;
  pool.has_ended = TRUE;
  gbp_shared_unlock ();
  if (has_before)
    pthread_join (before, NULL);
  free_helper (helper);
  return TRUE;
}

static gpointer
help (gpointer data)
{
  GbpHelper *helper = data;
  State state;

#ifdef __linux__
  prctl (PR_SET_NAME, "gbp-helper", 0, 0, 0);
#endif
  while ((state = wait_while (helper, IDLE)) != QUIT) {
    if (state == BUSY) {
      helper->task (helper->data, helper->worker);
      set_state (helper, IDLE);
    } else if (leave_pool (helper)) {
      break;
    }
  }
  return NULL;
}

/* By pthread_create(), since GLib's function ends the program where a thread cannot be had.
 * @cpus: the caller's, which a thread inherits
 * Returns: NULL if there is no memory or no thread to be had */
static GbpHelper *
make_helper (const GbpCpus *cpus)
{
  GbpHelper *helper = gbp_memory_new (1, sizeof *helper);

  if (helper == NULL)
    return NULL;
  g_mutex_init (&helper->lock);
  g_cond_init (&helper->changed);
  helper->cpus = *cpus;
  if (pthread_create (&helper->thread, NULL, help, helper) == 0)
    return helper;
  free_helper (helper);
  return NULL;
}

static GbpHelper *
take_idle (const GbpCpus *cpus)
{
  GbpHelper *helper = pool.idle;

  if (helper == NULL)
    return NULL;
  pool.idle = helper->next;
#ifdef __linux__
  if (memcmp (helper->cpus.set, cpus->set, sizeof cpus->set) != 0)
    pthread_setaffinity_np (
        helper->thread, sizeof cpus->set, (const cpu_set_t *) cpus->set); /* or it stays */
#endif
  helper->cpus = *cpus;
  return helper;
}

/* In a child of fork() there is nobody of those that the parent had, except in the books. */
static void
reset_after_fork (void)
{
  if (pool.generation == gbp_shared_get_generation ())
    return;
  pool.generation = gbp_shared_get_generation ();
  pool.n_borrowers = pool.n_lent = 0;
  pool.idle = NULL;
  pool.has_ended = FALSE;
}

guint
gbp_helpers_borrow (GbpHelper **helpers, guint n, const GbpCpus *cpus)
{
  guint n_busy, n_found = 0;

  gbp_shared_lock ();
  reset_after_fork ();
  n_busy = ++pool.n_borrowers + pool.n_lent;
  n = MIN (n, cpus->n - MIN (cpus->n, n_busy));
  while (n_found < n) {
    GbpHelper *helper = take_idle (cpus);

    if (helper == NULL && (helper = make_helper (cpus)) == NULL)
      break;
    helpers[n_found++] = helper;
  }
  pool.n_lent += n_found;
  gbp_shared_unlock ();
  return n_found;
}

void
gbp_helpers_return (GbpHelper **helpers, guint n)
{
  gbp_shared_lock ();
  for (guint i = 0; i < n; i++) {
    helpers[i]->next = pool.idle;
    pool.idle = helpers[i];
  }
  pool.n_lent -= n;
  pool.n_borrowers--;
  gbp_shared_unlock ();
}

void
gbp_helpers_add_user (void)
{
  gbp_shared_lock ();
  pool.n_users++;
  gbp_shared_unlock ();
}

void
gbp_helpers_remove_user (void)
{
  GbpHelper *idle = NULL;
  pthread_t ended = {0};
  gboolean has_ended = FALSE;

  gbp_shared_lock ();
  reset_after_fork ();
  if (--pool.n_users == 0) {
    idle = g_steal_pointer (&pool.idle);
    ended = pool.ended;
    has_ended = pool.has_ended;
    pool.has_ended = FALSE;
  }
  gbp_shared_unlock ();
  for (GbpHelper *helper = idle; helper != NULL; helper = helper->next)
    set_state (helper, QUIT);
  while (idle != NULL) {
    GbpHelper *helper = idle;

    idle = helper->next;
    pthread_join (helper->thread, NULL);
    free_helper (helper);
  }
  if (has_ended)
    pthread_join (ended, NULL);
}

void
gbp_helper_start (GbpHelper *helper, GbpHelperTask task, gpointer data, guint worker)
{
  helper->task = task;
  helper->data = data;
  helper->worker = worker;
  set_state (helper, BUSY);
}

void
gbp_helper_wait (GbpHelper *helper)
{
  while (wait_while (helper, BUSY) == BUSY)
    ;
}
