/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workers.h"

#include "blocks.h"
#include "pool.h"
#include "queue.h"
#include "turns.h"

/* A computation at a time, in a thread of the pool.
 * @job: that it computes, or did last; NULL: there was none: under the lock
 * @turn: in which it chooses the top class; under the lock */
typedef struct {
  GstGbpTask task;
  GstGbpWorkers *workers;
  GstGbpComputer computer;
  GstGbpJob *job;
  GstGbpTurn turn;
} Worker;

/* @n_threads: of the pool, that all workers together use, with their helpers
 * @lock: guards what follows it
 * @idle: [@n_idle]: the workers that are not in the pool, the last one to be used next
 * @asked: jobs that have not begun
 * @ended: jobs that have not been collected
 * @n_waiting: threads that wait for one to end
 * @turns: in which frames choose the top class */
struct _GstGbpWorkers {
  GstGbpComputing computing;
  Worker *workers;
  guint n_workers, n_threads;
  GstGbpBlocks *blocks;
  GstGbpJob *jobs;
  guint n_jobs;
  void (*ended_function) (gpointer data);
  gpointer ended_data;

  GMutex lock;
  GCond is_idle;
  GCond has_ended;
  Worker **idle;
  guint n_idle;
  GstGbpQueue asked;
  GstGbpQueue ended;
  guint n_waiting;
  GstGbpTurns turns;
  gboolean is_flushing;
  gboolean must_quit;
};

/* Under the lock. */
static gboolean
has_work (const GstGbpWorkers *workers)
{
  if (workers->asked.n == 0 || workers->is_flushing || workers->must_quit)
    return FALSE;
  return gst_gbp_turns_are_free (&workers->turns)
         || !gst_gbp_job_follows_lead (&workers->jobs[gst_gbp_queue_peek (&workers->asked)]);
}

/* Under the lock. */
static void
wake_worker (GstGbpWorkers *workers)
{
  if (workers->n_idle > 0 && has_work (workers))
    gst_gbp_pool_push (&workers->idle[--workers->n_idle]->task);
}

static void
begin_choice (gpointer data)
{
  Worker *worker = data;
  GstGbpWorkers *workers = worker->workers;

  g_mutex_lock (&workers->lock);
  gst_gbp_turn_enter (&worker->turn);
  wake_worker (workers);
  g_mutex_unlock (&workers->lock);
}

static guint
choose_class (const double *logits, guint n_classes, gpointer data)
{
  Worker *worker = data;
  GstGbpWorkers *workers = worker->workers;
  guint chosen;

  g_mutex_lock (&workers->lock);
  chosen = gst_gbp_turn_choose (&worker->turn, worker->job->target->number, logits, n_classes);
  g_mutex_unlock (&workers->lock);
  return chosen;
}

static gboolean
is_stopped (gpointer data)
{
  return gst_gbp_job_ends_early (((const Worker *) data)->job);
}

/* Under the lock.
 * @kept: (nullable): for whose target a computation goes on */
static void
stop_jobs (GstGbpWorkers *workers, const GstGbpSharedTarget *kept)
{
  for (guint i = 0; i < workers->n_workers; i++) {
    GstGbpJob *job = workers->workers[i].job;

    if (job != NULL && (kept == NULL || job->target->number != kept->number))
      gst_gbp_job_stop (job);
  }
}

/* Returns: −1: there is none any more */
static int
take_job (Worker *worker)
{
  GstGbpWorkers *workers = worker->workers;
  int index = -1;

  g_mutex_lock (&workers->lock);
  if (has_work (workers)) {
    index = gst_gbp_queue_pop (&workers->asked);
    worker->job = &workers->jobs[index];
    gst_gbp_job_begin (worker->job);
    gst_gbp_turn_take (
        &worker->turn, gst_gbp_job_follows_lead (worker->job) ? &workers->turns : NULL);
  }
  wake_worker (workers); /* who was woken for a job that could not begin */
  g_mutex_unlock (&workers->lock);
  return index;
}

/* Whoever waits for a job takes all that have ended: nobody else needs to be told. */
static void
end_job (GstGbpWorkers *workers, int index)
{
  gboolean is_awaited;

  g_mutex_lock (&workers->lock);
  gst_gbp_queue_push (&workers->ended, index);
  is_awaited = workers->n_waiting > 0;
  g_cond_signal (&workers->has_ended);
  g_mutex_unlock (&workers->lock);
  if (!is_awaited && workers->ended_function != NULL)
    workers->ended_function (workers->ended_data);
}

