/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transform.h"

#include "gstgbpsaliency.h"
#include "mapping.h"
#include "process.h"

/* GstVideoFilter would let a frame that it cannot map pass, with a warning that code is missing. */
static gboolean
map (GstBaseTransform *trans, GstVideoFrame *frame, const GstVideoInfo *info, GstBuffer *buffer,
    GstMapFlags flags)
{
  g_autofree char *reason = gst_gbp_mapping_open (frame, info, buffer, flags);

  if (reason != NULL)
    GST_ELEMENT_ERROR (trans, STREAM, FORMAT, ("%s", reason), (NULL));
  return reason == NULL;
}

GstFlowReturn
gst_gbp_transform (GstBaseTransform *trans, GstBuffer *input, GstBuffer *output)
{
  GstVideoFilter *filter = GST_VIDEO_FILTER (trans);
  GstVideoFrame from, to;
  GstFlowReturn flow;

  if (!map (trans, &from, &filter->in_info, input, GST_MAP_READ))
    return GST_FLOW_ERROR;
  if (!map (trans, &to, &filter->out_info, output, GST_MAP_WRITE)) {
    gst_video_frame_unmap (&from);
    return GST_FLOW_ERROR;
  }
  flow = gst_gbp_process_show (GST_GBP_SALIENCY (trans), &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return flow;
}

GstFlowReturn
gst_gbp_transform_in_place (GstBaseTransform *trans, GstBuffer *buffer)
{
  GstVideoFrame frame;
  GstFlowReturn flow;

  if (!map (trans, &frame, &GST_VIDEO_FILTER (trans)->in_info, buffer, GST_MAP_READWRITE))
    return GST_FLOW_ERROR;
  flow = gst_gbp_process_show (GST_GBP_SALIENCY (trans), &frame, &frame);
  gst_video_frame_unmap (&frame);
  return flow;
}
