/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From the buffers that GstBaseTransform has to frames, as its functions transform and transform_ip. */
#pragma once

#include <gst/base/gstbasetransform.h>

GstFlowReturn gst_gbp_transform (GstBaseTransform *trans, GstBuffer *input, GstBuffer *output);
GstFlowReturn gst_gbp_transform_in_place (GstBaseTransform *trans, GstBuffer *buffer);
