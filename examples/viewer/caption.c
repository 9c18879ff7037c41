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
  if (names != NULL && g_strcmp0 (layer, gbp_network_get_class_layer (controls->network)) == 0
      && channel < (gint) g_strv_length ((char **) names))
    g_string_append_printf (text, ", %s", names[channel]);
}

static void
add_other_than (GString *text, GstElement *saliency, const char *property, const char *usual)
{
  const char *nick = get_nick (saliency, property);

  if (!g_str_equal (nick, usual))
    g_string_append_printf (text, "  %s", nick);
}

static void
add_unit (GString *text, GstElement *saliency)
{
  gint x, y;

  g_object_get (saliency, "unit-x", &x, "unit-y", &y, NULL);
  if (x >= 0 || y >= 0)
    g_string_append_printf (text, "  unit %d,%d", x, y);
}

gint64
caption_get_age (Controls *controls)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 age;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (controls->saliency), "stats") == NULL)
    return -1;
  g_object_get (controls->saliency, "stats", &stats, NULL);
  if (stats == NULL || !gst_structure_get_uint64 (stats, "age", &age)
      || !GST_CLOCK_TIME_IS_VALID (age))
    return -1;
  return (gint64) (age / GST_MSECOND);
}

void
caption_take_class (GstMessage *message, char **seen)
{
  const GstStructure *content = gst_message_get_structure (message);
  const char *name;
  int class_index;
  double score;

  if (!gst_message_has_name (message, "gbpsaliency-scores")
      || !gst_structure_get (
          content, "class", G_TYPE_INT, &class_index, "class-score", G_TYPE_DOUBLE, &score, NULL))
    return;
  name = gst_structure_get_string (content, "class-name");
  g_free (*seen);
  *seen = name != NULL ? g_strdup_printf ("%s %.2f", name, score)
                       : g_strdup_printf ("class %d %.2f", class_index, score);
}

/* Of a class, or of a layer's channels and units. */
static void
add_target (GString *text, Controls *controls, const char *layer, gint strongest, const char *seen)
{
  guint n_scores;

  g_object_get (controls->saliency, "scores", &n_scores, NULL);
  if (n_scores > 0) {
    g_string_append_printf (text, "  %s", seen != NULL ? seen : "class");
    return;
  }
  add_channel (text, controls, layer, strongest);
  add_unit (text, controls->saliency);
}

char *
caption_make (Controls *controls, gint strongest, const char *seen)
{
  GstElement *saliency = controls->saliency;
  GString *text = g_string_new (NULL);
  g_autofree char *layer = NULL;
  double blend, smoothing;

  g_object_get (saliency, "layer", &layer, "blend", &blend, "smoothing", &smoothing, NULL);
  g_string_append_printf (text, "%s  %s", layer, get_nick (saliency, "method"));
  add_target (text, controls, layer, strongest, seen);
  g_string_append_printf (
      text, "  %s  %s", get_nick (saliency, "look"), get_nick (saliency, "colormap"));
  add_other_than (text, saliency, "normalize", "auto");
  add_other_than (text, saliency, "fit", "stretch");
  if (blend < 1)
    g_string_append_printf (text, "  %.0f %%", 100 * blend);
  if (smoothing > 0)
    g_string_append_printf (text, "  %.0f ms", smoothing);
  return g_string_free (text, FALSE);
}
