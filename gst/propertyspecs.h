/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the properties are: a table with a row for each. */
#pragma once

#include <glib-object.h>

#include "settings.h"

/* Installs them all. The class' functions for properties are set before. */
void gst_gbp_property_specs_install (GObjectClass *object_class);

/* Whether it is decided when the network is loaded, so that it cannot change while one is. */
gboolean gst_gbp_property_is_of_network (guint id);

/* Whether it is kept in the settings, and not asked of the network or the stream. */
gboolean gst_gbp_property_is_setting (guint id);

/* @settings holds what @value says, or @value what @settings hold. The property is one of those that are kept there. */
void gst_gbp_property_store (GstGbpSettings *settings, guint id, const GValue *value);
void gst_gbp_property_read (const GstGbpSettings *settings, guint id, GValue *value);
