/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"
#include "raw.h"

/* Pipeline: from INPUT through the element to OUTPUT, and through the library to the raw gradients:
 *
 *     uridecodebin ─ video ─ turn upright ┬ gbpsaliency ─ encode ─ mux ─ file
 *                  └ audio ─ encode ──────│────────────────────────┘
 *                                         └ stretch ─ gradient ─ file
 *
 * Its bus carries errors, EOS, and the application message "first-frame" when a single picture has
 * its frame. */
typedef struct _Pipeline Pipeline;

/* Status: how far it is
 * @n_frames: frames that are done
 * @n_steps: grows as long as frames are done and data is written
 * @seconds: what passed between the first one's end and the last one's
 * @position: the last one's place in INPUT, in nanoseconds; GST_CLOCK_TIME_NONE if not known
 * @duration: INPUT's, in nanoseconds; GST_CLOCK_TIME_NONE if not known */
typedef struct {
  guint n_frames;
  guint n_steps;
  double seconds;
  GstClockTime position;
  GstClockTime duration;
} Status;

/* @uri: what to decode
 * @saliency: (transfer none): the element, its properties set
 * @output: (nullable): must outlive the pipeline
 * @raw: (nullable): must outlive the pipeline */
Pipeline *pipeline_new (
    const char *uri, GstElement *saliency, Output *output, Raw *raw, GError **error);
void pipeline_free (Pipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipeline, pipeline_free)

/* Returns: (transfer none): the pipeline itself, to run and to listen to */
GstElement *pipeline_get_element (Pipeline *pipeline);

/* Whether @object is a part of what decodes INPUT. */
gboolean pipeline_is_input (Pipeline *pipeline, GstObject *object);

/* Whether @object is what writes OUTPUT. */
gboolean pipeline_is_output (Pipeline *pipeline, GstObject *object);

/* Whether decoding has stopped without finding a video. Decoding can end in silence: decodebin keeps an
 * error to itself that comes while it still connects the element that has it. */
gboolean pipeline_is_stuck (Pipeline *pipeline);

/* Ends the streams where they are; EOS follows when all that went in is written.
 * Returns: FALSE if no stream has begun yet, and nothing will follow */
gboolean pipeline_finish (Pipeline *pipeline);

void pipeline_get_status (Pipeline *pipeline, Status *status);
