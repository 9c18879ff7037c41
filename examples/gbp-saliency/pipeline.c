/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#include "conform.h"
#include "counters.h"
#include "parts.h"
#include "scores.h"
#include "streams.h"

#include <gst/video/video.h>

struct _Pipeline {
  const Plan *plan;
  GstElement *pipeline;
  GstElement *sink; /* OUTPUT's; NULL without */
  Decode *decode;   /* NULL where INPUT is pictures */
  Streams streams;
  Counters counters;
};

static GstPad *
get_pad (GstElement *element, const char *name)
{
  return gst_element_get_static_pad (element, name);
}

/* Lets one frame pass, and says so when the next one comes. */
static GstPadProbeReturn
pass_first_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *pipeline = data;
  guint n_passed = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (pad), "passed"));

  g_object_set_data (G_OBJECT (pad), "passed", GUINT_TO_POINTER (MIN (n_passed + 1, 2)));
  if (n_passed == 1)
    gst_element_post_message (
        pipeline->pipeline, gst_message_new_application (GST_OBJECT (pipeline->pipeline),
                                gst_structure_new_empty ("first-frame")));
  return n_passed == 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* Adds @element behind @previous, where there is one.
 * @element: (transfer floating) (nullable): NULL where it could not be made, and @error is set
 * Returns: (transfer none): @element, or NULL with @error set */
static GstElement *
append (Pipeline *pipeline, GstElement *previous, GstElement *element, GError **error)
{
  if (element == NULL)
    return NULL;
  gst_bin_add (GST_BIN (pipeline->pipeline), element);
  if (previous == NULL || gst_element_link (previous, element))
    return element;
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "cannot link %s to %s",
      GST_ELEMENT_NAME (previous), GST_ELEMENT_NAME (element));
  return NULL;
}

/* In the thread of the frame that the message is of, before that goes on. */
static void
write_caption (GstBus *bus, GstMessage *message, gpointer caption)
{
  g_autofree char *text = scores_caption (message);
  g_autofree char *escaped = NULL;

  if (text == NULL)
    return;
  escaped = g_markup_escape_text (text, -1);
  g_object_set (caption, "text", escaped, NULL);
}

/* Returns: (transfer floating): writes the class and its score on each frame */
static GstElement *
make_caption (Pipeline *pipeline, GError **error)
{
  GstElement *caption = make_element ("textoverlay", error);
  g_autoptr (GstBus) bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline->pipeline));

  if (caption == NULL)
    return NULL;
  gst_util_set_object_arg (G_OBJECT (caption), "halignment", "left");
  gst_util_set_object_arg (G_OBJECT (caption), "valignment", "bottom");
  g_object_set (caption, "shaded-background", TRUE, "font-desc", "Sans", NULL);
  gst_bus_enable_sync_message_emission (bus);
  g_signal_connect_object (bus, "sync-message::element", G_CALLBACK (write_caption), caption, 0);
  return caption;
}

/* From frames to OUTPUT's file. */
static gboolean
add_output (Pipeline *pipeline, GstElement *last, GError **error)
{
  Output *output = pipeline->plan->output;
  const Encoding *encoding = output->encoding;
  GstElement *saliency = last;

  if (pipeline->plan->has_caption)
    last = append (pipeline, last, make_caption (pipeline, error), error);
  if (last == NULL)
    return FALSE;
  last = append (pipeline, last,
      conform_make_form (
          saliency, encoding->form, encoding->is_transparent, pipeline->plan->shows_frames, error),
      error);
  if (last != NULL)
    last = append (pipeline, last, encoding_make_video (encoding, error), error);
  if (last != NULL && encoding->muxer != NULL) {
    g_autoptr (GstPad) pad = get_pad (last, "src");

    timeline_fill (pad);
    last =
        append (pipeline, last, encoding_make_muxer (encoding, output->is_streamed, error), error);
    pipeline->streams.muxer = pipeline->plan->takes_sound ? last : NULL;
  }
  if (last != NULL)
    pipeline->sink = append (pipeline, last, output_make_sink (output, error), error);
  return last != NULL && pipeline->sink != NULL;
}

/* Where only the maps are wanted, the frames end here. */
static gboolean
add_end (Pipeline *pipeline, GstElement *last, GError **error)
{
  GstElement *sink = append (pipeline, last, make_element ("fakesink", error), error);

  if (sink != NULL)
    g_object_set (sink, "async", FALSE, NULL);
  return sink != NULL;
}

static void
watch_entrance (Pipeline *pipeline, GstElement *entrance)
{
  const Output *output = pipeline->plan->output;
  g_autoptr (GstPad) pad = get_pad (entrance, "sink");

  counters_watch_steps (&pipeline->counters, pad);
  timeline_watch (&pipeline->streams.timeline.video, pad);
  if (output != NULL)
    output_watch_size (output, pad);
  if (output != NULL && output_is_single_picture (output) && pipeline->plan->raw == NULL)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, pass_first_frame, pipeline, NULL);
}

