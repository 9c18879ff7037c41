/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signals.h"

#include <glib-unix.h>
#include <signal.h>

static gboolean
take_signal (gpointer data)
{
  SignalSource *source = data;
  Signals *signals = source->signals;

  signals->number = source->number;
  signals->n_taken++;
  if (signals->handler != NULL)
    signals->handler (signals->data);
  return G_SOURCE_CONTINUE;
}

/* nohup has the tool ignore that the terminal is gone. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void
signals_take (Signals *signals)
{
  const int numbers[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

  if (signals->sources[0].id != 0)
    return;
  for (guint i = 0; i < N_SIGNALS; i++) {
    SignalSource *source = &signals->sources[i];

    *source = (SignalSource){.signals = signals, .number = numbers[i]};
    if (numbers[i] != SIGHUP || !is_ignored (SIGHUP))
      source->id = g_unix_signal_add (numbers[i], take_signal, source);
  }
  /* a reader of stderr that is gone is no reason to stop, and a file that grows too large has an error */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
}

void
signals_release (Signals *signals)
{
  for (guint i = 0; i < N_SIGNALS; i++)
    g_clear_handle_id (&signals->sources[i].id, g_source_remove);
}
