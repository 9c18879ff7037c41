/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#include "parts.h"

/* Few frames wait, so that little is left to do after Ctrl-C. */
#define ENTRANCE                                                                                   \
  "queue max-size-buffers=2 max-size-bytes=0 max-size-time=0"                                      \
  " ! videoconvert ! videoflip video-direction=auto"
#define BRANCH "queue max-size-buffers=2 max-size-bytes=0 max-size-time=0"

/* After the encoder any amount of sound may wait: the video encoder looks ahead, and the muxer wants
 * both. */
#define SOUND_ENTRANCE "queue ! "
#define SOUND_EXIT     " ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0"

struct _Pipeline {
  GstElement *pipeline;
  GstElement *source;
  GstElement *entrance;
  GstElement *muxer; /* NULL for pictures */
  GstElement *sink;  /* OUTPUT's; NULL without */
  const char *sound; /* the sound's encoder, NULL for pictures */

  GMutex lock; /* guards what follows, which streaming threads write */
  GstPad *video_entrance;
  GstPad *sound_entrance;
  guint n_frames;
  guint n_steps;     /* grows with whatever happens */
  gint64 first_time; /* of the monotonic clock, in microseconds */
  gint64 last_time;
  GstClockTime position;
  GstClockTime entered; /* running time of the newest frame that came in */
  GstClockTime end;     /* running time where the sound is cut; GST_CLOCK_TIME_NONE: nowhere */
};

/* Counts the frames that are done, and notes the last one's time. */
static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *pipeline = data;
  GstClockTime time = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  g_mutex_lock (&pipeline->lock);
  pipeline->n_steps++;
  pipeline->last_time = g_get_monotonic_time ();
  if (pipeline->n_frames++ == 0)
    pipeline->first_time = pipeline->last_time;
  pipeline->position = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, time);
  g_mutex_unlock (&pipeline->lock);
  return GST_PAD_PROBE_OK;
}

static GstClockTime
get_running_time (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
}

static GstPadProbeReturn
note_entry (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *pipeline = data;
  GstClockTime time = get_running_time (pad, GST_PAD_PROBE_INFO_BUFFER (info));

  g_mutex_lock (&pipeline->lock);
  pipeline->entered = time;
  g_mutex_unlock (&pipeline->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_step (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *pipeline = data;

  g_mutex_lock (&pipeline->lock);
  pipeline->n_steps++;
  g_mutex_unlock (&pipeline->lock);
  return GST_PAD_PROBE_OK;
}

/* After Ctrl-C, leaves out the sound beyond the last frame: decoding is far ahead of the pictures. */
static GstPadProbeReturn
cut_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *pipeline = data;
  GstClockTime time = get_running_time (pad, GST_PAD_PROBE_INFO_BUFFER (info));
  gboolean beyond;

  g_mutex_lock (&pipeline->lock);
  beyond = GST_CLOCK_TIME_IS_VALID (time) && GST_CLOCK_TIME_IS_VALID (pipeline->end)
           && time > pipeline->end;
  g_mutex_unlock (&pipeline->lock);
  return beyond ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
add_probe (Pipeline *pipeline, GstElement *element, const char *name, GstPadProbeCallback probe)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, pipeline, NULL);
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

static gboolean
add_output (
    Pipeline *pipeline, GstElement *branch, GstElement *saliency, Output *output, GError **error)
{
  GstElement *last;

  if (append (pipeline, branch, saliency, error) == NULL)
    return FALSE;
  last = append (pipeline, saliency, output_make_encoder (output, error), error);
  if (last == NULL)
    return FALSE;
  add_probe (pipeline, last, "sink", count_frame);
  if (output_is_single_picture (output))
    add_probe (pipeline, branch, "sink", pass_first_frame);
  if (output->format->muxer != NULL) {
    pipeline->sound = output->format->audio;
    last = append (pipeline, last, make_element (output->format->muxer, error), error);
    if (last == NULL)
      return FALSE;
    pipeline->muxer = last;
  }
  pipeline->sink = append (pipeline, last, output_make_sink (output, error), error);
  if (pipeline->sink == NULL)
    return FALSE;
  add_probe (pipeline, pipeline->sink, "sink", count_step);
  return TRUE;
}

static gboolean
add_raw (Pipeline *pipeline, GstElement *branch, Raw *raw, gboolean count, GError **error)
{
  GstElement *sink = append (pipeline, branch, raw_make_sink (raw, error), error);

  if (sink != NULL && count)
    add_probe (pipeline, sink, "sink", count_frame);
  return sink != NULL;
}

static GstElement *
add_branch (Pipeline *pipeline, GstElement *tee, GError **error)
{
  return append (pipeline, tee, make_bin (BRANCH, error), error);
}

static gboolean
add_sound (Pipeline *pipeline, GError **error)
{
  g_autofree char *description = g_strconcat (SOUND_ENTRANCE, pipeline->sound, SOUND_EXIT, NULL);
  GstElement *encoder = append (pipeline, NULL, make_bin (description, error), error);

  if (encoder == NULL)
    return FALSE;
  if (!gst_element_link (encoder, pipeline->muxer)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "cannot add the sound");
    return FALSE;
  }
  add_probe (pipeline, encoder, "src", cut_sound);
  gst_element_sync_state_with_parent (encoder);
  pipeline->sound_entrance = gst_element_get_static_pad (encoder, "sink");
  return TRUE;
}

