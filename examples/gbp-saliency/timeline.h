/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* TimelineStream: the video or the sound
 * @shift: what its times are changed by
 * @end: running time of what came last, after that change */
typedef struct {
  struct _Timeline *timeline;
  GstClockTimeDiff shift;
  GstClockTime end;
} TimelineStream;

/* Timeline: of streams that were joined, whose times may begin anew: each part follows the last one. Video and sound
 * jump by the same, so that they stay together. */
typedef struct _Timeline {
  GMutex lock;
  GstClockTimeDiff shift;
  TimelineStream video;
  TimelineStream sound;
} Timeline;

void timeline_init (Timeline *timeline);
void timeline_clear (Timeline *timeline);

/* @stream: of a timeline, whose times at @pad it is from here on */
void timeline_watch (TimelineStream *stream, GstPad *pad);

/* Has every frame that passes @pad say how long it lasts: as long as the one before, where it does not. The last one of
 * a file would be shown for no time, and left out by those who play it. */
void timeline_fill (GstPad *pad);

/* The running time at which the stream ends so far. */
GstClockTime timeline_get_end (TimelineStream *stream);
