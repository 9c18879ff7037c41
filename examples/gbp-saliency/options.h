/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/gbp.h>

/* Options: the command line, as given. A string that was not given is NULL.
 * @style: its numbers; its choices are strings beside it
 * @top: 0 where it was not given
 * @duration: in seconds; 0 where it was not given
 * @inputs: one, and with @output_dir any number from one on */
typedef struct {
  char *weights;
  char *preprocess;
  char *scoring;
  char *class_names;
  char *input_size;
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
  char *csv;
  char *class_name;
  char *randomize;
  char *scores;
  int top;
  int samples;
  int steps;
  double noise;
  double baseline;
  gboolean caption;
  char *output_dir;
  char *format;
  double duration;
  gboolean no_sound;
  gboolean force;
  gboolean quiet;
  gboolean list_layers;
  gboolean list_classes;
  gboolean version;
  char **inputs;
  char *output;
} Options;

/* Parses the command line and initialises GStreamer, whose --gst options it takes too. */
gboolean options_parse (Options *options, int argc, char **argv, GError **error);
void options_clear (Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)