/* The maps are of all frames, where a picture shows the first one alone. */
static void
watch_saliency (Pipeline *pipeline, GstElement *saliency)
{
  const Plan *plan = pipeline->plan;
  g_autoptr (GstPad) pad = get_pad (saliency, "src");

  if (plan->raw != NULL)
    raw_watch (plan->raw, saliency);
  counters_watch_frames (&pipeline->counters, pad);
  if (plan->raw != NULL && plan->output != NULL && output_is_single_picture (plan->output))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, pass_first_frame, pipeline, NULL);
}

/* What reads INPUT, which is linked as its streams appear. */
static gboolean
add_input (Pipeline *pipeline, GError **error)
{
  const Plan *plan = pipeline->plan;
  const Encoding *encoding = plan->output != NULL ? plan->output->encoding : NULL;
  g_autoptr (GstCaps) copied =
      plan->takes_sound && encoding != NULL ? encoding_get_copied (encoding) : NULL;

  if (plan->input->pictures != NULL)
    return streams_connect_stills (
        &pipeline->streams, stills_new (plan->input->pictures, plan->seconds), error);
  pipeline->decode = decode_new (plan->input, copied, error);
  if (pipeline->decode == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (pipeline->pipeline), decode_get_element (pipeline->decode));
  streams_connect (&pipeline->streams, pipeline->decode);
  return TRUE;
}

static gboolean
build (Pipeline *pipeline, GError **error)
{
  const Plan *plan = pipeline->plan;
  gboolean is_film = plan->output != NULL && encoding_is_film (plan->output->encoding);
  GstElement *entrance = append (pipeline, NULL, conform_make (is_film, error), error);
  GstElement *saliency =
      entrance != NULL ? append (pipeline, entrance, plan->saliency, error) : NULL;

  if (saliency == NULL)
    return FALSE;
  pipeline->streams.pipeline = pipeline->pipeline;
  pipeline->streams.entrance = entrance;
  pipeline->streams.input = plan->input->name;
  pipeline->streams.seconds = plan->seconds;
  pipeline->streams.encoding = plan->output != NULL ? plan->output->encoding : NULL;
  watch_entrance (pipeline, entrance);
  watch_saliency (pipeline, saliency);
  return (plan->output != NULL ? add_output (pipeline, saliency, error)
                               : add_end (pipeline, saliency, error))
         && add_input (pipeline, error);
}

Pipeline *
pipeline_new (const Plan *plan, GError **error)
{
  Pipeline *pipeline = g_new0 (Pipeline, 1);

  pipeline->plan = plan;
  streams_init (&pipeline->streams);
  counters_init (&pipeline->counters);
  pipeline->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  if (build (pipeline, error))
    return pipeline;
  pipeline_free (pipeline);
  return NULL;
}

void
pipeline_free (Pipeline *pipeline)
{
  gst_element_set_state (pipeline->pipeline, GST_STATE_NULL);
  g_clear_pointer (&pipeline->decode, decode_free);
  streams_clear (&pipeline->streams);
  gst_clear_object (&pipeline->pipeline);
  counters_clear (&pipeline->counters);
  g_free (pipeline);
}

GstElement *
pipeline_get_element (Pipeline *pipeline)
{
  return pipeline->pipeline;
}

gboolean
pipeline_is_decoder (Pipeline *pipeline, GstObject *object)
{
  return pipeline->decode != NULL && decode_owns (pipeline->decode, object);
}

gboolean
pipeline_is_pictures (Pipeline *pipeline, GstObject *object)
{
  return pipeline->streams.source != NULL && object == GST_OBJECT (pipeline->streams.source);
}

gboolean
pipeline_is_output (Pipeline *pipeline, GstObject *object)
{
  return pipeline->sink != NULL && object == GST_OBJECT (pipeline->sink);
}

gboolean
pipeline_finish (Pipeline *pipeline)
{
  return streams_finish (&pipeline->streams);
}

void
pipeline_get_status (Pipeline *pipeline, Status *status)
{
  Counters *counters = &pipeline->counters;
  gint64 duration = 0;

  *status = (Status){.end = GST_CLOCK_TIME_NONE, .duration = GST_CLOCK_TIME_NONE};
  g_mutex_lock (&counters->lock);
  status->n_frames = counters->n_frames;
  status->n_steps = counters->n_steps;
  status->seconds = (double) (counters->last_time - counters->first_time) / G_USEC_PER_SEC;
  status->position = counters->position;
  status->is_waiting = !pipeline->plan->input->is_file && !counters->has_ended;
  g_mutex_unlock (&counters->lock);
  status->is_broken = g_atomic_int_get (&pipeline->streams.is_broken);
  if (pipeline->decode != NULL)
    decode_get_extent (pipeline->decode, &status->end, &status->duration);
  if (!GST_CLOCK_TIME_IS_VALID (status->duration)
      && gst_element_query_duration (pipeline->streams.entrance, GST_FORMAT_TIME, &duration)
      && duration > 0)
    status->duration = (GstClockTime) duration;
}
