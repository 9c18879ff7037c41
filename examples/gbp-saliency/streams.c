/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "streams.h"

#include "note.h"
#include "parts.h"
#include "whole.h"

#include <gst/app/app.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>

void
streams_init (Streams *streams)
{
  g_mutex_init (&streams->lock);
  timeline_init (&streams->timeline);
  streams->cut = GST_CLOCK_TIME_NONE;
}

void
streams_clear (Streams *streams)
{
  gst_clear_object (&streams->video_entrance);
  gst_clear_object (&streams->sound_entrance);
  g_clear_pointer (&streams->stills, stills_free);
  g_clear_pointer (&streams->picture, g_byte_array_unref);
  timeline_clear (&streams->timeline);
  g_mutex_clear (&streams->lock);
}

/* Of what kind of stream caps are: "video", "audio" or another word. */
static gboolean
is_kind (const GstCaps *caps, const char *kind)
{
  return g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), kind);
}

/* After Ctrl-C, leaves out the sound beyond the last frame: decoding is far ahead of the pictures. */
static GstPadProbeReturn
cut_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Streams *streams = data;
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime time;
  gboolean is_beyond;

  gst_event_parse_segment (event, &segment);
  time = gst_segment_to_running_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)));
  g_mutex_lock (&streams->lock);
  is_beyond = GST_CLOCK_TIME_IS_VALID (time) && GST_CLOCK_TIME_IS_VALID (streams->cut)
              && time > streams->cut;
  g_mutex_unlock (&streams->lock);
  return is_beyond ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/* Puts the sound's way to the muxer in place.
 * Returns: (transfer full): its entrance; NULL with @error set */
static GstPad *
add_sound (Streams *streams, const GstCaps *caps, GError **error)
{
  GstElement *sound = encoding_make_sound (streams->encoding, caps, error);
  g_autoptr (GstPad) exit = NULL;
  GstPad *entrance;

  if (sound == NULL)
    return NULL;
  gst_bin_add (GST_BIN (streams->pipeline), sound);
  if (!gst_element_link_pads (sound, "src", streams->muxer, "audio_%u")) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "the file takes no sound of this kind");
    gst_element_set_state (sound, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (streams->pipeline), sound);
    return NULL;
  }
  exit = gst_element_get_static_pad (sound, "src");
  gst_pad_add_probe (exit, GST_PAD_PROBE_TYPE_BUFFER, cut_sound, streams, NULL);
  entrance = gst_element_get_static_pad (sound, "sink");
  timeline_watch (&streams->timeline.sound, entrance);
  gst_element_sync_state_with_parent (sound);
  return entrance;
}

static void
link_to (Streams *streams, GstPad *pad, GstPad *entrance, const GstCaps *caps)
{
  g_autofree char *kind = NULL;

  if (!GST_PAD_LINK_FAILED (gst_pad_link (pad, entrance)))
    return;
  kind = gst_pb_utils_get_codec_description (caps);
  note_post (streams->pipeline, "left out: %s, which does not fit to what came before", kind);
}

static void
take_video (Streams *streams, GstPad *pad, const GstCaps *caps)
{
  GstPad *entrance = NULL;

  g_mutex_lock (&streams->lock);
  if (streams->video_entrance == NULL)
    streams->video_entrance = gst_element_get_static_pad (streams->entrance, "sink");
  if (!gst_pad_is_linked (streams->video_entrance))
    entrance = streams->video_entrance;
  g_mutex_unlock (&streams->lock);
  if (entrance != NULL && streams->seconds > 0)
    note_post (streams->pipeline,
        "--duration is left out: it is of a still picture, and %s is none", streams->input);
  if (entrance != NULL)
    link_to (streams, pad, entrance, caps);
  else
    note_post (
        streams->pipeline, "left out: another video of %s; the first one is taken", streams->input);
}

static void
take_sound (Streams *streams, GstPad *pad, const GstCaps *caps)
{
  GstPad *entrance = NULL;
  g_autoptr (GError) error = NULL;
  gint n_scattered = encoding_count_scattered (caps);

  if (streams->muxer == NULL)
    return;
  g_mutex_lock (&streams->lock);
  if (streams->sound_entrance == NULL) {
    streams->sound_entrance = add_sound (streams, caps, &error);
    if (n_scattered > 0)
      note_post (streams->pipeline,
          "the sound's %d channels have no places: they are mixed down to two", n_scattered);
  }
  if (streams->sound_entrance != NULL && !gst_pad_is_linked (streams->sound_entrance))
    entrance = streams->sound_entrance;
  g_mutex_unlock (&streams->lock);
  if (error != NULL)
    note_post (streams->pipeline, "the sound is left out: %s", error->message);
  else if (entrance != NULL)
    link_to (streams, pad, entrance, caps);
  else
    note_post (streams->pipeline, "left out: another sound track of %s; the first one is taken",
        streams->input);
}

static GstFlowReturn
collect_picture (GstAppSink *sink, gpointer data)
{
  Streams *streams = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstMapInfo bytes;

  if (sample == NULL || !gst_buffer_map (gst_sample_get_buffer (sample), &bytes, GST_MAP_READ))
    return GST_FLOW_EOS;
  g_byte_array_append (streams->picture, bytes.data, (guint) bytes.size);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &bytes);
  return GST_FLOW_OK;
}