/* The first video and the first sound are taken, all else is left. */
static void
take_stream (GstElement *source, GstPad *pad, gpointer data)
{
  Pipeline *pipeline = data;
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  const char *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  g_autoptr (GError) error = NULL;
  GstPad *entrance = NULL;

  g_mutex_lock (&pipeline->lock);
  if (g_str_has_prefix (type, "video/x-raw") && pipeline->video_entrance == NULL)
    entrance = pipeline->video_entrance = gst_element_get_static_pad (pipeline->entrance, "sink");
  else if (g_str_has_prefix (type, "audio/x-raw") && pipeline->sound
           && pipeline->sound_entrance == NULL && add_sound (pipeline, &error))
    entrance = pipeline->sound_entrance;
  g_mutex_unlock (&pipeline->lock);

  if (error != NULL)
    GST_ELEMENT_ERROR (pipeline->pipeline, CORE, MISSING_PLUGIN, ("%s", error->message), (NULL));
  else if (entrance != NULL && GST_PAD_LINK_FAILED (gst_pad_link (pad, entrance)))
    GST_ELEMENT_ERROR (
        source, CORE, NEGOTIATION, ("its format %s is not understood", type), (NULL));
}

static gboolean
has_video (Pipeline *pipeline)
{
  gboolean found;

  g_mutex_lock (&pipeline->lock);
  found = pipeline->video_entrance != NULL;
  g_mutex_unlock (&pipeline->lock);
  return found;
}

static void
check_streams (GstElement *source, gpointer pipeline)
{
  if (!has_video (pipeline))
    GST_ELEMENT_ERROR (
        source, STREAM, WRONG_TYPE, ("there is no video and no picture in it"), (NULL));
}

static gboolean
build (Pipeline *pipeline, GstElement *saliency, Output *output, Raw *raw, GError **error)
{
  GstElement *tee, *branch;

  pipeline->source = append (pipeline, NULL, make_element ("uridecodebin", error), error);
  if (pipeline->source == NULL)
    return FALSE;
  pipeline->entrance = append (pipeline, NULL, make_bin (ENTRANCE, error), error);
  if (pipeline->entrance == NULL)
    return FALSE;
  add_probe (pipeline, pipeline->entrance, "sink", note_entry);
  tee = append (pipeline, pipeline->entrance, make_element ("tee", error), error);
  if (tee == NULL)
    return FALSE;
  if (output != NULL) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (pipeline->entrance, "sink");
    output_watch_size (output, pad);
    branch = add_branch (pipeline, tee, error);
    if (branch == NULL || !add_output (pipeline, branch, saliency, output, error))
      return FALSE;
  }
  if (raw == NULL)
    return TRUE;
  branch = add_branch (pipeline, tee, error);
  return branch != NULL && add_raw (pipeline, branch, raw, output == NULL, error);
}