/* Another job waits its turn behind those of other elements. */
static void
run_worker (gpointer data)
{
  Worker *worker = data;
  GstGbpWorkers *workers = worker->workers;
  const GstGbpGuide guide = {begin_choice, choose_class, is_stopped, worker, &worker->turn.waited};
  int index = take_job (worker);

  if (index >= 0) {
    gst_gbp_computer_compute (&worker->computer, worker->job, workers->blocks, &guide);
    end_job (workers, index);
  }
  g_mutex_lock (&workers->lock);
  gst_gbp_turn_miss (&worker->turn);
  if (has_work (workers)) {
    gst_gbp_pool_push (&worker->task);
  } else {
    workers->idle[workers->n_idle++] = worker;
    g_cond_signal (&workers->is_idle);
  }
  g_mutex_unlock (&workers->lock);
}

static void
allocate_jobs (GstGbpWorkers *workers, guint n_jobs, gpointer data)
{
  guint height, width;

  workers->computing.get_size (data, &height, &width);
  workers->blocks = gst_gbp_blocks_join (height, width, n_jobs);
  workers->n_jobs = n_jobs;
  workers->jobs = g_new0 (GstGbpJob, n_jobs);
  gst_gbp_queue_init (&workers->asked, n_jobs);
  gst_gbp_queue_init (&workers->ended, n_jobs);
  for (guint i = 0; i < n_jobs; i++)
    gst_gbp_image_init_input (&workers->jobs[i].image, workers->blocks);
}

static gboolean
open_worker (GstGbpWorkers *workers, guint n_threads, gpointer data, GError **error)
{
  Worker *worker = &workers->workers[workers->n_workers];

  worker->task.run = run_worker;
  worker->task.data = worker;
  worker->workers = workers;
  if (!gst_gbp_computer_open (&worker->computer, &workers->computing, data, n_threads, error))
    return FALSE;
  workers->n_workers++;
  workers->idle[workers->n_idle++] = worker;
  return TRUE;
}

static gboolean
open_workers (
    GstGbpWorkers *workers, guint n_workers, guint n_threads, gpointer data, GError **error)
{
  guint n_wanted = n_workers * n_threads;

  workers->workers = g_new0 (Worker, n_workers);
  workers->idle = g_new (Worker *, n_workers);
  if (!gst_gbp_pool_join (n_workers, n_wanted, workers->computing.count_cpus (data), error))
    return FALSE;
  workers->n_threads = n_wanted;
  if (!open_worker (workers, n_threads, data, error))
    return FALSE;
  while (workers->n_workers < n_workers && open_worker (workers, n_threads, data, NULL))
    ;
  return TRUE;
}

GstGbpWorkers *
gst_gbp_workers_new (guint n_workers, guint n_threads, guint n_jobs,
    const GstGbpComputing *computing, gpointer data, GError **error)
{
  GstGbpWorkers *workers = g_new0 (GstGbpWorkers, 1);

  workers->computing = *computing;
  g_mutex_init (&workers->lock);
  g_cond_init (&workers->is_idle);
  g_cond_init (&workers->has_ended);
  gst_gbp_turns_init (&workers->turns, &workers->lock);
  allocate_jobs (workers, n_jobs, data);
  if (open_workers (workers, n_workers, n_threads, data, error))
    return workers;
  gst_gbp_workers_free (workers);
  return NULL;
}

/* What waits in the pool does not begin, and what has begun ends. */
static void
stop_workers (GstGbpWorkers *workers)
{
  g_mutex_lock (&workers->lock);
  workers->must_quit = TRUE;
  stop_jobs (workers, NULL);
  for (guint i = 0; i < workers->n_workers; i++)
    if (gst_gbp_pool_remove (&workers->workers[i].task))
      workers->idle[workers->n_idle++] = &workers->workers[i];
  while (workers->n_idle < workers->n_workers)
    g_cond_wait (&workers->is_idle, &workers->lock);
  g_mutex_unlock (&workers->lock);
}

