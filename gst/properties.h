/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element's properties: what they are, and when a value is taken. */
#pragma once

#include <glib-object.h>

/* Installs the properties and sets the class' functions for them. */
void gst_gbp_properties_init (GObjectClass *object_class);
