/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Stills: pictures as a stream of frames. */
typedef struct _Stills Stills;

/* How long a lone picture is shown in a video, in seconds, unless somebody says otherwise. */
#define STILLS_SECONDS 5

/* Frames per second, of several pictures and of one that is shown for a time that was asked for. */
#define STILLS_RATE 25

/* @files: of one picture each, one frame each
 * @seconds: for how long a lone one is shown, in frames of STILLS_RATE; 0: one frame of STILLS_SECONDS */
Stills *stills_new (GPtrArray *files, double seconds);

/* @file: the content of one picture's
 * @name: what messages call it */
Stills *stills_new_from_bytes (GBytes *file, const char *name, double seconds);
void stills_free (Stills *stills);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stills, stills_free)

/* Returns: (transfer floating): gives the frames; an ERROR message names a picture that cannot be decoded. Valid as
 *     long as @stills */
GstElement *stills_make_source (Stills *stills, GError **error);
