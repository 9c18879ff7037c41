/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pusher.h"

struct _GstGbpPusher {
  void (*push) (gpointer data);
  gpointer data;
  GThread *thread;

  GMutex lock; /* guards what follows */
  GCond changed;
  gboolean is_woken;
  gboolean must_quit;
};

static gpointer
run_pusher (gpointer data)
{
  GstGbpPusher *pusher = data;

  g_mutex_lock (&pusher->lock);
  while (!pusher->must_quit) {
    if (!pusher->is_woken) {
      g_cond_wait (&pusher->changed, &pusher->lock);
      continue;
    }
    pusher->is_woken = FALSE;
    g_mutex_unlock (&pusher->lock);
    pusher->push (pusher->data);
    g_mutex_lock (&pusher->lock);
  }
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
  pusher->thread = g_thread_try_new ("gbp-pusher", run_pusher, pusher, NULL);
  return pusher;
}

void
gst_gbp_pusher_wake (gpointer data)
{
  GstGbpPusher *pusher = data;

  g_mutex_lock (&pusher->lock);
  pusher->is_woken = TRUE;
  g_cond_signal (&pusher->changed);
  g_mutex_unlock (&pusher->lock);
}

void
gst_gbp_pusher_stop (GstGbpPusher *pusher)
{
  g_mutex_lock (&pusher->lock);
  pusher->must_quit = TRUE;
  g_cond_signal (&pusher->changed);
  g_mutex_unlock (&pusher->lock);
  g_clear_pointer (&pusher->thread, g_thread_join);
}

void
gst_gbp_pusher_free (GstGbpPusher *pusher)
{
  gst_gbp_pusher_stop (pusher);
  g_mutex_clear (&pusher->lock);
  g_cond_clear (&pusher->changed);
  g_free (pusher);
}
