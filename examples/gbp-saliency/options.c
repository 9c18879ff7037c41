/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <gst/gst.h>
#include <stdio.h>

#define OPTIONS_INIT                                                                               \
  {                                                                                                \
    .channel = GBP_CHANNEL_ALL, .unit_x = GBP_UNIT_ALL, .unit_y = GBP_UNIT_ALL, .blend = 1.0       \
  }

static const char summary[] =
    "Shows which image structure a layer of a VGG network responds to, by guided backpropagation.\n"
    "\n"
    "INPUT is an image, a video or a URI. OUTPUT is a picture or a video, by its suffix: .png, "
    ".jpg,\n"
    ".mp4, .webm or .mkv; the sound is kept. A picture shows the first frame; a name such as\n"
    "frames-%05d.png writes every frame. Ctrl-C ends early with a playable file.";

static gboolean
parse_unit (const char *name, const char *value, gpointer data, GError **error)
{
  Options *options = data;
  int length = 0;

  if (sscanf (value, "%d,%d%n", &options->unit_x, &options->unit_y, &length) == 2
      && value[length] == '\0')
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "%s %s is not a column and a row of the layer's map, such as 7,3", name, value);
  return FALSE;
}

static void
add_target_options (GOptionGroup *group, Options *options)
{
  const GOptionEntry entries[] = {
      {"weights", 'w', 0, G_OPTION_ARG_FILENAME, &options->weights,
          "weight file, or vgg19, vgg19-top, vgg16 or vgg16-top as weights/fetch.sh fetches them; "
          "default: the built-in network",
          "F"},
      {"preprocess", 0, 0, G_OPTION_ARG_STRING, &options->preprocess,
          "how pixels become the network's input: auto, caffe, torch; default: auto", "P"},
      {"layer", 'l', 0, G_OPTION_ARG_STRING, &options->layer,
          "where the network is cut; default: block5_conv4", "L"},
      {"method", 'm', 0, G_OPTION_ARG_STRING, &options->method,
          "guided, gradient, deconvnet; default: guided", "M"},
      {"channel", 'c', 0, G_OPTION_ARG_INT, &options->channel,
          "one channel of the layer; -1: all; -2: each frame's strongest; default: -1", "C"},
      {"unit", 'u', 0, G_OPTION_ARG_CALLBACK, parse_unit,
          "one column and row of the layer's map; default: all", "X,Y"},
      {"threads", 't', 0, G_OPTION_ARG_INT, &options->threads,
          "threads to compute with; default: as many as the process may use", "N"},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static void
add_output_options (GOptionGroup *group, Options *options)
{
  const GOptionEntry entries[] = {
      {"blend", 'b', 0, G_OPTION_ARG_DOUBLE, &options->blend,
          "share of the picture over the frame, 0 to 1; default: 1", "B"},
      {"colormap", 'C', 0, G_OPTION_ARG_STRING, &options->colormap,
          "rgb, gray, viridis, inferno, turbo; default: rgb", "C"},
      {"raw", 'r', 0, G_OPTION_ARG_FILENAME, &options->raw,
          "write every frame's gradient, float32 [frames][224][224][3] in RGB order, for NumPy",
          "OUT.npy"},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "print errors only", NULL},
      {"list-layers", 0, 0, G_OPTION_ARG_NONE, &options->list_layers,
          "print the network's layers with height x width x channels", NULL},
      {"list-classes", 0, 0, G_OPTION_ARG_NONE, &options->list_classes,
          "print the classes at predictions: channel and name", NULL},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "print the version", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static gboolean
take_arguments (Options *options, int argc, char **argv, GError **error)
{
  if (argc > 3) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "one INPUT and one OUTPUT are taken, not also %s", argv[3]);
    return FALSE;
  }
  options->input = argc > 1 ? g_strdup (argv[1]) : NULL;
  options->output = argc > 2 ? g_strdup (argv[2]) : NULL;
  if (options->list_layers || options->list_classes || options->version)
    return TRUE;
  if (options->input == NULL || (options->output == NULL && options->raw == NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "name an INPUT and an OUTPUT, or an INPUT and --raw; --help shows how");
    return FALSE;
  }
  return TRUE;
}

gboolean
options_parse (Options *options, int argc, char **argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("INPUT [OUTPUT]");
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, options, NULL);

  *options = (Options) OPTIONS_INIT;
  add_target_options (group, options);
  add_output_options (group, options);
  g_option_context_set_summary (context, summary);
  g_option_context_set_main_group (context, group);
  g_option_context_add_group (context, gst_init_get_option_group ());
  return g_option_context_parse (context, &argc, &argv, error)
         && take_arguments (options, argc, argv, error);
}

void
options_clear (Options *options)
{
  g_free (options->weights);
  g_free (options->preprocess);
  g_free (options->layer);
  g_free (options->method);
  g_free (options->colormap);
  g_free (options->raw);
  g_free (options->input);
  g_free (options->output);
}
