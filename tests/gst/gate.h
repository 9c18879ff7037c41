/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Workers with a function in the network's place that the test opens gate by gate: no time passes. */
#pragma once

#include "../../gst/workers.h"
#include "support.h"

#define GATE_CPUS 2

/* What the workers' threads and the test share.
 * @n_open: computations that may still begin; below 0: all
 * @n_inside, @most_inside: computations that wait for it or have it, now and at most
 * @n_memories: computations that there is still memory for
 * @n_undecided, @most_undecided: computations that have yet to choose a class, now and at most
 * @n_companions: how many must have come so far at once before the first one chooses
 * @is_endless: computations that have had the gate end only where they are stopped
 * @is_of_many: computations ask, when they have had it, whether they are stopped
 * @fails: the channel of a target that cannot be prepared */
typedef struct {
  GMutex lock;
  GCond changed;
  int n_open;
  int n_inside;
  int most_inside;
  int n_memories;
  int n_undecided;
  int most_undecided;
  int n_companions;
  gboolean is_endless;
  gboolean is_of_many;
  int n_computed;
  int n_aimed;
  int n_computers;
  int most_computers;
  int fails;
} Gate;

extern Gate gate;
extern const GstGbpComputing gate_computing;

void gate_set (int n_open);
void gate_wait_for_inside (int n);

/* An open gate, and workers behind it with a thread each. */
GstGbpWorkers *gate_make_workers (guint n_workers, guint n_jobs);
GstGbpSharedTarget *gate_make_target (int channel, guint number);
GstGbpSharedTarget *gate_make_top_target (guint number);

/* Asks for the map of an image whose first byte is @value. */
void gate_push (GstGbpWorkers *workers, int index, guint8 value, GstGbpSharedTarget *target);

/* Waits for a job. @index: (out): which it is */
GstGbpJob *gate_collect (GstGbpWorkers *workers, int *index);
