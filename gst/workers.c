/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workers.h"

/* Numbers of jobs, first in, first out: a ring with room for all of them. */
typedef struct {
  int *numbers;
  guint first;
  guint n;
} Queue;

/* @computer: the worker's own
 * @aimed_at: number of the target that it is prepared for; 0: none */
typedef struct {
  GstGbpWorkers *workers;
  GThread *thread;
  gpointer computer;
  guint aimed_at;
} Worker;

/* @lock: guards what follows it
 * @asked: jobs that have not begun
 * @ended: jobs that have not been collected */
struct _GstGbpWorkers {
  GstGbpComputing computing;
  Worker *workers;
  guint n_workers;
  GstGbpJob *jobs;
  guint n_jobs;
  void (*ended_function) (gpointer data);
  gpointer ended_data;

  GMutex lock;
  GCond has_work;
  GCond has_ended;
  Queue asked;
  Queue ended;
  gboolean is_flushing;
  gboolean must_quit;
};

static void
queue_push (Queue *queue, guint size, int number)
{
  queue->numbers[(queue->first + queue->n++) % size] = number;
}

static int
queue_pop (Queue *queue, guint size)
{
  int number = queue->numbers[queue->first];

  queue->first = (queue->first + 1) % size;
  queue->n--;
  return number;
}

/* The others keep their order. */
static gboolean
queue_remove (Queue *queue, guint size, int number)
{
  guint n = queue->n;
  gboolean is_there = FALSE;

  for (guint i = 0; i < n; i++) {
    int next = queue_pop (queue, size);

    if (next == number)
      is_there = TRUE;
    else
      queue_push (queue, size, next);
  }
  return is_there;
}

static gboolean
aim (Worker *worker, GstGbpJob *job)
{
  if (worker->aimed_at == job->target->number)
    return TRUE;
  if (!worker->workers->computing.aim (worker->computer, &job->target->target, &job->error))
    return FALSE;
  worker->aimed_at = job->target->number;
  return TRUE;
}

static void
compute (Worker *worker, GstGbpJob *job)
{
  const GstVideoFrame *image = gst_gbp_image_get (&job->image);
  GstClockTime began;

  if (!aim (worker, job))
    return;
  began = gst_util_get_timestamp ();
  worker->workers->computing.compute (worker->computer, GST_VIDEO_FRAME_PLANE_DATA (image, 0),
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (image, 0), job->gradient, &job->result);
  job->spent = gst_util_get_timestamp () - began;
}

static gpointer
run_worker (gpointer data)
{
  Worker *worker = data;
  GstGbpWorkers *workers = worker->workers;

  g_mutex_lock (&workers->lock);
  while (!workers->must_quit) {
    int index;

    if (workers->asked.n == 0 || workers->is_flushing) {
      g_cond_wait (&workers->has_work, &workers->lock);
      continue;
    }
    index = queue_pop (&workers->asked, workers->n_jobs);
    g_mutex_unlock (&workers->lock);
    compute (worker, &workers->jobs[index]);
    g_mutex_lock (&workers->lock);
    queue_push (&workers->ended, workers->n_jobs, index);
    g_cond_signal (&workers->has_ended);
    g_mutex_unlock (&workers->lock);
    if (workers->ended_function != NULL)
      workers->ended_function (workers->ended_data);
    g_mutex_lock (&workers->lock);
  }
  g_mutex_unlock (&workers->lock);
  return NULL;
}

