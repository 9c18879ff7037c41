/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decode.h"

#include "parts.h"

#include <string.h>

/* @copied: NULL for none
 * @end: of all that came out of demuxers; guarded by @lock */
struct _Decode {
  GstElement *element;
  GstCaps *copied;
  GMutex lock;
  GstClockTime end;
  GstClockTime duration;
};

static gboolean
is_of_factory (GstElement *element, const char *name)
{
  GstElementFactory *factory = element != NULL ? gst_element_get_factory (element) : NULL;

  return factory != NULL && g_str_equal (GST_OBJECT_NAME (factory), name);
}

/* The element that gives what is behind @pad, which is a ghost of its pad.
 * Returns: (transfer full) (nullable) */
static GstElement *
find_owner (GstPad *pad)
{
  g_autoptr (GstPad) target =
      GST_IS_GHOST_PAD (pad) ? gst_ghost_pad_get_target (GST_GHOST_PAD (pad)) : NULL;

  return gst_pad_get_parent_element (target != NULL ? target : pad);
}

/* Whether a pad of these caps is to be decoded further. What is found at a file's beginning, before any demuxer, is the
 * kind of the file. */
static gboolean
goes_on (GstElement *element, GstPad *pad, GstCaps *caps, gpointer data)
{
  Decode *decode = data;
  g_autoptr (GstElement) owner = find_owner (pad);
  const char *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));

  if (g_str_has_prefix (type, "image/") && is_of_factory (owner, "typefind"))
    return FALSE;
  return decode->copied == NULL || !gst_caps_is_subset (caps, decode->copied);
}

static GstPadProbeReturn
note_end (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Decode *decode = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime time = GST_BUFFER_PTS (buffer);

  if (event == NULL || !GST_CLOCK_TIME_IS_VALID (time))
    return GST_PAD_PROBE_OK;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    time += GST_BUFFER_DURATION (buffer);
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME)
    time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, MIN (time, segment->stop));
  g_mutex_lock (&decode->lock);
  if (GST_CLOCK_TIME_IS_VALID (time))
    decode->end = GST_CLOCK_TIME_IS_VALID (decode->end) ? MAX (decode->end, time) : time;
  g_mutex_unlock (&decode->lock);
  return GST_PAD_PROBE_OK;
}

/* What the container says of its length: asked while it is read, for at the end some forget. */
static void
note_duration (Decode *decode, GstElement *demuxer)
{
  gint64 duration;

  if (!gst_element_query_duration (demuxer, GST_FORMAT_TIME, &duration) || duration <= 0)
    return;
  g_mutex_lock (&decode->lock);
  decode->duration = (GstClockTime) duration;
  g_mutex_unlock (&decode->lock);
}

static void
watch_stream (GstElement *demuxer, GstPad *pad, gpointer decode)
{
  if (!GST_PAD_IS_SRC (pad))
    return;
  note_duration (decode, demuxer);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_end, decode, NULL);
}

/* Those that say in the file how long it is: the length of the others is an estimate. */
static gboolean
knows_duration (GstElement *element)
{
  static const char *const demuxers[] = {
      "qtdemux", "matroskademux", "avidemux", "flvdemux", "asfdemux"};

  for (guint i = 0; i < G_N_ELEMENTS (demuxers); i++)
    if (is_of_factory (element, demuxers[i]))
      return TRUE;
  return FALSE;
}

static void
watch_element (GstBin *bin, GstBin *parent, GstElement *element, gpointer decode)
{
  if (knows_duration (element))
    g_signal_connect (element, "pad-added", G_CALLBACK (watch_stream), decode);
}

Decode *
decode_new (const Input *input, GstCaps *copied, GError **error)
{
  Decode *decode;
  GstElement *element = make_element ("uridecodebin", error);

  if (element == NULL)
    return NULL;
  decode = g_new0 (Decode, 1);
  g_mutex_init (&decode->lock);
  decode->end = decode->duration = GST_CLOCK_TIME_NONE;
  decode->element = gst_object_ref_sink (element);
  decode->copied = copied != NULL ? gst_caps_ref (copied) : NULL;
  g_object_set (element, "uri", input->uri, NULL);
  g_signal_connect (element, "autoplug-continue", G_CALLBACK (goes_on), decode);
  g_signal_connect (element, "deep-element-added", G_CALLBACK (watch_element), decode);
  return decode;
}

void
decode_free (Decode *decode)
{
  gst_clear_object (&decode->element);
  gst_clear_caps (&decode->copied);
  g_mutex_clear (&decode->lock);
  g_free (decode);
}

GstElement *
decode_get_element (Decode *decode)
{
  return decode->element;
}

gboolean
decode_owns (Decode *decode, GstObject *object)
{
  return object == GST_OBJECT (decode->element)
         || gst_object_has_as_ancestor (object, GST_OBJECT (decode->element));
}

void
decode_get_extent (Decode *decode, GstClockTime *end, GstClockTime *duration)
{
  g_mutex_lock (&decode->lock);
  *end = decode->end;
  *duration = decode->duration;
  g_mutex_unlock (&decode->lock);
}
