/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* SoundEncoder: an encoder of sound
 * @description: as make_bin() takes it; NULL where there is none
 * @delay: samples, of what it gives to those who decode, before the first one that it was given */
typedef struct {
  const char *description;
  guint delay;
} SoundEncoder;

/* Encoding: how OUTPUT is encoded, one for each kind of file
 * @suffixes: what a name of this kind ends with, NULL-terminated
 * @form: caps of the frames that it takes best
 * @video: the encoder, as make_bin() takes it
 * @shape_sound: brings raw sound into a form that its encoder takes, as make_bin() takes it, with a following " ! "
 * @sounds: the best first, with a last one that is none; none at all where a file has no sound
 * @copied: caps of encoded sound that is taken as it is; NULL for none
 * @muxer: NULL for a picture; one that does nothing where the encoder's output is a file
 * @streaming: the muxer's properties where OUTPUT cannot be gone back in; NULL where it is all the same to it
 * @least_size: the least width and height that it takes
 * @is_transparent: whether it keeps transparency */
typedef struct {
  const char *suffixes[4];
  const char *form;
  const char *video;
  const char *shape_sound;
  SoundEncoder sounds[4];
  const char *copied;
  const char *muxer;
  const char *streaming;
  gint least_size;
  gboolean is_transparent;
} Encoding;

/* Returns: (transfer none): by the end of a name, or NULL with @error set */
const Encoding *encoding_find (const char *path, GError **error);

/* Returns: (transfer full): all suffixes as a list for messages */
char *encoding_list (void);

/* How many channels of raw sound have no place, such as left or right; 0 where they have, or need none. */
gint encoding_count_scattered (const GstCaps *sound);

gboolean encoding_is_film (const Encoding *encoding);

/* Returns: (transfer full) (nullable): caps of encoded sound that it takes as it is */
GstCaps *encoding_get_copied (const Encoding *encoding);

/* Returns: (transfer floating): takes frames of any size and format, gives encoded ones; NULL with @error set */
GstElement *encoding_make_video (const Encoding *encoding, GError **error);

/* Returns: (transfer floating): takes sound of @caps; NULL with @error set where nothing encodes it */
GstElement *encoding_make_sound (const Encoding *encoding, const GstCaps *caps, GError **error);

/* @is_streamed: whether what it writes to cannot be gone back in
 * Returns: (transfer floating): NULL with @error set */
GstElement *encoding_make_muxer (const Encoding *encoding, gboolean is_streamed, GError **error);
