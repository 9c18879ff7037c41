/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "controls.h"

#include "canvas.h"

#include <math.h>

/* @key, @alias: the alias may be NULL
 * @run: gets @argument
 * @help: NULL where the line before says it */
typedef struct {
  const char *key;
  const char *alias;
  void (*run) (Controls *controls, const char *argument);
  const char *argument;
  const char *help;
} Key;

static const GbpTarget usual_target = GBP_TARGET_INIT;

/* Scores are told of where they cost nothing: where a class is explained. */
static void
choose_scores (Controls *controls)
{
  g_autofree char *class_name = NULL;
  GbpMethod method;

  g_object_get (controls->saliency, "class", &class_name, "method", &method, NULL);
  g_object_set (controls->saliency, "scores",
      class_name != NULL || method == GBP_METHOD_GRAD_CAM || method == GBP_METHOD_GUIDED_GRAD_CAM,
      NULL);
}

/* Where the network has not the layer that is the default, the element takes the last one with a map. */
static void
choose_layer (Controls *controls)
{
  g_autofree char *layer = NULL;
  const char *last = gbp_network_get_last_map (controls->network);

  g_object_get (controls->saliency, "layer", &layer, NULL);
  if (last != NULL && g_str_equal (layer, usual_target.layer)
      && !gbp_network_get_layer_shape (controls->network, layer, NULL, NULL, NULL, NULL))
    g_object_set (controls->saliency, "layer", last, NULL);
}

gboolean
controls_init (Controls *controls, GstElement *saliency, GError **error)
{
  g_autofree char *weights = NULL;
  GbpPreprocess preprocess;

  g_object_get (saliency, "weights", &weights, "preprocess", &preprocess, NULL);
  controls->saliency = saliency;
  controls->network = gbp_network_load (weights, preprocess, error);
  if (controls->network == NULL)
    return FALSE;
  choose_layer (controls);
  choose_scores (controls);
  return TRUE;
}

void
controls_clear (Controls *controls)
{
  g_clear_pointer (&controls->network, gbp_network_unref);
}

gboolean
controls_set (GstElement *saliency, const char *name, const char *value, GError **error)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (saliency), name);
  g_auto (GValue) parsed = G_VALUE_INIT;

  if (spec == NULL || (spec->flags & G_PARAM_WRITABLE) == 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "there is no property %s to set; gst-inspect-1.0 gbpsaliency lists them", name);
    return FALSE;
  }
  g_value_init (&parsed, spec->value_type);
  if (!gst_value_deserialize (&parsed, value) || g_param_value_validate (spec, &parsed)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "%s does not take \"%s\"; gst-inspect-1.0 gbpsaliency says what it takes", name, value);
    return FALSE;
  }
  g_object_set_property (G_OBJECT (saliency), name, &parsed);
  return TRUE;
}

static void
explain_all (Controls *controls, const char *argument)
{
  g_object_set (controls->saliency, "channel", GBP_CHANNEL_ALL, "unit-x", GBP_UNIT_ALL, "unit-y",
      GBP_UNIT_ALL, NULL);
}

static void
get_shape (Controls *controls, guint *width, guint *height, guint *channels)
{
  g_autofree char *layer = NULL;

  *width = *height = *channels = 1;
  g_object_get (controls->saliency, "layer", &layer, NULL);
  gbp_network_get_layer_shape (controls->network, layer, height, width, channels, NULL);
}

/* Another layer has other channels and units: it begins with all of them. */
static void
step_layer (Controls *controls, const char *step)
{
  const char *const *layers = gbp_network_get_layer_names (controls->network);
  g_autofree char *layer = NULL;
  guint n_layers = g_strv_length ((char **) layers), index = 0;

  g_object_get (controls->saliency, "layer", &layer, NULL);
  while (index < n_layers - 1 && !g_str_equal (layers[index], layer))
    index++;
  index = (index + (step[0] == '+' ? 1 : n_layers - 1)) % n_layers;
  explain_all (controls, NULL);
  g_object_set (controls->saliency, "layer", layers[index], NULL);
}

/* Through all together (-1) and each by itself. */
static void
step_channel (Controls *controls, const char *step)
{
  guint width, height, channels;
  gint channel;

  get_shape (controls, &width, &height, &channels);
  g_object_get (controls->saliency, "channel", &channel, NULL);
  channel = MAX (channel, GBP_CHANNEL_ALL) + (step[0] == '+' ? 1 : -1);
  if (channel < GBP_CHANNEL_ALL)
    channel = (gint) channels - 1;
  else if (channel == (gint) channels)
    channel = GBP_CHANNEL_ALL;
  g_object_set (controls->saliency, "channel", channel, NULL);
}

static void
choose_strongest (Controls *controls, const char *argument)
{
  g_object_set (controls->saliency, "channel", GBP_CHANNEL_STRONGEST, NULL);
}

