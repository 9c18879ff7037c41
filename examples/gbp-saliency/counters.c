/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "counters.h"

void
counters_init (Counters *counters)
{
  *counters = (Counters){.position = GST_CLOCK_TIME_NONE};
  g_mutex_init (&counters->lock);
}

void
counters_clear (Counters *counters)
{
  g_mutex_clear (&counters->lock);
}

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Counters *counters = data;
  GstClockTime time = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  g_mutex_lock (&counters->lock);
  counters->n_steps++;
  counters->last_time = g_get_monotonic_time ();
  if (counters->n_frames++ == 0)
    counters->first_time = counters->last_time;
  counters->position = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, time);
  g_mutex_unlock (&counters->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_step (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Counters *counters = data;
  gboolean is_event = (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0;

  g_mutex_lock (&counters->lock);
  counters->n_steps++;
  if (is_event && GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    counters->has_ended = TRUE;
  g_mutex_unlock (&counters->lock);
  return GST_PAD_PROBE_OK;
}

void
counters_watch_frames (Counters *counters, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, counters, NULL);
}

void
counters_watch_steps (Counters *counters, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      count_step, counters, NULL);
}
