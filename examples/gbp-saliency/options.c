/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include "names.h"
#include "values.h"

#include <gst/gst.h>
#include <stdio.h>

#define MAX_DURATION 86400

#define OPTIONS_INIT                                                                               \
  {                                                                                                \
    .channel = GBP_CHANNEL_ALL, .unit_x = GBP_UNIT_ALL, .unit_y = GBP_UNIT_ALL, .samples = 1,      \
    .steps = GBP_DEFAULT_STEPS, .noise = 0.15, .baseline = 127.5, .style = GBP_STYLE_INIT          \
  }

/* GLib breaks no lines: each of these is at most 80 columns wide, as is an option with a description of 44. */
static const char summary[] =
    "Shows which image structure a layer of a convolutional network responds to, by\n"
    "guided backpropagation.\n"
    "\n"
    "INPUT is an image, a video, a URI, a camera (/dev/video0), a folder of pictures,\n"
    "numbered ones (frames-%05d.png) or - for standard input. OUTPUT is a picture\n"
    "(.png, .jpg, .webp), a video (.mp4, .m4v, .mov, .webm, .mkv, .avi) with the\n"
    "sound, an animation (.gif), the raw gradients (.npy), or - for standard output.\n"
    "A picture shows the first frame; frames-%05d.png writes every frame. Ctrl-C\n"
    "ends early with a playable file.";

static const char published[] =
    "Without --weights the built-in network runs. Published ones are vgg19,\n"
    "vgg19-top, vgg16 and vgg16-top, as gbp-saliency-fetch fetches them.";

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
          "weight file, or a published network's name", "F"},
      {"preprocess", 0, 0, G_OPTION_ARG_STRING, &options->preprocess,
          "auto, none, unit, tf, caffe, torch; below", "P"},
      {"scoring", 0, 0, G_OPTION_ARG_STRING, &options->scoring,
          "auto, none, softmax, sigmoid; below", "S"},
      {"class-names", 0, 0, G_OPTION_ARG_FILENAME, &options->class_names,
          "text file with the classes, one a line", "F"},
      {"input-size", 0, 0, G_OPTION_ARG_STRING, &options->input_size,
          "of the network, where its file says none", "WxH"},
      {"layer", 'l', 0, G_OPTION_ARG_STRING, &options->layer,
          "layer to explain; default: block5_conv4", "L"},
      {"method", 'm', 0, G_OPTION_ARG_STRING, &options->method, "see below", "M"},
      {"channel", 'c', 0, G_OPTION_ARG_INT, &options->channel,
          "channel; -1: all (default); -2: strongest", "C"},
      {"class", 'k', 0, G_OPTION_ARG_STRING, &options->class_name,
          "class by number or name; top: the strongest", "K"},
      {"unit", 'u', 0, G_OPTION_ARG_CALLBACK, parse_unit, "column and row of the map; default: all",
          "X,Y"},
      {"randomize", 0, 0, G_OPTION_ARG_STRING, &options->randomize,
          "random weights from the top down to a layer", "L"},
      {"samples", 0, 0, G_OPTION_ARG_INT, &options->samples,
          "SmoothGrad: the mean of so many; default: 1", "N"},
      {"noise", 0, 0, G_OPTION_ARG_DOUBLE, &options->noise,
          "its deviation, of the range; default: 0.15", "D"},
      {"steps", 0, 0, G_OPTION_ARG_INT, &options->steps, "of integrated-gradients; default: 32",
          "N"},
      {"baseline", 0, 0, G_OPTION_ARG_DOUBLE, &options->baseline,
          "where they begin, 0 to 255; default: 127.5", "V"},
      {"fit", 0, 0, G_OPTION_ARG_STRING, &options->fit, "see below", "F"},
      {"resample", 0, 0, G_OPTION_ARG_STRING, &options->resample, "see below", "R"},
      {"threads", 't', 0, G_OPTION_ARG_INT, &options->threads,
          "threads to use; default: all allowed", "N"},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static void
