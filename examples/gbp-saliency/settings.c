/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include "parts.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* Classes that are told of. */
#define USUAL_TOP 5
#define MOST_TOP  20

/* Sets an enumeration by its nick; a NULL value leaves the default. */
static gboolean
set_choice (GstElement *element, const char *property, const char *value, GError **error)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  GEnumClass *choices = G_PARAM_SPEC_ENUM (spec)->enum_class;
  g_autoptr (GString) nicks = g_string_new (NULL);

  if (value == NULL)
    return TRUE;
  for (guint i = 0; i < choices->n_values; i++) {
    const GEnumValue *choice = &choices->values[i];
    if (g_str_equal (choice->value_nick, value)) {
      g_object_set (element, property, choice->value, NULL);
      return TRUE;
    }
    g_string_append_printf (nicks, "%s%s", i ? ", " : "", choice->value_nick);
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no %s \"%s\"; valid are %s",
      property, value, nicks->str);
  return FALSE;
}

static gboolean
set_choices (GstElement *saliency, const Options *options, GError **error)
{
  return set_choice (saliency, "method", options->method, error)
         && set_choice (saliency, "preprocess", options->preprocess, error)
         && set_choice (saliency, "scoring", options->scoring, error)
         && set_choice (saliency, "fit", options->fit, error)
         && set_choice (saliency, "resample", options->resample, error)
         && set_choice (saliency, "look", options->look, error)
         && set_choice (saliency, "colormap", options->colormap, error)
         && set_choice (saliency, "reduce", options->reduce, error)
         && set_choice (saliency, "normalize", options->normalize, error);
}

/* Sets a number that the property takes; NaN is none. */
static gboolean
set_number (GstElement *element, const char *property, double value, GError **error)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  double least = G_PARAM_SPEC_DOUBLE (spec)->minimum, most = G_PARAM_SPEC_DOUBLE (spec)->maximum;

  if (!(value >= least && value <= most)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s %g is not between %g and %g",
        property, value, least, most);
    return FALSE;
  }
  g_object_set (element, property, value, NULL);
  return TRUE;
}

static gboolean
set_numbers (GstElement *saliency, const GbpStyle *style, GError **error)
{
  return set_number (saliency, "blend", style->blend, error)
         && set_number (saliency, "clip", style->clip, error)
         && set_number (saliency, "range", style->range, error)
         && set_number (saliency, "softness", style->softness, error)
         && set_number (saliency, "smoothing", style->smoothing, error);
}

static gboolean
check_threads (GstElement *saliency, int threads, GError **error)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (saliency), "threads");
  guint most = G_PARAM_SPEC_UINT (spec)->maximum;

  if (threads >= 0 && (guint) threads <= most)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "threads %d is not between 1 and %u, nor 0, which means as many as the process may use",
      threads, most);
  return FALSE;
}

/* Sets a whole number that the property takes. */
static gboolean
set_count (GstElement *element, const char *property, int value, GError **error)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  guint least = G_PARAM_SPEC_UINT (spec)->minimum, most = G_PARAM_SPEC_UINT (spec)->maximum;

  if (value < 0 || (guint) value < least || (guint) value > most) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s %d is not between %u and %u",
        property, value, least, most);
    return FALSE;
  }
  g_object_set (element, property, (guint) value, NULL);
  return TRUE;
}

static gboolean
check_top (int top, GError **error)
{
  if (top >= 0 && top <= MOST_TOP)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "top %d is not between 1 and %d",
      top, MOST_TOP);
  return FALSE;
}

static gboolean
set_averages (GstElement *saliency, const Options *options, GError **error)
{
  return set_count (saliency, "samples", options->samples, error)
         && set_count (saliency, "steps", options->steps, error)
         && set_number (saliency, "noise", options->noise, error)
         && set_number (saliency, "baseline", options->baseline, error);
}

static gboolean
set_properties (GstElement *saliency, const Options *options, GError **error)
{
  if (!set_choices (saliency, options, error) || !set_numbers (saliency, &options->style, error)
      || !check_threads (saliency, options->threads, error) || !check_top (options->top, error)
      || !set_averages (saliency, options, error))
    return FALSE;
  g_object_set (saliency, "weights", options->weights, "class-names", options->class_names,
      "input-size", options->input_size, "smooth-map", options->style.smooth_map, "threads",
      (guint) options->threads, NULL);
  return TRUE;
}

/* How many of the strongest classes are wanted of each frame. */
static guint
count_scores (const Options *options)
{
  if (options->top > 0)
    return (guint) options->top;
  return options->scores != NULL || options->caption || options->class_name != NULL ? USUAL_TOP : 0;
}

gboolean
settings_tell_scores (const Settings *settings)
{
  return settings->options->top > 0 || settings->options->class_name != NULL;
}

static gboolean
set_class (Settings *settings, GError **error)
{
  const char *name = settings->options->class_name;
  GbpTarget *target = &settings->target;

  target->randomize = settings->options->randomize;
  target->wants_scores = count_scores (settings->options) > 0;
  if (name != NULL)
    target->class_index = gbp_network_find_class (settings->network, name, error);
  return name == NULL || target->class_index != GBP_CLASS_NONE;
}

