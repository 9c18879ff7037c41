/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Negotiation: any raw format in, any out, of the same size, rate, shape and interlacing. */
#pragma once

#include <gst/gst.h>

#include "settings.h"

/* What can be made of @caps, or of what @caps can be made: the same in any format.
 * @filter: (nullable): keep to these, in their order */
GstCaps *gst_gbp_caps_transform (const GstCaps *caps, GstCaps *filter);

/* gst_gbp_caps_fixate:
 * @caps: one pad's, fixed
 * @others: (transfer full): what is possible on the other pad
 * @seen: what is seen
 *
 * Returns: the best of @others: the format of @caps, unless that has more than 8 bits or 4:4:4 and @others are a choice
 *     that somebody made; else 8-bit colour. The colours are described as they are */
GstCaps *gst_gbp_caps_fixate (const GstCaps *caps, GstCaps *others, const GstGbpSeen *seen);
