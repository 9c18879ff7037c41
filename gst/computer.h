/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a worker computes maps with. */
#pragma once

#include "job.h"

/* What a computation asks of whoever wants its map: which class is explained where the target leaves it open, as
 * gbp_explanation_set_class_chooser() takes it, and whether it is to end early, as gbp_explanation_set_stop_function().
 * @waited: for how long @choose has waited for the images before */
typedef struct {
  GbpClassChoiceBegun begun;
  GbpClassChooser choose;
  GbpStopFunction is_stopped;
  gpointer data;
  const GstClockTime *waited;
} GstGbpGuide;

/* What computes: one for each worker, which uses it in one thread at a time.
 * @count_cpus: that the process may use
 * @open: @threads: that it may use; @data: as given to gst_gbp_workers_new()
 *     Returns: NULL with @error set if there cannot be one
 * @aim: prepares for another target; FALSE with @error set if that is not possible: the one before stays
 * @compute: as gbp_explanation_compute(), after an @aim that succeeded; @seed: of noise
 * @close: frees what @open made
 * @get_size: of the images that it computes of */
typedef struct {
  guint (*count_cpus) (gpointer data);
  gpointer (*open) (gpointer data, guint threads, GError **error);
  gboolean (*aim) (gpointer computer, const GbpTarget *target, GError **error);
  void (*compute) (gpointer computer, const guint8 *rgb, gsize stride, float *gradient,
      guint64 seed, const GstGbpGuide *guide, GstGbpFound *found);
  void (*close) (gpointer computer);
  void (*get_size) (gpointer data, guint *height, guint *width);
} GstGbpComputing;

/* @data: what GstGbpComputing.open made
 * @aimed_at: number of the target that it is prepared for; 0: none */
typedef struct {
  const GstGbpComputing *computing;
  gpointer data;
  guint aimed_at;
} GstGbpComputer;

/* @data: as given to gst_gbp_workers_new(); the rest as GstGbpComputing.open */
gboolean gst_gbp_computer_open (GstGbpComputer *computer, const GstGbpComputing *computing,
    gpointer data, guint threads, GError **error);

/* Computes a job's map, or says in the job why there is none.
 * @blocks: where there is no memory for the map, it is taken from here: those that wait have none */
void gst_gbp_computer_compute (
    GstGbpComputer *computer, GstGbpJob *job, GstGbpBlocks *blocks, const GstGbpGuide *guide);
