/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "caption.h"

static const char *
get_nick (GstElement *element, const char *property)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  gint value;

  g_object_get (element, property, &value, NULL);
  return g_enum_get_value (G_PARAM_SPEC_ENUM (spec)->enum_class, value)->value_nick;
}

/* Where the layer is the last one, its channels are the classes, and may have names. */
static void
add_channel (GString *text, Controls *controls, const char *layer, gint strongest)
{
  const char *const *names = gbp_network_get_class_names (controls->network);
  gint channel;

  g_object_get (controls->saliency, "channel", &channel, NULL);
  if (channel == GBP_CHANNEL_ALL)
    return;
  if (channel == GBP_CHANNEL_STRONGEST) {
    g_string_append (text, "  strongest");
    channel = strongest;
  }
  if (channel < 0)
    return;
  g_string_append_printf (text, "  channel %d", channel);
  if (names != NULL && g_str_equal (layer, "predictions")
      && channel < (gint) g_strv_length ((char **) names))
    g_string_append_printf (text, ", %s", names[channel]);
}

static void
add_unit (GString *text, GstElement *saliency)
{
  gint x, y;

  g_object_get (saliency, "unit-x", &x, "unit-y", &y, NULL);
  if (x >= 0 || y >= 0)
    g_string_append_printf (text, "  unit %d,%d", x, y);
}

/* How old the map is that is shown, where the element tells. */
static void
add_age (GString *text, GstElement *saliency)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 age;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (saliency), "stats") == NULL)
    return;
  g_object_get (saliency, "stats", &stats, NULL);
  if (stats != NULL && gst_structure_get_uint64 (stats, "age", &age)
      && GST_CLOCK_TIME_IS_VALID (age))
    g_string_append_printf (text, "  age %" G_GUINT64_FORMAT " ms", age / GST_MSECOND);
}

char *
caption_make (Controls *controls, double rate, gint strongest)
{
  GstElement *saliency = controls->saliency;
  GString *text = g_string_new (NULL);
  g_autofree char *layer = NULL;
  double blend;

  g_object_get (saliency, "layer", &layer, "blend", &blend, NULL);
  g_string_append_printf (text, "%.0f frames/s", rate);
  add_age (text, saliency);
  g_string_append_printf (text, "  %s  %s", layer, get_nick (saliency, "method"));
  add_channel (text, controls, layer, strongest);
  add_unit (text, saliency);
  g_string_append_printf (
      text, "  %s  %s", get_nick (saliency, "look"), get_nick (saliency, "colormap"));
  if (blend < 1)
    g_string_append_printf (text, "  %.0f %%", 100 * blend);
  return g_string_free (text, FALSE);
}
