/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Counters: how far a pipeline is, counted where data passes
 * @n_frames, @first_time, @last_time: frames that are done, and when the first and the last one were, by the monotonic
 *     clock in microseconds
 * @n_steps: grows with whatever passes
 * @position: the last frame's stream time
 * @has_ended: whether a stream's end has passed */
typedef struct {
  GMutex lock;
  guint n_frames;
  guint n_steps;
  gint64 first_time;
  gint64 last_time;
  GstClockTime position;
  gboolean has_ended;
} Counters;

void counters_init (Counters *counters);
void counters_clear (Counters *counters);

/* Counts frames that pass @pad. */
void counters_watch_frames (Counters *counters, GstPad *pad);

/* Counts whatever passes @pad, and notes its end. */
void counters_watch_steps (Counters *counters, GstPad *pad);
