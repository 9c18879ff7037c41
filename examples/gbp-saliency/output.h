/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "partfile.h"

#include <gst/gst.h>

/* OutputFormat: how OUTPUT is encoded
 * @suffixes: what a name of this format ends with, NULL-terminated
 * @video: the encoder, as make_bin() takes it
 * @audio: the sound's encoder; NULL for a picture
 * @muxer: NULL for a picture
 * @least_size: the least width and height that it takes */
typedef struct {
  const char *suffixes[3];
  const char *video;
  const char *audio;
  const char *muxer;
  gint least_size;
} OutputFormat;

/* Output: where the pictures go
 * @numbered: the path is a pattern, and every frame gets a file of its own */
typedef struct {
  const OutputFormat *format;
  const char *path;
  gboolean numbered;
  PartFile file;
} Output;

/* Checks @path, which must outlive @output. */
gboolean output_init (Output *output, const char *path, const char *input, GError **error);

/* Whether only the first frame is shown. */
gboolean output_is_single_picture (const Output *output);

/* Posts an error that says so when frames come to @pad that are too small for the format, where GStreamer
 * would only find that nothing fits.
 * @pad: a sink pad of an element in a pipeline */
void output_watch_size (const Output *output, GstPad *pad);

/* Returns: (transfer floating): takes frames of any size and format, gives encoded ones */
GstElement *output_make_encoder (const Output *output, GError **error);

/* Returns: (transfer floating): writes what it is given */
GstElement *output_make_sink (const Output *output, GError **error);

/* Keeps what is written, if need be in place of what was there.
 * @n_frames: how many pictures there are, where they are numbered */
gboolean output_commit (Output *output, guint n_frames, GError **error);

/* Removes numbered pictures that are not kept; output_clear() removes any other file that is not. */
void output_discard (Output *output, guint n_frames);
void output_clear (Output *output);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Output, output_clear)