void
gst_gbp_workers_free (GstGbpWorkers *workers)
{
  stop_workers (workers);
  if (workers->n_threads > 0)
    gst_gbp_pool_leave (workers->n_threads);
  for (guint i = 0; i < workers->n_workers; i++)
    workers->computing.close (workers->workers[i].computer.data);
  for (guint i = 0; i < workers->n_jobs; i++)
    gst_gbp_job_clear (&workers->jobs[i], workers->blocks);
  gst_gbp_blocks_leave (workers->blocks);
  g_free (workers->workers);
  g_free (workers->idle);
  g_free (workers->jobs);
  gst_gbp_queue_clear (&workers->asked);
  gst_gbp_queue_clear (&workers->ended);
  g_mutex_clear (&workers->lock);
  g_cond_clear (&workers->is_idle);
  g_cond_clear (&workers->has_ended);
  gst_gbp_turns_clear (&workers->turns);
  g_free (workers);
}

void
gst_gbp_workers_set_ended_function (
    GstGbpWorkers *workers, void (*has_ended) (gpointer data), gpointer data)
{
  workers->ended_function = has_ended;
  workers->ended_data = data;
}

guint
gst_gbp_workers_count (const GstGbpWorkers *workers)
{
  return workers->n_workers;
}

GstGbpBlocks *
gst_gbp_workers_get_blocks (const GstGbpWorkers *workers)
{
  return workers->blocks;
}

GstGbpJob *
gst_gbp_workers_get_job (GstGbpWorkers *workers, int index)
{
  return &workers->jobs[index];
}

void
gst_gbp_workers_push (GstGbpWorkers *workers, int index, GstGbpSharedTarget *target)
{
  GstGbpJob *job = &workers->jobs[index];

  if (job->target != target) {
    g_clear_pointer (&job->target, gst_gbp_shared_target_unref);
    job->target = gst_gbp_shared_target_ref (target);
  }
  g_clear_error (&job->error);
  g_mutex_lock (&workers->lock);
  gst_gbp_queue_push (&workers->asked, index);
  wake_worker (workers);
  g_mutex_unlock (&workers->lock);
}

void
gst_gbp_workers_drop (GstGbpWorkers *workers, int index)
{
  gst_gbp_job_clear_memory (&workers->jobs[index], workers->blocks);
}

void
gst_gbp_workers_reset_lead (GstGbpWorkers *workers)
{
  g_mutex_lock (&workers->lock);
  gst_gbp_turns_reset_lead (&workers->turns);
  g_mutex_unlock (&workers->lock);
}

gboolean
gst_gbp_workers_withdraw (GstGbpWorkers *workers, int index)
{
  gboolean was_there;

  g_mutex_lock (&workers->lock);
  was_there = gst_gbp_queue_remove (&workers->asked, index);
  g_mutex_unlock (&workers->lock);
  return was_there;
}

int
gst_gbp_workers_collect (GstGbpWorkers *workers)
{
  int index = -1;

  g_mutex_lock (&workers->lock);
  if (workers->ended.n > 0)
    index = gst_gbp_queue_pop (&workers->ended);
  g_mutex_unlock (&workers->lock);
  return index;
}

gboolean
gst_gbp_workers_wait (GstGbpWorkers *workers)
{
  gboolean is_there;

  g_mutex_lock (&workers->lock);
  workers->n_waiting++;
  while (workers->ended.n == 0 && !workers->is_flushing)
    g_cond_wait (&workers->has_ended, &workers->lock);
  workers->n_waiting--;
  is_there = workers->ended.n > 0;
  g_mutex_unlock (&workers->lock);
  return is_there;
}

void
gst_gbp_workers_stop_others (GstGbpWorkers *workers, const GstGbpSharedTarget *target)
{
  g_mutex_lock (&workers->lock);
  stop_jobs (workers, target);
  g_mutex_unlock (&workers->lock);
}

void
gst_gbp_workers_set_flushing (GstGbpWorkers *workers, gboolean is_flushing)
{
  g_mutex_lock (&workers->lock);
  workers->is_flushing = is_flushing;
  if (is_flushing)
    stop_jobs (workers, NULL);
  g_cond_broadcast (&workers->has_ended);
  for (guint i = 0; i < workers->asked.n; i++)
    wake_worker (workers);
  g_mutex_unlock (&workers->lock);
}
