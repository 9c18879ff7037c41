/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "decode.h"
#include "encoding.h"
#include "stills.h"
#include "timeline.h"

/* Streams: which of INPUT's go where. The first video and the first sound are taken, and where they end and others
 * follow, as in files that were joined, those; a file of one picture is decoded on the way. All else is named in a
 * "note".
 * @pipeline: what parts are added to
 * @entrance: where the video goes
 * @muxer: where the sound goes; NULL for nowhere
 * @encoding: of the sound
 * @seconds: as stills_new() takes it */
typedef struct {
  GstElement *pipeline;
  GstElement *entrance;
  GstElement *muxer;
  const Encoding *encoding;
  const char *input;
  double seconds;

  Timeline timeline;
  GMutex lock; /* guards what follows, which streaming threads write */
  GstPad *video_entrance;
  GstPad *sound_entrance;
  GstElement *source; /* of still pictures; NULL where there are none */
  Stills *stills;
  GByteArray *picture; /* the file of one picture, as far as it has come */
  gint is_broken;      /* whether that breaks off; atomic */
  GstClockTime cut;    /* running time where the sound is cut; GST_CLOCK_TIME_NONE: nowhere */
} Streams;

/* @streams: with the public fields set */
void streams_init (Streams *streams);
void streams_clear (Streams *streams);

/* Takes what a decoder gives. */
void streams_connect (Streams *streams, Decode *decode);

/* Takes pictures. */
gboolean streams_connect_stills (Streams *streams, Stills *stills, GError **error);

/* Ends both where they are.
 * Returns: FALSE if none has begun */
gboolean streams_finish (Streams *streams);