/* The parser finds the orientation that a camera notes in a JPEG file; GStreamer does not use it by
 * itself before 1.24. */
static void
use_jpeg_parser (void)
{
  g_autoptr (GstPluginFeature) parser =
      gst_registry_lookup_feature (gst_registry_get (), "jpegparse");

  if (parser != NULL)
    gst_plugin_feature_set_rank (parser, GST_RANK_PRIMARY + 1);
}

Pipeline *
pipeline_new (const char *uri, GstElement *saliency, Output *output, Raw *raw, GError **error)
{
  Pipeline *pipeline = g_new0 (Pipeline, 1);

  g_mutex_init (&pipeline->lock);
  pipeline->position = pipeline->entered = pipeline->end = GST_CLOCK_TIME_NONE;
  pipeline->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  if (!build (pipeline, saliency, output, raw, error)) {
    pipeline_free (pipeline);
    return NULL;
  }
  use_jpeg_parser ();
  g_object_set (pipeline->source, "uri", uri, NULL);
  g_signal_connect (pipeline->source, "pad-added", G_CALLBACK (take_stream), pipeline);
  g_signal_connect (pipeline->source, "no-more-pads", G_CALLBACK (check_streams), pipeline);
  return pipeline;
}

void
pipeline_free (Pipeline *pipeline)
{
  gst_element_set_state (pipeline->pipeline, GST_STATE_NULL);
  gst_clear_object (&pipeline->video_entrance);
  gst_clear_object (&pipeline->sound_entrance);
  gst_clear_object (&pipeline->pipeline);
  g_mutex_clear (&pipeline->lock);
  g_free (pipeline);
}

GstElement *
pipeline_get_element (Pipeline *pipeline)
{
  return pipeline->pipeline;
}

gboolean
pipeline_is_input (Pipeline *pipeline, GstObject *object)
{
  return object == GST_OBJECT (pipeline->source)
         || gst_object_has_as_ancestor (object, GST_OBJECT (pipeline->source));
}

gboolean
pipeline_is_output (Pipeline *pipeline, GstObject *object)
{
  return pipeline->sink != NULL && object == GST_OBJECT (pipeline->sink);
}

gboolean
pipeline_is_stuck (Pipeline *pipeline)
{
  return !has_video (pipeline) && !bin_is_at_work (GST_BIN (pipeline->source));
}

/* It waits for the frame that is on its way in, so it runs in a thread of GStreamer's own. */
static void
send_eos (GstElement *element, gpointer entrance)
{
  gst_pad_send_event (entrance, gst_event_new_eos ());
}

gboolean
pipeline_finish (Pipeline *pipeline)
{
  GstPad *entrances[2];

  g_mutex_lock (&pipeline->lock);
  entrances[0] = pipeline->video_entrance;
  entrances[1] = pipeline->sound_entrance;
  pipeline->end = pipeline->entered;
  g_mutex_unlock (&pipeline->lock);
  for (guint i = 0; i < G_N_ELEMENTS (entrances); i++)
    if (entrances[i] != NULL)
      gst_element_call_async (
          pipeline->pipeline, send_eos, gst_object_ref (entrances[i]), gst_object_unref);
  return entrances[0] != NULL;
}

void
pipeline_get_status (Pipeline *pipeline, Status *status)
{
  gint64 duration;

  g_mutex_lock (&pipeline->lock);
  status->n_frames = pipeline->n_frames;
  status->n_steps = pipeline->n_steps;
  status->seconds = (double) (pipeline->last_time - pipeline->first_time) / G_USEC_PER_SEC;
  status->position = pipeline->position;
  g_mutex_unlock (&pipeline->lock);
  status->duration =
      gst_element_query_duration (pipeline->entrance, GST_FORMAT_TIME, &duration) && duration > 0
          ? (GstClockTime) duration
          : GST_CLOCK_TIME_NONE;
}
