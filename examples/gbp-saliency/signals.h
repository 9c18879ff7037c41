/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define N_SIGNALS 3

/* SignalSource: one signal that is taken */
typedef struct {
  struct _Signals *signals;
  int number;
  guint id; /* 0 where it is not taken */
} SignalSource;

/* Signals: takes what would end the tool, from before its first file is made until none is left unfinished, so
 * that no part stays behind. What comes while the main loop does not run waits for it.
 * @number: the last one that came; 0 if none has
 * @n_taken: how many came
 * @handler: (nullable): called at each, from the main loop */
typedef struct _Signals {
  SignalSource sources[N_SIGNALS];
  int number;
  guint n_taken;
  void (*handler) (gpointer data);
  gpointer data;
} Signals;

/* @signals: zeros, where it is to stay, or taken already */
void signals_take (Signals *signals);

/* From here on a signal ends the tool as it ends any. */
void signals_release (Signals *signals);
