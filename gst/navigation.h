/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstgbpsaliency.h"

/* For GstBaseTransform's function of this name. A click selects the unit of the layer's map that lies under it, if that
 * is asked for, and goes on upstream all the same. */
gboolean gst_gbp_navigation_src_event (GstBaseTransform *trans, GstEvent *event);
