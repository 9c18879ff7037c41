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

/* SignalListener: is told of each signal
 * @context: whose main loop calls @function
 * @is_deaf: whether it has not been told yet of one that came; zero at first, atomic */
typedef struct {
  GMainContext *context;
  void (*function) (gpointer data);
  gpointer data;
  gint is_deaf;
} SignalListener;

/* SignalUser: has files that are not whole
 * @discard: removes them, whoever still writes to them: the tool ends after that */
typedef struct {
  void (*discard) (gpointer data);
  gpointer data;
} SignalUser;

/* Signals: takes what would end the tool, from before the first file is made until none is left unfinished, so that no
 * part stays behind. The main thread's loop takes them; all else is safe from any thread. A listener whose main loop
 * does not run, since GStreamer does not return, is not waited for longer than some seconds: then all ends without it.
 * @users: who have files that are not finished
 * @number: the last signal that came; 0 if none has */
typedef struct _Signals {
  GMutex lock; /* guards what follows */
  GList *users;
  SignalSource sources[N_SIGNALS];
  GList *listeners;
  int number;
} Signals;

/* @signals: has to stay where it is */
void signals_init (Signals *signals);
void signals_clear (Signals *signals);

/* To be called by each who makes files, and then one of the two that follow. @user stays where it is until then. */
void signals_take (Signals *signals, SignalUser *user);

/* The files are whole. Signals are taken on, for those who come. */
void signals_finish (Signals *signals, SignalUser *user);

/* The files are removed, and what is left to do may take long: if nobody else has any, a signal ends the tool as it
 * ends any, until somebody makes files again; one that has come does so after some seconds. */
void signals_release (Signals *signals, SignalUser *user);

/* Tells @listener of what comes from now on, and once of what came already. It must stay as it is until
 * signals_leave(); what it has not been told then goes with its context. */
void signals_listen (Signals *signals, SignalListener *listener);
void signals_leave (Signals *signals, SignalListener *listener);

/* Returns: the last one that came; 0 if none has */
int signals_get_number (Signals *signals);