/* Of each frame anew, and again: none. */
static void
toggle_top_class (Controls *controls, const char *argument)
{
  g_autofree char *class_name = NULL;

  if (gbp_network_get_class_layer (controls->network) == NULL)
    return;
  g_object_get (controls->saliency, "class", &class_name, NULL);
  g_object_set (controls->saliency, "class", class_name == NULL ? "top" : NULL, NULL);
  choose_scores (controls);
}

/* The enumeration's next value. */
static void
cycle (Controls *controls, const char *property)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (controls->saliency), property);
  const GEnumClass *choices = G_PARAM_SPEC_ENUM (spec)->enum_class;
  guint index = 0;
  gint value;

  g_object_get (controls->saliency, property, &value, NULL);
  while (index < choices->n_values && choices->values[index].value != value)
    index++;
  g_object_set (
      controls->saliency, property, choices->values[(index + 1) % choices->n_values].value, NULL);
  choose_scores (controls);
}

static void
step_blend (Controls *controls, const char *step)
{
  double blend;

  g_object_get (controls->saliency, "blend", &blend, NULL);
  blend = round (10 * blend + (step[0] == '+' ? 1 : -1)) / 10;
  g_object_set (controls->saliency, "blend", CLAMP (blend, 0, 1), NULL);
}

/* 0, 100, 200 … 1600 milliseconds */
static void
step_smoothing (Controls *controls, const char *argument)
{
  double smoothing;

  g_object_get (controls->saliency, "smoothing", &smoothing, NULL);
  smoothing = smoothing < 100 ? 100 : smoothing < 1600 ? 2 * smoothing : 0;
  g_object_set (controls->saliency, "smoothing", smoothing, "smooth-map", smoothing > 0, NULL);
}

static const Key keys[] = {
    {"l", "Down", step_layer, "+", "l L  Down Up      the next layer, the last one"},
    {"L", "Up", step_layer, "-", NULL},
    {"c", "Right", step_channel, "+", "c C  Right Left   the next channel, the last one"},
    {"C", "Left", step_channel, "-", NULL},
    {"s", NULL, choose_strongest, NULL, "s                 each frame's strongest channel"},
    {"p", NULL, toggle_top_class, NULL,
        "p                 the class that the network sees, on and off"},
    {"a", NULL, explain_all, NULL, "a                 all channels and units"},
    {"m", NULL, cycle, "method", "m                 method"},
    {"o", NULL, cycle, "look", "o                 look: how picture and video meet"},
    {"k", NULL, cycle, "colormap", "k                 colour map"},
    {"n", NULL, cycle, "normalize", "n                 which values get the colours at the ends"},
    {"f", NULL, cycle, "fit", "f                 fit: how the frame becomes a square"},
    {"+", "=", step_blend, "+", "+ -               more, less of the picture"},
    {"plus", "equal", step_blend, "+", NULL},
    {"-", "minus", step_blend, "-", NULL},
    {"t", NULL, step_smoothing, NULL, "t                 smoothing over time"},
};

gboolean
controls_press (Controls *controls, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].key, key) || g_strcmp0 (keys[i].alias, key) == 0) {
      keys[i].run (controls, keys[i].argument);
      return TRUE;
    }
  return FALSE;
}

void
controls_print_help (void)
{
  g_print ("Keys, in the window or here:\n");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].help != NULL)
      g_print ("  %s\n", keys[i].help);
  g_print ("  click             the unit of the layer's map there; a: all again\n"
           "  i                 the line in the picture, on and off\n"
           "  h                 this help\n"
           "  q  Escape         end\n");
}

/* Where the halves lie, a click in either means the same place; above and below them it means none. */
static gboolean
leave_half (double *x, double *y)
{
  *x = fmod (2 * *x, 1);
  *y = 2 * *y - 0.5;
  return *y >= 0 && *y < 1;
}

void
controls_click (Controls *controls, const GstVideoInfo *info, double x, double y)
{
  guint width, height, channels;
  GstGbpInputSize input;
  GstGbpCanvas canvas;
  GstGbpFit fit;
  GbpLook look;

  g_object_get (controls->saliency, "fit", &fit, "look", &look, NULL);
  get_shape (controls, &width, &height, &channels);
  gbp_network_get_input_size (controls->network, &input.height, &input.width);
  gst_gbp_canvas_init (&canvas, &input, info, fit);
  x /= GST_VIDEO_INFO_WIDTH (info);
  y /= GST_VIDEO_INFO_HEIGHT (info);
  if (look == GBP_LOOK_SIDE_BY_SIDE && !leave_half (&x, &y))
    return;
  x = (x * canvas.width - canvas.x) / input.width;
  y = (y * canvas.height - canvas.y) / input.height;
  if (x < 0 || x >= 1 || y < 0 || y >= 1)
    return;
  g_object_set (
      controls->saliency, "unit-x", (gint) (x * width), "unit-y", (gint) (y * height), NULL);
}
