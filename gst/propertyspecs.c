/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "propertyspecs.h"

#include <gbp/gbp.h>
#include <gst/gst.h>

#include "settings.h"

#define FLAGS   (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)
#define PLAYING (FLAGS | GST_PARAM_MUTABLE_PLAYING)
#define READY   (FLAGS | GST_PARAM_MUTABLE_READY)

#define GST_TYPE_GBP_SALIENCY_METHOD     (gst_gbp_saliency_method_get_type ())
#define GST_TYPE_GBP_SALIENCY_COLORMAP   (gst_gbp_saliency_colormap_get_type ())
#define GST_TYPE_GBP_SALIENCY_PREPROCESS (gst_gbp_saliency_preprocess_get_type ())
#define GST_TYPE_GBP_SALIENCY_SCHEDULE   (gst_gbp_saliency_schedule_get_type ())
#define GST_TYPE_GBP_SALIENCY_HOLD       (gst_gbp_saliency_hold_get_type ())

static GType
gst_gbp_saliency_method_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
      {GBP_METHOD_GUIDED, "Guided backpropagation: where input and incoming gradient are positive",
          "guided"},
      {GBP_METHOD_GRADIENT, "The plain gradient: where the input is positive", "gradient"},
      {GBP_METHOD_DECONVNET, "The deconvolutional network: where the incoming gradient is positive",
          "deconvnet"},
      {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliencyMethod", values));
  return type;
}

static GType
gst_gbp_saliency_colormap_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
      {GBP_COLORMAP_RGB, "The gradient's red, green and blue; no gradient is grey", "rgb"},
      {GBP_COLORMAP_GRAY, "Magnitude, from black to white", "gray"},
      {GBP_COLORMAP_VIRIDIS, "Magnitude, from purple over green to yellow", "viridis"},
      {GBP_COLORMAP_INFERNO, "Magnitude, from black over red to pale yellow", "inferno"},
      {GBP_COLORMAP_TURBO, "Magnitude, from blue over green to red", "turbo"},
      {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliencyColormap", values));
  return type;
}

static GType
gst_gbp_saliency_preprocess_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
      {GBP_PREPROCESS_AUTO, "As the weight file says of itself or its names imply", "auto"},
      {GBP_PREPROCESS_CAFFE, "BGR, minus the mean, as Keras' VGG networks want it", "caffe"},
      {GBP_PREPROCESS_TORCH, "RGB / 255, minus the mean, by the deviation, as torchvision's do",
          "torch"},
      {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliencyPreprocess", values));
  return type;
}

static GType
gst_gbp_saliency_schedule_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
      {GST_GBP_SCHEDULE_AUTO, "latest where upstream is live, else every-frame", "auto"},
      {GST_GBP_SCHEDULE_EVERY_FRAME, "Each frame goes out with a map of its own", "every-frame"},
      {GST_GBP_SCHEDULE_LATEST, "Each frame goes out at once, with the newest map that is there",
          "latest"},
      {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliencySchedule", values));
  return type;
}

static GType
gst_gbp_saliency_hold_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
      {GST_GBP_HOLD_HOLD, "The last map", "hold"},
      {GST_GBP_HOLD_BLANK, "No map: the video, or the colour of zero where blend is 1", "blank"},
      {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliencyHold", values));
  return type;
}

static void
install_network_properties (GObjectClass *object_class, const GstGbpSettings *defaults)
{
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_WEIGHTS,
      g_param_spec_string ("weights", "Weights",
          "Weight file of a VGG16 or VGG19 of any width: Keras HDF5 (.h5, .weights.h5), .keras or "
          "safetensors; or a published network's bare name (vgg19, vgg19-top, vgg16, vgg16-top) "
          "after it was fetched; NULL: the built-in network, VGG19 at 1/4 width, trained on "
          "synthetic "
          "scenes with objects of 48 families. Read when the element starts",
          defaults->weights, READY));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_PREPROCESS,
      g_param_spec_enum ("preprocess", "Preprocess",
          "How pixels become the network's input: what the weights were trained with",
          GST_TYPE_GBP_SALIENCY_PREPROCESS, (gint) defaults->preprocess, READY));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_THREADS,
      g_param_spec_uint ("threads", "Threads",
          "Threads to compute with; 0: as many as the process may use. The number changes the time "
          "that a frame takes, never the picture",
          0, 256, defaults->threads, READY));
}

static void
install_layer_properties (GObjectClass *object_class, const GbpTarget *defaults)
{
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_LAYER,
      g_param_spec_string ("layer", "Layer",
          "Where the network is cut: the layer whose response is explained, one of those that the "
          "property layers lists: block1_conv1 to block5_conv4 (after the ReLU), block1_pool to "
          "block5_pool, flatten, fc1, fc2, predictions (before the softmax)",
          defaults->layer, PLAYING));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_LAYERS,
      g_param_spec_boxed ("layers", "Layers",
          "The names of the loaded network's layers, from the input on; the built-in network's "
          "until another one is loaded",
          G_TYPE_STRV, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_METHOD,
      g_param_spec_enum ("method", "Method",
          "The rule by which the gradient passes each ReLU on the way back",
          GST_TYPE_GBP_SALIENCY_METHOD, (gint) defaults->method, PLAYING));
}