static void
set_target (Settings *settings, GstElement *saliency)
{
  const Options *options = settings->options;
  GbpTarget *target = &settings->target;
  gboolean has_default =
      gbp_network_get_layer_shape (settings->network, target->layer, NULL, NULL, NULL, NULL);

  if (options->layer != NULL)
    target->layer = options->layer;
  else if (!has_default && gbp_network_get_last_map (settings->network) != NULL)
    target->layer = gbp_network_get_last_map (settings->network);
  target->channel = options->channel;
  target->unit_x = options->unit_x;
  target->unit_y = options->unit_y;
  g_object_get (saliency, "method", &target->method, NULL);
}

static GstElement *
make_element_of (const Options *options, GError **error)
{
  GstElement *saliency = make_element ("gbpsaliency", error);

  if (saliency == NULL)
    return NULL;
  gst_object_ref_sink (saliency);
  if (!set_properties (saliency, options, error))
    gst_clear_object (&saliency);
  return saliency;
}

/* @size: (nullable) */
static gboolean
parse_input_size (const char *size, GbpLoadOptions *load, GError **error)
{
  int length = 0;

  if (size == NULL)
    return TRUE;
  if (strspn (size, "0123456789x") == strlen (size) && strlen (size) < 16
      && sscanf (size, "%7ux%7u%n", &load->input_width, &load->input_height, &length) == 2
      && size[length] == '\0')
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "input-size \"%s\" is not WIDTHxHEIGHT in pixels, such as 320x240", size);
  return FALSE;
}

/* The value of the entry called @name.
 * @name: (nullable): then @value stays as it is */
static gboolean
find_value (const char *property, const GbpEntry *const *entries, const char *name, int *value,
    GError **error)
{
  const GbpEntry *entry = name != NULL ? gbp_entry_find (entries, name) : NULL;
  g_autoptr (GString) nicks = g_string_new (NULL);

  if (entry != NULL)
    *value = entry->value;
  if (entry != NULL || name == NULL)
    return TRUE;
  for (guint i = 0; entries[i] != NULL; i++)
    g_string_append_printf (nicks, "%s%s", i ? ", " : "", entries[i]->nick);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no %s \"%s\"; valid are %s",
      property, name, nicks->str);
  return FALSE;
}

GbpNetwork *
settings_load_network (const Options *options, GError **error)
{
  GbpLoadOptions load = GBP_LOAD_OPTIONS_INIT;
  int preprocess = GBP_PREPROCESS_AUTO, scoring = GBP_SCORING_AUTO;

  if (!find_value (
          "preprocess", gbp_list_preprocessings (), options->preprocess, &preprocess, error)
      || !find_value ("scoring", gbp_list_scorings (), options->scoring, &scoring, error)
      || !parse_input_size (options->input_size, &load, error))
    return NULL;
  load.weights = options->weights;
  load.class_names = options->class_names;
  load.preprocess = (GbpPreprocess) preprocess;
  load.scoring = (GbpScoring) scoring;
  return gbp_network_load_full (&load, error);
}

gboolean
settings_init (Settings *settings, const Options *options, GError **error)
{
  g_autoptr (GstElement) saliency = make_element_of (options, error);

  *settings = (Settings){.options = options, .target = GBP_TARGET_INIT};
  if (saliency == NULL)
    return FALSE;
  settings->network = settings_load_network (options, error);
  if (settings->network == NULL)
    return FALSE;
  set_target (settings, saliency);
  return set_class (settings, error);
}

gboolean
settings_check_target (const Settings *settings, GError **error)
{
  return gbp_target_check (&settings->target, settings->network, error);
}

GstElement *
settings_make_saliency (const Settings *settings, guint threads)
{
  GstElement *saliency = make_element_of (settings->options, NULL);
  const GbpTarget *target = &settings->target;

  g_object_set (saliency, "layer", target->layer, "channel", target->channel, "unit-x",
      target->unit_x, "unit-y", target->unit_y, "randomize", settings->options->randomize, "class",
      settings->options->class_name, "scores", count_scores (settings->options), NULL);
  if (threads > 0)
    g_object_set (saliency, "threads", threads, "workers", 1, NULL);
  return saliency;
}

static void
append_class (GString *text, const Settings *settings)
{
  const char *const *names = gbp_network_get_class_names (settings->network);
  int class_index = settings->target.class_index;

  g_string_append_printf (text, "class: %d%s%s\n", class_index, names != NULL ? ", " : "",
      names != NULL ? names[class_index] : "");
}

char *
settings_describe (const Settings *settings)
{
  GbpNetwork *network = settings->network;
  const GbpTarget usual = GBP_TARGET_INIT;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "network: %s\n", gbp_network_get_description (network));
  if (settings->options->layer == NULL && !g_str_equal (settings->target.layer, usual.layer))
    g_string_append_printf (text, "layer: %s, the last one with a map\n", settings->target.layer);
  if (settings->target.class_index >= 0)
    append_class (text, settings);
  if (!gbp_network_is_trained (network))
    g_string_append (text,
        "note: an untrained network gives crisp pictures too, but they show nothing learnt\n");
  if (gbp_network_get_notice (network) != NULL)
    g_string_append_printf (text, "note: %s\n", gbp_network_get_notice (network));
  return g_string_free (text, FALSE);
}

gboolean
settings_show_frames (const Settings *settings)
{
  const Options *options = settings->options;

  return options->style.blend < 1
         || (options->look != NULL && !g_str_equal (options->look, "over"));
}

void
settings_clear (Settings *settings)
{
  g_clear_pointer (&settings->network, gbp_network_unref);
}
