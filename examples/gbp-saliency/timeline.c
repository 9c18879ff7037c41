/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

/* What comes earlier than the last by more than this begins another part. */
#define JUMP (GST_SECOND / 2)

void
timeline_init (Timeline *timeline)
{
  *timeline = (Timeline){0};
  g_mutex_init (&timeline->lock);
  timeline->video.timeline = timeline->sound.timeline = timeline;
}

void
timeline_clear (Timeline *timeline)
{
  g_mutex_clear (&timeline->lock);
}

static gboolean
is_near (GstClockTimeDiff a, GstClockTimeDiff b)
{
  return ABS (a - b) <= (GstClockTimeDiff) JUMP;
}

/* Where a part begins, the first stream of it decides by how much the times change, and the other follows. */
static void
begin_part (TimelineStream *stream, GstClockTimeDiff time)
{
  Timeline *timeline = stream->timeline;
  GstClockTimeDiff end = (GstClockTimeDiff) stream->end;

  if (!is_near (time + timeline->shift, end))
    timeline->shift = end - time;
  stream->shift = timeline->shift;
}

/* Returns: by how much what is at the running time @time is shifted */
static GstClockTimeDiff
place (TimelineStream *stream, GstClockTimeDiff time, GstClockTime duration)
{
  GstClockTimeDiff shift;

  g_mutex_lock (&stream->timeline->lock);
  if (time + stream->shift + (GstClockTimeDiff) JUMP < (GstClockTimeDiff) stream->end)
    begin_part (stream, time);
  shift = stream->shift;
  stream->end = (GstClockTime) MAX (time + shift, 0);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    stream->end += duration;
  g_mutex_unlock (&stream->timeline->lock);
  return shift;
}

static GstClockTime
get_running_time (GstPad *pad, const GstBuffer *buffer)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (event == NULL)
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  return segment->format == GST_FORMAT_TIME
             ? gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
             : GST_CLOCK_TIME_NONE;
}

static GstPadProbeReturn
place_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer stream)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime time = get_running_time (pad, buffer);
  GstClockTimeDiff shift;

  if (!GST_CLOCK_TIME_IS_VALID (time))
    return GST_PAD_PROBE_OK;
  shift = place (stream, (GstClockTimeDiff) time, GST_BUFFER_DURATION (buffer));
  if (shift == 0)
    return GST_PAD_PROBE_OK;
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_PTS (buffer) = (GstClockTime) ((GstClockTimeDiff) GST_BUFFER_PTS (buffer) + shift);
  if (GST_BUFFER_DTS_IS_VALID (buffer))
    GST_BUFFER_DTS (buffer) = (GstClockTime) ((GstClockTimeDiff) GST_BUFFER_DTS (buffer) + shift);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  return GST_PAD_PROBE_OK;
}

void
timeline_watch (TimelineStream *stream, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, place_buffer, stream, NULL);
}

/* Less than a microsecond is no duration, but what Matroska's reader gives instead of one.
 * @data: the time of the frame before */
static GstPadProbeReturn
fill_duration (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstClockTime *last = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime time = GST_BUFFER_PTS (buffer), duration = GST_BUFFER_DURATION (buffer);
  gboolean says_it = GST_CLOCK_TIME_IS_VALID (duration) && duration >= GST_USECOND;

  if (!says_it && GST_CLOCK_TIME_IS_VALID (*last) && time > *last) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_DURATION (buffer) = time - *last;
    GST_PAD_PROBE_INFO_DATA (info) = buffer;
  }
  *last = time;
  return GST_PAD_PROBE_OK;
}

void
timeline_fill (GstPad *pad)
{
  GstClockTime *last = g_new (GstClockTime, 1);

  *last = GST_CLOCK_TIME_NONE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, fill_duration, last, g_free);
}

GstClockTime
timeline_get_end (TimelineStream *stream)
{
  GstClockTime end;

  g_mutex_lock (&stream->timeline->lock);
  end = stream->end;
  g_mutex_unlock (&stream->timeline->lock);
  return end;
}