/* All of the picture is there: it is shown. */
static void
show_picture (GstAppSink *sink, gpointer data)
{
  Streams *streams = data;
  g_autoptr (GBytes) file = g_byte_array_free_to_bytes (g_steal_pointer (&streams->picture));
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (file, &size);

  g_atomic_int_set (&streams->is_broken, !whole_are_bytes (bytes, size));
  if (!streams_connect_stills (
          streams, stills_new_from_bytes (file, streams->input, streams->seconds), &error))
    GST_ELEMENT_ERROR (streams->pipeline, CORE, MISSING_PLUGIN, ("%s", error->message), (NULL));
}

/* A file of one picture that comes in pieces. */
static void
take_picture (Streams *streams, GstPad *pad)
{
  GstAppSinkCallbacks callbacks = {.new_sample = collect_picture, .eos = show_picture};
  g_autoptr (GError) error = NULL;
  GstElement *collector = make_element ("appsink", &error);
  g_autoptr (GstPad) entrance = NULL;

  if (collector == NULL) {
    GST_ELEMENT_ERROR (streams->pipeline, CORE, MISSING_PLUGIN, ("%s", error->message), (NULL));
    return;
  }
  streams->picture = g_byte_array_new ();
  g_object_set (collector, "sync", FALSE, "async", FALSE, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (collector), &callbacks, streams, NULL);
  gst_bin_add (GST_BIN (streams->pipeline), collector);
  entrance = gst_element_get_static_pad (collector, "sink");
  gst_pad_link (pad, entrance);
  gst_element_sync_state_with_parent (collector);
}

static void
take_stream (GstElement *decoder, GstPad *pad, gpointer data)
{
  Streams *streams = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (caps == NULL)
    caps = gst_pad_query_caps (pad, NULL);
  if (is_kind (caps, "video/x-raw"))
    take_video (streams, pad, caps);
  else if (is_kind (caps, "image/"))
    take_picture (streams, pad);
  else if (is_kind (caps, "audio/"))
    take_sound (streams, pad, caps);
  else if (is_kind (caps, "text/") || is_kind (caps, "subpicture/")
           || is_kind (caps, "application/x-ss"))
    note_post (streams->pipeline, "left out: the subtitles of %s", streams->input);
}

/* All streams of a part are known: one that had gone on until here and does not go on in this part has ended. */
static void
end_streams_without_source (GstElement *decoder, gpointer data)
{
  Streams *streams = data;
  GstPad *ended = NULL;
  gboolean has_any;

  g_mutex_lock (&streams->lock);
  has_any = streams->video_entrance != NULL || streams->picture != NULL;
  if (streams->sound_entrance != NULL && !gst_pad_is_linked (streams->sound_entrance))
    ended = streams->sound_entrance;
  g_mutex_unlock (&streams->lock);
  if (ended != NULL)
    gst_pad_send_event (ended, gst_event_new_eos ());
  if (!has_any)
    GST_ELEMENT_ERROR (
        decoder, STREAM, WRONG_TYPE, ("there is no video and no picture in it"), (NULL));
}

void
streams_connect (Streams *streams, Decode *decode)
{
  GstElement *element = decode_get_element (decode);

  g_signal_connect (element, "pad-added", G_CALLBACK (take_stream), streams);
  g_signal_connect (element, "no-more-pads", G_CALLBACK (end_streams_without_source), streams);
}

gboolean
streams_connect_stills (Streams *streams, Stills *stills, GError **error)
{
  GstElement *source = stills_make_source (stills, error);

  streams->stills = stills;
  streams->source = source;
  if (source == NULL)
    return FALSE;
  gst_element_set_locked_state (source, TRUE); /* a pipeline that starts would start it unlinked */
  gst_bin_add (GST_BIN (streams->pipeline), source);
  g_mutex_lock (&streams->lock);
  streams->video_entrance = gst_element_get_static_pad (streams->entrance, "sink");
  g_mutex_unlock (&streams->lock);
  if (!gst_element_link (source, streams->entrance)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "cannot add the pictures");
    return FALSE;
  }
  gst_element_set_locked_state (source, FALSE);
  return gst_element_sync_state_with_parent (source);
}

/* It waits for the frame that is on its way in, so it runs in a thread of GStreamer's own. */
static void
send_eos (GstElement *element, gpointer entrance)
{
  gst_pad_send_event (entrance, gst_event_new_eos ());
}

gboolean
streams_finish (Streams *streams)
{
  GstPad *entrances[2];
  GstClockTime end = timeline_get_end (&streams->timeline.video);

  g_mutex_lock (&streams->lock);
  entrances[0] = streams->video_entrance;
  entrances[1] = streams->sound_entrance;
  streams->cut = end;
  g_mutex_unlock (&streams->lock);
  for (guint i = 0; i < G_N_ELEMENTS (entrances); i++)
    if (entrances[i] != NULL)
      gst_element_call_async (
          streams->pipeline, send_eos, gst_object_ref (entrances[i]), gst_object_unref);
  return entrances[0] != NULL;
}