add_style_options (GOptionGroup *group, Options *options)
{
  const GOptionEntry entries[] = {
      {"look", 'L', 0, G_OPTION_ARG_STRING, &options->look, "see below", "L"},
      {"blend", 'b', 0, G_OPTION_ARG_DOUBLE, &options->style.blend,
          "the picture's share, 0 to 1; default: 1", "B"},
      {"colormap", 'C', 0, G_OPTION_ARG_STRING, &options->colormap, "see below", "C"},
      {"reduce", 0, 0, G_OPTION_ARG_STRING, &options->reduce, "see below", "R"},
      {"normalize", 0, 0, G_OPTION_ARG_STRING, &options->normalize, "see below", "N"},
      {"clip", 0, 0, G_OPTION_ARG_DOUBLE, &options->style.clip, "percentile, 1 to 100; default: 99",
          "P"},
      {"range", 0, 0, G_OPTION_ARG_DOUBLE, &options->style.range,
          "value at the upper end; default: 1", "V"},
      {"softness", 0, 0, G_OPTION_ARG_DOUBLE, &options->style.softness,
          "pixels of 224, 0 to 20; -1: as the look has", "S"},
      {"smoothing", 0, 0, G_OPTION_ARG_DOUBLE, &options->style.smoothing,
          "of the range over time, in ms; default: 0", "MS"},
      {"smooth-map", 0, 0, G_OPTION_ARG_NONE, &options->style.smooth_map,
          "smoothing also of the maps themselves", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static gboolean
parse_duration (const char *name, const char *value, gpointer data, GError **error)
{
  Options *options = data;
  char *end;

  options->duration = g_ascii_strtod (value, &end);
  if (end != value && *end == '\0' && options->duration > 0 && options->duration <= MAX_DURATION)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "%s %s is not a number of seconds up to %d", name, value, MAX_DURATION);
  return FALSE;
}

static void
add_output_options (GOptionGroup *group, Options *options)
{
  const GOptionEntry entries[] = {
      {"raw", 'r', 0, G_OPTION_ARG_FILENAME, &options->raw,
          "gradients, float32 [frames][224][224][3]", "OUT.npy"},
      {"output-dir", 'o', 0, G_OPTION_ARG_FILENAME, &options->output_dir,
          "write all INPUTs there, by their names", "DIR"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &options->format,
          "png, mp4, ...: where no suffix says it", "F"},
      {"force", 0, 0, G_OPTION_ARG_NONE, &options->force, "overwrite files that others wrote",
          NULL},
      {"duration", 0, 0, G_OPTION_ARG_CALLBACK, parse_duration,
          "of a still picture as a video, in seconds", "S"},
      {"no-sound", 0, 0, G_OPTION_ARG_NONE, &options->no_sound, "leave the sound out", NULL},
      {"scores", 0, 0, G_OPTION_ARG_FILENAME, &options->scores,
          "strongest classes of each frame; also .jsonl", "OUT.csv"},
      {"top", 0, 0, G_OPTION_ARG_INT, &options->top, "so many of them, 1 to 20; default: 5", "N"},
      {"caption", 0, 0, G_OPTION_ARG_NONE, &options->caption,
          "write class and score on the picture", NULL},
      {"csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
          "the strongest channels, with --channel -2", "OUT.csv"},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static void
add_other_options (GOptionGroup *group, Options *options)
{
  const GOptionEntry entries[] = {
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "print errors only", NULL},
      {"list-layers", 0, 0, G_OPTION_ARG_NONE, &options->list_layers,
          "print layers: height x width x channels", NULL},
      {"list-classes", 0, 0, G_OPTION_ARG_NONE, &options->list_classes,
          "print the classes: channel and name", NULL},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "print the version", NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->inputs, NULL, NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_option_group_add_entries (group, entries);
}

static void
expand (char **name)
{
  char *expanded = *name != NULL ? name_expand (*name) : NULL;

  g_free (*name);
  *name = expanded;
}

/* Gives names their meaning: OUTPUT is the last one, and one that ends with .npy is --raw's. */
static void
sort_names (Options *options)
{
  guint n_names = options->inputs != NULL ? g_strv_length (options->inputs) : 0;

  if (options->output_dir == NULL && n_names == 2)
    options->output = g_steal_pointer (&options->inputs[1]);
  expand (&options->output);
  expand (&options->raw);
  expand (&options->csv);
  expand (&options->scores);
  expand (&options->output_dir);
  expand (&options->weights);
  expand (&options->class_names);
  if (options->output != NULL && options->raw == NULL && g_str_has_suffix (options->output, ".npy"))
    options->raw = g_steal_pointer (&options->output);
}

static gboolean
check_output_dir (const Options *options, GError **error)
{
  if (options->raw != NULL || options->csv != NULL || options->scores != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "--output-dir takes none of --raw, --csv and --scores, which are of one INPUT; --format npy writes "
        "gradients");
  else if (*options->output_dir == '\0')
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "--output-dir is empty; name a folder, . for this one");
  else if (!g_file_test (options->output_dir, G_FILE_TEST_IS_DIR))
    g_set_error (
        error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "there is no folder %s", options->output_dir);
  else
    return TRUE;
  return FALSE;
}

/* What would be a table of nothing, or not the one that its name says. */
static gboolean
check_tables (const Options *options, GError **error)
{
  const char *scores = options->scores;

  if (options->csv != NULL && options->channel != GBP_CHANNEL_STRONGEST)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "--csv keeps the strongest channels, which --channel -2 finds; --scores keeps classes");
  else if (scores != NULL && !name_is_stream (scores) && !g_str_has_suffix (scores, ".csv")
           && !g_str_has_suffix (scores, ".jsonl"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "cannot tell what to write from the name %s of --scores; it has to end with .csv or .jsonl",
        scores);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_names (const Options *options, GError **error)
{
  guint n_inputs = options->inputs != NULL ? g_strv_length (options->inputs) : 0;
  gboolean is_written = options->output != NULL || options->raw != NULL || options->scores != NULL
                        || options->output_dir != NULL;

  if (options->version)
    return TRUE;
  if (options->list_layers || options->list_classes) {
    if (n_inputs > 0)
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
          "--list-layers and --list-classes take --weights and no INPUT; %s is left over",
          options->inputs[0]);
    return n_inputs == 0;
  }
  if (options->output_dir == NULL && n_inputs > 2)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "several INPUTs need --output-dir; without it one INPUT and one OUTPUT are taken, not also "
        "%s",
        options->inputs[2]);
  else if (n_inputs == 0 || !is_written)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "name an INPUT and an OUTPUT, or an INPUT and --raw or --scores; --help shows how");
  else if (options->output_dir != NULL)
    return check_output_dir (options, error);
  else
    return check_tables (options, error);
  return FALSE;
}

gboolean
options_parse (Options *options, int argc, char **argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("INPUT… [OUTPUT]");
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, options, NULL);
  g_autofree char *values = values_describe ();
  g_autofree char *description =
      g_strdup_printf ("Values, the default first:\n%s\n%s", values, published);

  *options = (Options) OPTIONS_INIT;
  add_target_options (group, options);
  add_style_options (group, options);
  add_output_options (group, options);
  add_other_options (group, options);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_set_main_group (context, group);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  sort_names (options);
  return check_names (options, error);
}

void
options_clear (Options *options)
{
  g_free (options->weights);
  g_free (options->preprocess);
  g_free (options->scoring);
  g_free (options->class_names);
  g_free (options->input_size);
  g_free (options->layer);
  g_free (options->method);
  g_free (options->fit);
  g_free (options->resample);
  g_free (options->look);
  g_free (options->colormap);
  g_free (options->reduce);
  g_free (options->normalize);
  g_free (options->raw);
  g_free (options->csv);
  g_free (options->class_name);
  g_free (options->randomize);
  g_free (options->scores);
  g_free (options->output_dir);
  g_free (options->format);
  g_strfreev (options->inputs);
  g_free (options->output);
}
