/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the properties say. */
#pragma once

#include "aim.h"
#include "canvas.h"
#include "conversion.h"
#include "scheduler.h"

/* @weights: owned, or NULL for the built-in network
 * @class_names: owned: a path, or NULL
 * @input_size: owned: as a user writes it, or NULL
 * @workers: computations at once; 0: as many as suit
 * @interval: every so many'th frame is computed; at least 1
 * @post_maps, @attach_maps: whether applications are told of each map, by a message, on the frames that show it
 * @only_regions: whether the picture is shown only in the frames' regions of interest
 * @follows_clicks: whether a click selects the unit under it */
typedef struct {
  char *weights;
  char *class_names;
  char *input_size;
  GbpPreprocess preprocess;
  GbpScoring scoring;
  guint threads;
  GstGbpAim aim;
  GstGbpFit fit;
  GstGbpResample resample;
  GbpStyle style;
  GstGbpSchedule schedule;
  guint workers;
  guint interval;
  GstGbpHold hold;
  gboolean post_maps;
  gboolean attach_maps;
  gboolean follows_clicks;
  gboolean only_regions;
} GstGbpSettings;

/* The properties' defaults. */
void gst_gbp_settings_init (GstGbpSettings *settings);
void gst_gbp_settings_clear (GstGbpSettings *settings);

/* What of a frame is seen.
 * @colour: colours that the video need not have
 * @video: the video itself
 * @picture: a picture at all */
typedef struct {
  gboolean colour;
  gboolean video;
  gboolean picture;
} GstGbpSeen;

GstGbpSeen gst_gbp_settings_get_seen (const GstGbpSettings *settings);
