/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drain.h"

#include "process.h"

static GstFlowReturn
push_held (GstGbpSaliency *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  GstBaseTransformClass *class = GST_BASE_TRANSFORM_GET_CLASS (self);
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *frame = NULL;

  while ((flow = class->generate_output (trans, &frame)) == GST_FLOW_OK && frame != NULL
         && (flow = gst_pad_push (trans->srcpad, g_steal_pointer (&frame))) == GST_FLOW_OK)
    ;
  gst_clear_buffer (&frame);
  if (flow != GST_FLOW_OK)
    gst_gbp_process_discard (self);
  return flow;
}

GstFlowReturn
gst_gbp_drain_all (GstGbpSaliency *self)
{
  GstFlowReturn flow;

  if (self->engine == NULL || gst_gbp_engine_is_empty (self->engine))
    return GST_FLOW_OK;
  GST_DEBUG_OBJECT (self, "drains");
  self->is_draining = TRUE;
  flow = push_held (self);
  self->is_draining = FALSE;
  return flow;
}

/* The stream lock keeps frames and events in their order, whoever pushes. GstBaseTransform waits for the streaming
 * thread before it drops the frame that is being made, and takes for granted that nobody begins with another one once
 * the pad is flushing. */
void
gst_gbp_drain_ready (gpointer data)
{
  GstGbpSaliency *self = data;
  GstPad *pad = GST_BASE_TRANSFORM_SINK_PAD (self);

  GST_PAD_STREAM_LOCK (pad);
  if (!GST_PAD_IS_FLUSHING (pad) && self->engine != NULL && !gst_gbp_engine_is_empty (self->engine))
    self->pushed = push_held (self);
  GST_PAD_STREAM_UNLOCK (pad);
}
