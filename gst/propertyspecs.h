/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the properties are: their names, types, ranges, defaults and descriptions. */
#pragma once

#include <glib-object.h>

enum {
  GST_GBP_PROPERTY_WEIGHTS = 1,
  GST_GBP_PROPERTY_PREPROCESS,
  GST_GBP_PROPERTY_THREADS,
  GST_GBP_PROPERTY_LAYER,
  GST_GBP_PROPERTY_LAYERS,
  GST_GBP_PROPERTY_METHOD,
  GST_GBP_PROPERTY_CHANNEL,
  GST_GBP_PROPERTY_UNIT_X,
  GST_GBP_PROPERTY_UNIT_Y,
  GST_GBP_PROPERTY_BLEND,
  GST_GBP_PROPERTY_COLORMAP,
  GST_GBP_PROPERTY_SCHEDULE,
  GST_GBP_PROPERTY_WORKERS,
  GST_GBP_PROPERTY_INTERVAL,
  GST_GBP_PROPERTY_HOLD,
  GST_GBP_PROPERTY_STATS,
};

/* Installs them all. The class' functions for properties are set before. */
void gst_gbp_property_specs_install (GObjectClass *object_class);

/* Whether it is decided when the network is loaded, so that it cannot change while one is. */
gboolean gst_gbp_property_is_of_network (guint id);
