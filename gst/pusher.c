/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pusher.h"

/* For how long the thread stays without being woken, in microseconds. */
#define PATIENCE (3 * G_USEC_PER_SEC)

/* @lock: guards what follows it
 * @thread: NULL before the first one
 * @has_ended: whether it has, or is about to: it looks at nothing here any more */
struct _GstGbpPusher {
  void (*push) (gpointer data);
  gpointer data;

  GMutex lock;
  GCond changed;
  GThread *thread;
  gboolean has_ended;
  gboolean is_woken;
  gboolean must_quit;
};

/* Under the lock. Returns: FALSE when the thread is to end */
static gboolean
wait_to_push (GstGbpPusher *pusher)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!pusher->is_woken && !pusher->must_quit)
    if (!g_cond_wait_until (&pusher->changed, &pusher->lock, end) && !pusher->is_woken)
      return FALSE;
  pusher->is_woken = FALSE;
  return !pusher->must_quit;
}

static gpointer
run_pusher (gpointer data)
{
  GstGbpPusher *pusher = data;

  g_mutex_lock (&pusher->lock);
  while (wait_to_push (pusher)) {
    g_mutex_unlock (&pusher->lock);
    pusher->push (pusher->data);
    g_mutex_lock (&pusher->lock);
  }
  pusher->has_ended = TRUE;
  g_mutex_unlock (&pusher->lock);
  return NULL;
}

GstGbpPusher *
gst_gbp_pusher_new (void (*push) (gpointer data), gpointer data)
{
  GstGbpPusher *pusher = g_new0 (GstGbpPusher, 1);

  pusher->push = push;
  pusher->data = data;
  g_mutex_init (&pusher->lock);
  g_cond_init (&pusher->changed);
  return pusher;
}

void
gst_gbp_pusher_wake (gpointer data)
{
  GstGbpPusher *pusher = data;

  g_mutex_lock (&pusher->lock);
  pusher->is_woken = TRUE;
  g_cond_signal (&pusher->changed);
  if (pusher->has_ended)
    g_clear_pointer (&pusher->thread, g_thread_join);
  if (pusher->thread == NULL && !pusher->must_quit) {
    pusher->has_ended = FALSE;
    pusher->thread = g_thread_try_new ("gbp-pusher", run_pusher, pusher, NULL);
  }
  g_mutex_unlock (&pusher->lock);
}

void
gst_gbp_pusher_stop (GstGbpPusher *pusher)
{
  g_autoptr (GThread) thread = NULL;

  g_mutex_lock (&pusher->lock);
  pusher->must_quit = TRUE;
  g_cond_signal (&pusher->changed);
  thread = g_steal_pointer (&pusher->thread);
  g_mutex_unlock (&pusher->lock);
  g_clear_pointer (&thread, g_thread_join);
}

void
gst_gbp_pusher_free (GstGbpPusher *pusher)
{
  gst_gbp_pusher_stop (pusher);
  g_mutex_clear (&pusher->lock);
  g_cond_clear (&pusher->changed);
  g_free (pusher);
}
