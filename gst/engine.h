/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What frames are computed with: a scheduler, workers, and the frames that are held. */
#pragma once

#include "division.h"
#include "report.h"
#include "scheduler.h"
#include "settings.h"
#include "workers.h"

/* @schedule: not GST_GBP_SCHEDULE_AUTO
 * @division: how many workers there are to be, of how many threads
 * @depth: the most frames that are held */
typedef struct {
  GstGbpSchedule schedule;
  GstGbpDivision division;
  guint depth;
} GstGbpSetup;

/* The per-frame settings: how a frame is shown, and whether it is computed. Copied once for each frame, so that they
 * do not change while it is made. */
typedef struct {
  GbpStyle style;
  GstGbpFit fit;
  GstGbpResample resample;
  guint interval;
  GstGbpHold hold;
  guint n_scores;
  gboolean post_maps;
  gboolean attach_maps;
  gboolean only_regions;
} GstGbpFrameSettings;

/* @buffer: owned */
typedef struct {
  GstBuffer *buffer;
  GstGbpFrameSettings settings;
} GstGbpHeldFrame;

/* @held: [@setup.depth]: frame n at n % @setup.depth
 * @times: of the frames of the maps, for each that there is room for */
typedef struct {
  GstGbpSetup setup;
  GstGbpScheduler *scheduler;
  GstGbpWorkers *workers;
  GstGbpHeldFrame *held;
  GstGbpMapTimes *times;
} GstGbpEngine;

/* Returns: NULL with @error set if there is no memory; free with gst_gbp_engine_free() */
GstGbpEngine *gst_gbp_engine_new (GbpNetwork *network, const GstGbpSetup *setup, GError **error);

/* Waits for the computations that have begun. */
void gst_gbp_engine_free (GstGbpEngine *engine);

/* Whether frames are held. */
gboolean gst_gbp_engine_is_empty (const GstGbpEngine *engine);

/* Whether the image in the place of a map is the one that was asked for last, with the target of now. */
gboolean gst_gbp_engine_is_equal (const GstGbpEngine *engine, int map);

/* Ends what gst_gbp_scheduler_begin() began, and asks for what is to be computed.
 * @frame: (transfer full) */
void gst_gbp_engine_add (GstGbpEngine *engine, GstBuffer *frame,
    const GstGbpFrameSettings *settings, GstGbpSharedTarget *target, gboolean is_equal);

/* Takes a frame that goes out from those that are held.
 * Returns: (transfer full) */
GstBuffer *gst_gbp_engine_take (
    GstGbpEngine *engine, guint64 number, GstGbpFrameSettings *settings);

/* Gives the memory of maps back that no frame needs any more: not while a frame is shown. */
void gst_gbp_engine_drop_maps (GstGbpEngine *engine);

/* Discards all frames and maps, and whatever has not begun. */
void gst_gbp_engine_discard (GstGbpEngine *engine);
