/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "input.h"
#include "output.h"
#include "raw.h"

/* Pipeline: from INPUT through the element to OUTPUT, with the maps taken on the way:
 *
 *     decode ┬ video ─ upright, one form ─ gbpsaliency ─ opaque ─ encode ─ mux ─ file
 *     or     │                                  └ map ─ .npy file         │
 *     stills └ sound ─ copy, or encode ───────────────────────────────────┘
 *
 * Its bus carries errors, EOS, and application messages: "first-frame" when a single picture has its frame, "note"
 * with a "text" of something that users should know. */
typedef struct _Pipeline Pipeline;

/* Plan: what a pipeline is to do; all of it must outlive it
 * @saliency: the element, its properties set
 * @output: (nullable)
 * @raw: (nullable)
 * @takes_sound: whether OUTPUT gets the sound
 * @shows_frames: whether INPUT's own frames are seen in what comes out
 * @has_caption: whether the class and its score are written on the picture
 * @seconds: for how long a still picture is shown in a video, as stills_new() takes it */
typedef struct {
  const Input *input;
  GstElement *saliency;
  Output *output;
  Raw *raw;
  gboolean takes_sound;
  gboolean shows_frames;
  gboolean has_caption;
  double seconds;
} Plan;

/* Status: how far it is
 * @n_frames: frames that are done
 * @n_steps: grows as long as frames are done and data is read or written
 * @seconds: what passed between the first one's end and the last one's
 * @position: the last one's place in INPUT, in nanoseconds; GST_CLOCK_TIME_NONE if not known
 * @duration: INPUT's, in nanoseconds; GST_CLOCK_TIME_NONE if not known
 * @end: how far INPUT's streams went, in nanoseconds; GST_CLOCK_TIME_NONE if not known
 * @is_broken: whether INPUT is a picture that came in pieces, and not whole
 * @is_waiting: whether data may still come from elsewhere, however long that takes */
typedef struct {
  guint n_frames;
  guint n_steps;
  double seconds;
  GstClockTime position;
  GstClockTime duration;
  GstClockTime end;
  gboolean is_broken;
  gboolean is_waiting;
} Status;

Pipeline *pipeline_new (const Plan *plan, GError **error);
void pipeline_free (Pipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipeline, pipeline_free)

/* Returns: (transfer none): the pipeline itself, to run and to listen to */
GstElement *pipeline_get_element (Pipeline *pipeline);

/* Whether @object is a part of what reads and decodes INPUT. */
gboolean pipeline_is_decoder (Pipeline *pipeline, GstObject *object);

/* Whether @object is what gives still pictures, whose errors name them. */
gboolean pipeline_is_pictures (Pipeline *pipeline, GstObject *object);

/* Whether @object is what writes OUTPUT. */
gboolean pipeline_is_output (Pipeline *pipeline, GstObject *object);

/* Ends the streams where they are; EOS follows when all that went in is written.
 * Returns: FALSE if no stream has begun yet, and nothing will follow */
gboolean pipeline_finish (Pipeline *pipeline);

void pipeline_get_status (Pipeline *pipeline, Status *status);
