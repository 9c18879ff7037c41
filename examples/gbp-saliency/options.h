/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/gbp.h>

/* Options: the command line, as given. A string that was not given is NULL.
 * @style: its numbers; its choices are strings beside it */
typedef struct {
  char *weights;
  char *preprocess;
  char *layer;
  char *method;
  char *fit;
  char *resample;
  char *look;
  char *colormap;
  char *reduce;
  char *normalize;
  int channel;
  int unit_x;
  int unit_y;
  GbpStyle style;
  int threads;
  char *raw;
  gboolean quiet;
  gboolean list_layers;
  gboolean list_classes;
  gboolean version;
  char *input;
  char *output;
} Options;

/* Parses the command line and initialises GStreamer, whose --gst options it takes too. */
gboolean options_parse (Options *options, int argc, char **argv, GError **error);
void options_clear (Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)
