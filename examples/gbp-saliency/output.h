/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "numbered.h"
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
 * @numbered: NULL unless the path is a pattern, and every frame gets a file of its own
 * @descriptor: what the part of @file is written to; -1 while it is not open */
typedef struct {
  const OutputFormat *format;
  const char *path;
  Numbered *numbered;
  PartFile file;
  int descriptor;
} Output;

#define OUTPUT_INIT                                                                                \
  {                                                                                                \
    .descriptor = -1                                                                               \
  }

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
GstElement *output_make_sink (Output *output, GError **error);

/* Keeps what is written, if need be in place of what was there. */
gboolean output_commit (Output *output, GError **error);

/* Removes what is not kept. The sink may still be at work: what it writes is lost. */
void output_discard (Output *output);

/* To be called when the sink is gone. */
void output_clear (Output *output);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Output, output_clear)
