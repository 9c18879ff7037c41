/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signals.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Seconds for which a signal may not reach a listener, or what is stopped may not end. */
#define PATIENCE 10

void
signals_init (Signals *signals)
{
  *signals = (Signals){0};
  g_mutex_init (&signals->lock);
}

void
signals_clear (Signals *signals)
{
  g_mutex_clear (&signals->lock);
}

static gboolean
tell (gpointer data)
{
  SignalListener *listener = data;

  g_atomic_int_set (&listener->is_deaf, FALSE);
  listener->function (listener->data);
  return G_SOURCE_REMOVE;
}

static void
send_to (SignalListener *listener)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_atomic_int_set (&listener->is_deaf, TRUE);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell, listener, NULL);
  g_source_attach (source, listener->context);
}

/* Under the lock. */
static gboolean
has_deaf_listener (const Signals *signals)
{
  for (GList *i = signals->listeners; i != NULL; i = i->next)
    if (g_atomic_int_get (&((SignalListener *) i->data)->is_deaf))
      return TRUE;
  return FALSE;
}

/* What hangs cannot be stopped, and what it holds cannot be freed. Under the lock. */
static void
end_now (const Signals *signals)
{
  for (GList *i = signals->users; i != NULL; i = i->next) {
    SignalUser *user = i->data;

    user->discard (user->data);
  }
  fprintf (stderr,
      "gbp-saliency: stopped; what was not finished is not written: GStreamer has not answered for %d "
      "seconds\n",
      PATIENCE);
  _exit (128 + signals->number);
}

static gboolean
end_if_deaf (gpointer data)
{
  Signals *signals = data;

  g_mutex_lock (&signals->lock);
  if (has_deaf_listener (signals))
    end_now (signals);
  g_mutex_unlock (&signals->lock);
  return G_SOURCE_REMOVE;
}

/* Nobody begins anything any more once a signal has come. */
static gboolean
end_if_idle (gpointer data)
{
  Signals *signals = data;

  g_mutex_lock (&signals->lock);
  if (signals->users == NULL)
    end_now (signals);
  g_mutex_unlock (&signals->lock);
  return G_SOURCE_REMOVE;
}

static gboolean
take_signal (gpointer data)
{
  SignalSource *source = data;
  Signals *signals = source->signals;

  g_mutex_lock (&signals->lock);
  signals->number = source->number;
  for (GList *i = signals->listeners; i != NULL; i = i->next)
    send_to (i->data);
  g_mutex_unlock (&signals->lock);
  g_timeout_add_seconds (PATIENCE, end_if_deaf, signals);
  return G_SOURCE_CONTINUE;
}

/* nohup has the tool ignore that the terminal is gone. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void
add_sources (Signals *signals)
{
  const int numbers[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

  for (guint i = 0; i < N_SIGNALS; i++) {
    SignalSource *source = &signals->sources[i];

    *source = (SignalSource){.signals = signals, .number = numbers[i], .id = source->id};
    if (source->id == 0 && (numbers[i] != SIGHUP || !is_ignored (SIGHUP)))
      source->id = g_unix_signal_add (numbers[i], take_signal, source);
  }
  /* a reader of stderr that is gone is no reason to stop, and a file that grows too large has an error */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
}

void
signals_take (Signals *signals, SignalUser *user)
{
  g_mutex_lock (&signals->lock);
  signals->users = g_list_prepend (signals->users, user);
  add_sources (signals);
  g_mutex_unlock (&signals->lock);
}

void
signals_finish (Signals *signals, SignalUser *user)
{
  g_mutex_lock (&signals->lock);
  signals->users = g_list_remove (signals->users, user);
  g_mutex_unlock (&signals->lock);
}

void
signals_release (Signals *signals, SignalUser *user)
{
  g_mutex_lock (&signals->lock);
  signals->users = g_list_remove (signals->users, user);
  if (signals->users == NULL)
    for (guint i = 0; i < N_SIGNALS; i++)
      g_clear_handle_id (&signals->sources[i].id, g_source_remove);
  if (signals->number != 0)
    g_timeout_add_seconds (PATIENCE, end_if_idle, signals);
  g_mutex_unlock (&signals->lock);
}

void
signals_listen (Signals *signals, SignalListener *listener)
{
  g_mutex_lock (&signals->lock);
  signals->listeners = g_list_prepend (signals->listeners, listener);
  if (signals->number != 0)
    send_to (listener);
  g_mutex_unlock (&signals->lock);
}

void
signals_leave (Signals *signals, SignalListener *listener)
{
  g_mutex_lock (&signals->lock);
  signals->listeners = g_list_remove (signals->listeners, listener);
  g_mutex_unlock (&signals->lock);
}

int
signals_get_number (Signals *signals)
{
  int number;

  g_mutex_lock (&signals->lock);
  number = signals->number;
  g_mutex_unlock (&signals->lock);
  return number;
}