/* All memory at once, so that none is missing later on. */
static gboolean
allocate_jobs (GstGbpWorkers *workers, guint n_jobs, gpointer data, GError **error)
{
  GstVideoInfo info;
  guint height, width;

  workers->computing.get_size (data, &height, &width);
  if (!gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, width, height))
    g_assert_not_reached (); /* networks of larger ones are refused */
  workers->jobs = g_new0 (GstGbpJob, n_jobs);
  workers->asked.numbers = g_new (int, n_jobs);
  workers->ended.numbers = g_new (int, n_jobs);
  for (; workers->n_jobs < n_jobs; workers->n_jobs++) {
    GstGbpJob *job = &workers->jobs[workers->n_jobs];

    gst_gbp_image_init (&job->image, &info);
    job->gradient = g_try_new0 (float, 3 * (gsize) height * width);
    if (job->gradient == NULL || gst_gbp_image_get (&job->image) == NULL) {
      g_clear_pointer (&job->gradient, g_free);
      g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for %u maps", n_jobs);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
open_worker (GstGbpWorkers *workers, guint n_threads, gpointer data, GError **error)
{
  Worker *worker = &workers->workers[workers->n_workers];

  worker->workers = workers;
  worker->computer = workers->computing.open (data, n_threads, error);
  if (worker->computer == NULL)
    return FALSE;
  worker->thread = g_thread_try_new ("gbp-worker", run_worker, worker, error);
  if (worker->thread == NULL) {
    workers->computing.close (worker->computer);
    return FALSE;
  }
  workers->n_workers++;
  return TRUE;
}

GstGbpWorkers *
gst_gbp_workers_new (guint n_workers, guint n_threads, guint n_jobs,
    const GstGbpComputing *computing, gpointer data, GError **error)
{
  GstGbpWorkers *workers = g_new0 (GstGbpWorkers, 1);

  workers->computing = *computing;
  g_mutex_init (&workers->lock);
  g_cond_init (&workers->has_work);
  g_cond_init (&workers->has_ended);
  workers->workers = g_new0 (Worker, n_workers);
  if (!allocate_jobs (workers, n_jobs, data, error)
      || !open_worker (workers, n_threads, data, error)) {
    gst_gbp_workers_free (workers);
    return NULL;
  }
  while (workers->n_workers < n_workers && open_worker (workers, n_threads, data, NULL))
    ;
  return workers;
}

static void
clear_job (GstGbpJob *job)
{
  gst_gbp_image_clear (&job->image);
  g_clear_pointer (&job->target, gst_gbp_shared_target_unref);
  g_clear_error (&job->error);
  g_free (job->gradient);
}

void
gst_gbp_workers_free (GstGbpWorkers *workers)
{
  g_mutex_lock (&workers->lock);
  workers->must_quit = TRUE;
  g_cond_broadcast (&workers->has_work);
  g_mutex_unlock (&workers->lock);
  for (guint i = 0; i < workers->n_workers; i++) {
    g_thread_join (workers->workers[i].thread);
    workers->computing.close (workers->workers[i].computer);
  }
  for (guint i = 0; i < workers->n_jobs; i++)
    clear_job (&workers->jobs[i]);
  g_free (workers->workers);
  g_free (workers->jobs);
  g_free (workers->asked.numbers);
  g_free (workers->ended.numbers);
  g_mutex_clear (&workers->lock);
  g_cond_clear (&workers->has_work);
  g_cond_clear (&workers->has_ended);
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
  queue_push (&workers->asked, workers->n_jobs, index);
  g_cond_signal (&workers->has_work);
  g_mutex_unlock (&workers->lock);
}

gboolean
gst_gbp_workers_withdraw (GstGbpWorkers *workers, int index)
{
  gboolean was_there;

  g_mutex_lock (&workers->lock);
  was_there = queue_remove (&workers->asked, workers->n_jobs, index);
  g_mutex_unlock (&workers->lock);
  return was_there;
}

int
gst_gbp_workers_collect (GstGbpWorkers *workers)
{
  int index = -1;

  g_mutex_lock (&workers->lock);
  if (workers->ended.n > 0)
    index = queue_pop (&workers->ended, workers->n_jobs);
  g_mutex_unlock (&workers->lock);
  return index;
}

gboolean
gst_gbp_workers_wait (GstGbpWorkers *workers)
{
  gboolean is_there;

  g_mutex_lock (&workers->lock);
  while (workers->ended.n == 0 && !workers->is_flushing)
    g_cond_wait (&workers->has_ended, &workers->lock);
  is_there = workers->ended.n > 0;
  g_mutex_unlock (&workers->lock);
  return is_there;
}

void
gst_gbp_workers_set_flushing (GstGbpWorkers *workers, gboolean is_flushing)
{
  g_mutex_lock (&workers->lock);
  workers->is_flushing = is_flushing;
  g_cond_broadcast (&workers->has_ended);
  g_cond_broadcast (&workers->has_work);
  g_mutex_unlock (&workers->lock);
}

/* Texture: flat parts cost more time, or less, than what a camera sees. */
static void
fill_image (GstVideoFrame *image)
{
  guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (image, 0);
  gsize size =
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (image, 0) * (gsize) GST_VIDEO_FRAME_HEIGHT (image);
  guint32 state = 1;

  for (gsize i = 0; i < size; i++) {
    state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    data[i] = (guint8) (state >> 24);
  }
}

/* One computation by each worker at once. */
static gboolean
measure_once (
    GstGbpWorkers *workers, GstGbpSharedTarget *target, GstClockTime *spent, GError **error)
{
  gboolean has_map = TRUE;

  *spent = 0;
  for (guint i = 0; i < workers->n_workers; i++)
    gst_gbp_workers_push (workers, (int) i, target);
  for (guint i = 0; i < workers->n_workers && gst_gbp_workers_wait (workers); i++) {
    GstGbpJob *job = &workers->jobs[gst_gbp_workers_collect (workers)];

    *spent += job->spent / workers->n_workers;
    if (job->error == NULL)
      continue;
    if (has_map)
      g_propagate_error (error, g_steal_pointer (&job->error));
    has_map = FALSE;
  }
  return has_map;
}

gboolean
gst_gbp_workers_measure (
    GstGbpWorkers *workers, GstGbpSharedTarget *target, GstClockTime *spent, GError **error)
{
  for (guint i = 0; i < workers->n_workers; i++)
    fill_image (gst_gbp_image_get (&workers->jobs[i].image));
  return measure_once (workers, target, spent, error)
         && measure_once (workers, target, spent, error);
}
