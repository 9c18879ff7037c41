/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include "parts.h"

#include <gio/gio.h>

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

static gboolean
set_properties (Settings *settings, const Options *options, GError **error)
{
  GstElement *saliency = settings->saliency;
  GbpTarget *target = &settings->target;

  if (!set_choices (saliency, options, error) || !set_numbers (saliency, &options->style, error)
      || !check_threads (saliency, options->threads, error))
    return FALSE;

  if (options->layer != NULL)
    target->layer = options->layer;
  target->channel = options->channel;
  target->unit_x = options->unit_x;
  target->unit_y = options->unit_y;
  g_object_get (saliency, "method", &target->method, "fit", &settings->fit, "resample",
      &settings->resample, NULL);
  g_object_set (saliency, "weights", options->weights, "layer", target->layer, "smooth-map",
      options->style.smooth_map, "threads", (guint) options->threads, NULL);
  return TRUE;
}

gboolean
settings_init (Settings *settings, const Options *options, GError **error)
{
  GbpPreprocess preprocess;

  *settings = (Settings){.target = GBP_TARGET_INIT};
  settings->saliency = make_element ("gbpsaliency", error);
  if (settings->saliency == NULL)
    return FALSE;
  gst_object_ref_sink (settings->saliency);
  if (!set_properties (settings, options, error))
    return FALSE;
  g_object_get (settings->saliency, "preprocess", &preprocess, NULL);
  settings->network = gbp_network_load (options->weights, preprocess, error);
  return settings->network != NULL;
}

gboolean
settings_check_target (const Settings *settings, GError **error)
{
  if (!gbp_target_check (&settings->target, settings->network, error))
    return FALSE;
  g_object_set (settings->saliency, "channel", settings->target.channel, "unit-x",
      settings->target.unit_x, "unit-y", settings->target.unit_y, NULL);
  return TRUE;
}

void
settings_clear (Settings *settings)
{
  gst_clear_object (&settings->saliency);
  g_clear_pointer (&settings->network, gbp_network_unref);
}