static void
install_selection_properties (GObjectClass *object_class, const GbpTarget *defaults)
{
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_CHANNEL,
      g_param_spec_int ("channel", "Channel",
          "Channel of the layer that is explained, from 0 (at predictions: the class); -1: all of "
          "them; -2: the one that responds most in each frame, reported in an element message "
          "\"gbpsaliency-channel\" when it changes",
          GBP_CHANNEL_STRONGEST, G_MAXINT, defaults->channel, PLAYING));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_UNIT_X,
      g_param_spec_int ("unit-x", "Unit X",
          "Column of the layer's map that is explained, from 0 at the left; -1: all. Maps are 224 "
          "wide in block 1 and half as wide in each block after it: 14 in block 5",
          GBP_UNIT_ALL, G_MAXINT, defaults->unit_x, PLAYING));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_UNIT_Y,
      g_param_spec_int ("unit-y", "Unit Y",
          "Row of the layer's map that is explained, from 0 at the top; -1: all. Maps are as high "
          "as they are wide",
          GBP_UNIT_ALL, G_MAXINT, defaults->unit_y, PLAYING));
}

static void
install_picture_properties (GObjectClass *object_class, const GstGbpSettings *defaults)
{
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_BLEND,
      g_param_spec_double ("blend", "Blend",
          "The picture's share: (1 - blend) * frame + blend * picture; 1: the picture alone; 0: "
          "the video untouched, and nothing computed unless channel is -2, which reports",
          0, 1, defaults->blend, PLAYING | GST_PARAM_CONTROLLABLE));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_COLORMAP,
      g_param_spec_enum ("colormap", "Colour map",
          "How the gradient becomes colour: rgb shows its three channels, each frame over its "
          "whole range; the others the largest magnitude of the three, relative to the frame's "
          "largest",
          GST_TYPE_GBP_SALIENCY_COLORMAP, (gint) defaults->colormap, PLAYING));
}

static void
install_schedule_properties (GObjectClass *object_class, const GstGbpSettings *defaults)
{
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_SCHEDULE,
      g_param_spec_enum ("schedule", "Schedule",
          "Which frames wait for their map: every-frame: all, with several in flight; latest: none, "
          "they go out at once with the newest map; auto: latest where upstream is live",
          GST_TYPE_GBP_SALIENCY_SCHEDULE, (gint) defaults->schedule, READY));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_WORKERS,
      g_param_spec_uint ("workers", "Workers",
          "With every-frame: frames that are computed at once, with threads / workers threads each "
          "and never more than there are threads; 1: the lowest latency; 0: as many as suit the "
          "cores, the memory and, live, the frame rate. latest has one",
          0, 256, defaults->workers, READY));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_INTERVAL,
      g_param_spec_uint ("interval", "Interval",
          "Only every so many'th frame is computed; what the others show says hold", 1, G_MAXUINT,
          defaults->interval, PLAYING));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_HOLD,
      g_param_spec_enum ("hold", "Hold", "What a frame shows that the interval leaves out",
          GST_TYPE_GBP_SALIENCY_HOLD, (gint) defaults->hold, PLAYING));
  g_object_class_install_property (object_class, GST_GBP_PROPERTY_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "application/x-gbpsaliency-stats, since the element started: frames in, out, computed, "
          "held, equal, late and dropped (uint64); last-time, mean-time and p95-time of the "
          "last computations, and age, of the map that was shown last (GstClockTime, as uint64); "
          "workers and threads of each (uint)",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
gst_gbp_property_specs_install (GObjectClass *object_class)
{
  GstGbpSettings defaults;

  gst_gbp_settings_init (&defaults);
  install_network_properties (object_class, &defaults);
  install_layer_properties (object_class, &defaults.target);
  install_selection_properties (object_class, &defaults.target);
  install_picture_properties (object_class, &defaults);
  install_schedule_properties (object_class, &defaults);
  gst_gbp_settings_clear (&defaults);
  gst_type_mark_as_plugin_api (GST_TYPE_GBP_SALIENCY_METHOD, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_GBP_SALIENCY_COLORMAP, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_GBP_SALIENCY_PREPROCESS, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_GBP_SALIENCY_SCHEDULE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_GBP_SALIENCY_HOLD, 0);
}

gboolean
gst_gbp_property_is_of_network (guint id)
{
  return id == GST_GBP_PROPERTY_WEIGHTS || id == GST_GBP_PROPERTY_PREPROCESS
         || id == GST_GBP_PROPERTY_THREADS || id == GST_GBP_PROPERTY_SCHEDULE
         || id == GST_GBP_PROPERTY_WORKERS;
}
