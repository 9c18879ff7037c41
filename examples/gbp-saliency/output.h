/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "encoding.h"
#include "numbered.h"
#include "partfile.h"

#include <gst/gst.h>

/* Output: where the pictures go
 * @numbered: NULL unless the path is a pattern, and every frame gets a file of its own
 * @is_exact: to be set before output_init(): whether the path is never a pattern
 * @is_streamed: whether it is a standard output that cannot be gone back in
 * @descriptor: what is written to: the part of @file, or standard output; -1 while it is not open */
typedef struct {
  const Encoding *encoding;
  const char *path;
  Numbered *numbered;
  PartFile file;
  gboolean is_exact;
  gboolean is_streamed;
  int descriptor;
} Output;

#define OUTPUT_INIT                                                                                \
  {                                                                                                \
    .descriptor = -1                                                                               \
  }

/* Checks @path, which must outlive @output, as @input must.
 * @format: (nullable): a suffix such as png, where the path does not tell the format
 * @force: whether others' files may be overwritten */
gboolean output_init (Output *output, const char *path, const char *format, const Input *input,
    gboolean force, GError **error);

/* Whether only the first frame is shown. */
gboolean output_is_single_picture (const Output *output);

/* Posts an error that says so when frames come to @pad that are too small for the format, where GStreamer
 * would only find that nothing fits.
 * @pad: a sink pad of an element in a pipeline */
void output_watch_size (const Output *output, GstPad *pad);

/* Returns: (transfer floating): writes what it is given */
GstElement *output_make_sink (Output *output, GError **error);

/* Keeps what is written, if need be in place of what was there. */
gboolean output_commit (Output *output, GError **error);

/* Removes what is not kept. The sink may still be at work: what it writes is lost. */
void output_discard (Output *output);

/* To be called when the sink is gone. */
void output_clear (Output *output);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Output, output_clear)
