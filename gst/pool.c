/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool.h"

/* For how long a thread stays with nothing to do, in microseconds. */
#define PATIENCE (3 * G_USEC_PER_SEC)

/* Users come and go one after the other: the next one does not begin before the last one has ended all threads. */
static GMutex users_lock;

/* Under its own lock.
 * @n_wanted: threads that the users want, all together
 * @n_most: tasks at once that one of the users wants, at most
 * @n_idle: of the @n_threads those that have no task, among them those that have just been started
 * @ended: the last thread that has ended, to be joined: by the next one that ends, or by the last user */
static struct {
  GMutex lock;
  GCond has_task;
  GCond has_ended;
  GQueue tasks;
  guint n_users;
  guint n_wanted;
  guint n_most;
  guint n_cpus;
  guint n_threads;
  guint n_idle;
  gboolean must_quit;
  GThread *ended;
} pool;

/* One thread stays as long as there are users: a later one might not be had.
 * Returns: NULL when the calling thread is to end */
static GstGbpTask *
wait_for_task (void)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  gboolean is_in_time = TRUE;

  while (g_queue_is_empty (&pool.tasks)) {
    if (pool.must_quit || (!is_in_time && pool.n_threads > 1))
      return NULL;
    if (pool.n_threads > 1)
      is_in_time = g_cond_wait_until (&pool.has_task, &pool.lock, end);
    else
      g_cond_wait (&pool.has_task, &pool.lock);
  }
  return g_queue_pop_head_link (&pool.tasks)->data;
}

static gpointer
run_tasks (gpointer unused)
{
  GstGbpTask *task;
  GThread *before;

  g_mutex_lock (&pool.lock);
  while ((task = wait_for_task ()) != NULL) {
    task->is_queued = FALSE;
    pool.n_idle--;
    g_mutex_unlock (&pool.lock);
    task->run (task->data);
    g_mutex_lock (&pool.lock);
    pool.n_idle++;
  }
  pool.n_idle--;
  pool.n_threads--;
  before = pool.ended;
  pool.ended = g_thread_self ();
  g_cond_signal (&pool.has_ended);
  g_mutex_unlock (&pool.lock);
  g_clear_pointer (&before, g_thread_join);
  return NULL;
}

/* Whoever joins the thread takes the reference that is kept by nobody here. */
static gboolean
start_thread (GError **error)
{
  if (g_thread_try_new ("gbp-worker", run_tasks, NULL, error) == NULL)
    return FALSE;
  pool.n_threads++;
  pool.n_idle++;
  return TRUE;
}

static guint
get_limit (void)
{
  return MAX (pool.n_most, MIN (pool.n_cpus, pool.n_wanted));
}

gboolean
gst_gbp_pool_join (guint n_tasks, guint n_threads, guint n_cpus, GError **error)
{
  gboolean has_thread;

  g_mutex_lock (&users_lock);
  g_mutex_lock (&pool.lock);
  has_thread = pool.n_threads > 0 || start_thread (error);
  if (has_thread) {
    pool.n_users++;
    pool.n_wanted += n_threads;
    pool.n_most = MAX (pool.n_most, n_tasks);
    pool.n_cpus = n_cpus;
  }
  g_mutex_unlock (&pool.lock);
  g_mutex_unlock (&users_lock);
  return has_thread;
}

/* Under the lock. */
static void
end_threads (void)
{
  pool.must_quit = TRUE;
  g_cond_broadcast (&pool.has_task);
  while (pool.n_threads > 0)
    g_cond_wait (&pool.has_ended, &pool.lock);
  pool.must_quit = FALSE;
  pool.n_most = 0;
}

void
gst_gbp_pool_leave (guint n_threads)
{
  GThread *ended = NULL;

  g_mutex_lock (&users_lock);
  g_mutex_lock (&pool.lock);
  pool.n_wanted -= n_threads;
  if (--pool.n_users == 0) {
    end_threads ();
    ended = g_steal_pointer (&pool.ended);
  }
  g_mutex_unlock (&pool.lock);
  g_clear_pointer (&ended, g_thread_join);
  g_mutex_unlock (&users_lock);
}

void
gst_gbp_pool_push (GstGbpTask *task)
{
  g_mutex_lock (&pool.lock);
  task->link = (GList){.data = task};
  task->is_queued = TRUE;
  g_queue_push_tail_link (&pool.tasks, &task->link);
  if (pool.tasks.length > pool.n_idle && pool.n_threads < get_limit ())
    start_thread (NULL); /* or the task waits for one of those that there are */
  g_cond_signal (&pool.has_task);
  g_mutex_unlock (&pool.lock);
}

gboolean
gst_gbp_pool_remove (GstGbpTask *task)
{
  gboolean was_queued;

  g_mutex_lock (&pool.lock);
  was_queued = task->is_queued;
  if (was_queued)
    g_queue_unlink (&pool.tasks, &task->link);
  task->is_queued = FALSE;
  g_mutex_unlock (&pool.lock);
  return was_queued;
}

gboolean
gst_gbp_pool_is_crowded (void)
{
  guint limit, n_busy;
  gboolean is_crowded;

  g_mutex_lock (&pool.lock);
  limit = get_limit ();
  n_busy = MIN (pool.n_threads - pool.n_idle, limit);
  is_crowded = pool.tasks.length > limit + (limit - n_busy);
  g_mutex_unlock (&pool.lock);
  return is_crowded;
}
