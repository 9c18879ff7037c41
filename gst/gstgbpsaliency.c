/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gbpsaliency
 * @title: gbpsaliency
 * @short_description: shows which image structure a layer of a VGG network responds to
 *
 * Computes the gradient of one layer's response with respect to the pixels of each frame, by guided
 * backpropagation (Springenberg et al. 2014), and shows it instead of the video or blended over it.
 * With the sum over a layer this shows the image structure that the layer responds to; it is no evidence
 * for a decision of the network, and it looks crisp even on an untrained one.
 *
 * Every raw format is taken and given, in and out independently; the size, frame rate, pixel aspect
 * ratio and interlacing stay. The frame is stretched to the network's 224×224 pixels. In an overlay
 * (0 < blend < 1) alpha is the video's; a frame of saliency alone (blend = 1) is opaque.
 *
 * ## Changing what is explained
 *
 * layer, method, channel, unit-x and unit-y may change at any time. While a network is loaded (from the
 * state PAUSED on) they are judged together, once for each g_object_set(): a combination that the
 * network does not have is refused with a WARNING message (domain LIBRARY, code SETTINGS), and all of
 * what was set before stays. So set a layer and a channel that belong together in one g_object_set(), or
 * between g_object_freeze_notify() and g_object_thaw_notify(); or set the channel to -1 before the
 * layer. Before that, nothing is judged: the element then fails to start if the network does not have
 * what is set. weights, preprocess and threads are refused in the same way while a network is loaded.
 *
 * ## Messages
 *
 * When the element starts it posts an element message "gbpsaliency-network":
 *
 * * "description" (string): the network, such as "VGG19 at 1/4 width, built in, trained on
 *   synthetic scenes"
 * * "trained" (boolean): FALSE if its weights are random; an INFO message says so too
 *
 * With channel=-2 it posts "gbpsaliency-channel" when the strongest channel is another one than before:
 *
 * * "layer" (string), "channel" (int) and "value" (double): the channel, and the sum of its response
 * * "class" (string): its name, at predictions, if the weight file names the classes
 * * "timestamp", "stream-time", "running-time", "duration" (#GstClockTime): of the frame
 *
 * ## Live video
 *
 * The element adds the time that it takes for a frame, with headroom, to the pipeline's latency, and
 * tells the pipeline when that changes by a quarter. Every frame comes out, unless qos is set: late ones
 * are then dropped. Where a live source is faster than the network, frames that would come too late are
 * not computed but shown with the picture of the last one that was, so that the video goes on; with
 * qos, every frame that comes out is computed. Video that is not live is always computed frame by frame.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 v4l2src ! gbpsaliency layer=block5_conv4 ! autovideosink
 * ]| What the camera sees, as the last convolution does.
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! gbpsaliency blend=0.6 colormap=inferno !
 *     x264enc ! mp4mux ! filesink location=out.mp4
 * ]| An overlay, as a file.
 * |[
 * gst-launch-1.0 -m filesrc location=in.mp4 ! decodebin ! gbpsaliency weights=vgg19-top
 *     layer=predictions channel=-2 ! videoconvert ! autovideosink
 * ]| The structure that speaks for each frame's strongest class, and the classes' numbers as messages.
 */

#include "gstgbpsaliency.h"

#include "caps.h"
#include "formats.h"
#include "life.h"
#include "mapping.h"
#include "process.h"
#include "properties.h"

GST_DEBUG_CATEGORY (gst_gbp_saliency_debug);

G_DEFINE_FINAL_TYPE (GstGbpSaliency, gst_gbp_saliency, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE (gbpsaliency, "gbpsaliency", GST_RANK_NONE, GST_TYPE_GBP_SALIENCY)

static gboolean
start (GstBaseTransform *trans)
{
  return gst_gbp_life_start (GST_GBP_SALIENCY (trans));
}

static gboolean
stop (GstBaseTransform *trans)
{
  gst_gbp_life_stop (GST_GBP_SALIENCY (trans));
  return TRUE;
}

static gboolean
sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);
  GstEventType type = GST_EVENT_TYPE (event);

  if (type == GST_EVENT_FLUSH_STOP || type == GST_EVENT_SEGMENT)
    gst_gbp_process_forget (self);
  return GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)->sink_event (trans, event);
}

static gboolean
query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);

  if (!GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)->query (trans, direction, query))
    return FALSE;
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY) {
    GST_OBJECT_LOCK (self);
    gst_gbp_latency_answer (&self->latency, query);
    GST_OBJECT_UNLOCK (self);
  }
  return TRUE;
}

static GstCaps *
transform_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  return gst_gbp_caps_transform (caps, filter);
}

/* GStreamer says no more of caps that are refused than that they are. */
static gboolean
accept_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps)
{
  if (GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)
          ->accept_caps (trans, direction, caps))
    return TRUE;
  GST_WARNING_OBJECT (trans,
      "%" GST_PTR_FORMAT " is refused: frames are of 1 x 1 to %d x %d, in system memory, of the "
      "formats that the pad's template lists",
      caps, GST_GBP_LARGEST_SIZE, GST_GBP_LARGEST_SIZE);
  return FALSE;
}

static GstCaps *
fixate_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps, GstCaps *others)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);
  gboolean shows_colour;

  GST_OBJECT_LOCK (self);
  shows_colour = gst_gbp_settings_show_colour (&self->settings);
  GST_OBJECT_UNLOCK (self);
  return gst_gbp_caps_fixate (caps, others, shows_colour);
}

/* The size stays, and so does what is tied to it, such as regions of interest. */
static gboolean
transform_meta (GstBaseTransform *trans, GstBuffer *output, GstMeta *meta, GstBuffer *input)
{
  static const char *const kept[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
      GST_META_TAG_VIDEO_ORIENTATION_STR, NULL};
  const gchar *const *tags = gst_meta_api_type_get_tags (meta->info->api);

  for (guint i = 0; tags != NULL && tags[i] != NULL; i++)
    if (!g_strv_contains (kept, tags[i]))
      return FALSE;
  return TRUE;
}

static gboolean
set_info (GstVideoFilter *filter, GstCaps *input_caps, GstVideoInfo *input, GstCaps *output_caps,
    GstVideoInfo *output)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (filter);

  self->is_same = FALSE;
  g_clear_pointer (&self->frames, gst_gbp_frames_free);
  if (self->explainer == NULL)
    return FALSE;
  self->frames = gst_gbp_frames_new (input, output);
  if (self->frames == NULL)
    return FALSE;
  self->is_same = gst_video_info_is_equal (input, output);
  GST_OBJECT_LOCK (self);
  self->is_grey = GST_VIDEO_INFO_IS_GRAY (input);
  self->now.blend = self->settings.blend;
  GST_OBJECT_UNLOCK (self);
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), self->is_same);
  gst_gbp_process_choose_passthrough (self);
  return TRUE;
}

static void
before_transform (GstBaseTransform *trans, GstBuffer *buffer)
{
  gst_gbp_process_begin (GST_GBP_SALIENCY (trans), buffer);
}

static GstFlowReturn
transform_frame (GstVideoFilter *filter, GstVideoFrame *input, GstVideoFrame *output)
{
  gst_gbp_process_frame (GST_GBP_SALIENCY (filter), input, output);
  return GST_FLOW_OK;
}

static GstFlowReturn
transform_frame_ip (GstVideoFilter *filter, GstVideoFrame *frame)
{
  gst_gbp_process_frame (GST_GBP_SALIENCY (filter), frame, frame);
  return GST_FLOW_OK;
}

/* Frames that come after a start that failed, or after the end, are turned away. */
static GstFlowReturn
submit_input_buffer (GstBaseTransform *trans, gboolean is_discont, GstBuffer *buffer)
{
  if (GST_GBP_SALIENCY (trans)->explainer == NULL) {
    gst_buffer_unref (buffer);
    return GST_FLOW_FLUSHING;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)
      ->submit_input_buffer (trans, is_discont, buffer);
}

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

static GstFlowReturn
transform (GstBaseTransform *trans, GstBuffer *input, GstBuffer *output)
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
  flow = transform_frame (filter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return flow;
}

/* A frame that passes through is mapped only if something is to be reported of it. */
static GstFlowReturn
transform_ip (GstBaseTransform *trans, GstBuffer *buffer)
{
  gboolean passes = gst_base_transform_is_passthrough (trans);
  GstVideoFrame frame;
  GstFlowReturn flow;

  if (passes && !gst_gbp_process_needs_picture (GST_GBP_SALIENCY (trans)))
    return GST_FLOW_OK;
  if (!map (trans, &frame, &GST_VIDEO_FILTER (trans)->in_info, buffer,
          passes ? GST_MAP_READ : GST_MAP_READWRITE))
    return GST_FLOW_ERROR;
  flow = transform_frame_ip (GST_VIDEO_FILTER (trans), &frame);
  gst_video_frame_unmap (&frame);
  return flow;
}

static void
finalize (GObject *object)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (object);

  gst_gbp_settings_clear (&self->settings);
  g_strfreev (self->layers);
  G_OBJECT_CLASS (gst_gbp_saliency_parent_class)->finalize (object);
}

static void
add_pad_templates (GstElementClass *class)
{
  g_autoptr (GstCaps) caps = gst_gbp_format_make_caps ();

  gst_element_class_add_pad_template (
      class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (
      class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
}

static void
set_transform_functions (GstBaseTransformClass *transform_class)
{
  transform_class->start = start;
  transform_class->stop = stop;
  transform_class->sink_event = sink_event;
  transform_class->query = query;
  transform_class->transform_caps = transform_caps;
  transform_class->accept_caps = accept_caps;
  transform_class->fixate_caps = fixate_caps;
  transform_class->transform_meta = transform_meta;
  transform_class->before_transform = before_transform;
  transform_class->submit_input_buffer = submit_input_buffer;
  transform_class->transform = transform;
  transform_class->transform_ip = transform_ip;
  transform_class->transform_ip_on_passthrough = TRUE;
}

static void
gst_gbp_saliency_class_init (GstGbpSaliencyClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstVideoFilterClass *filter_class = GST_VIDEO_FILTER_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (
      gst_gbp_saliency_debug, "gbpsaliency", 0, "guided backpropagation on video");
  G_OBJECT_CLASS (class)->finalize = finalize;
  gst_gbp_properties_init (G_OBJECT_CLASS (class));
  add_pad_templates (element_class);
  gst_element_class_set_static_metadata (element_class, "Guided backpropagation saliency",
      "Filter/Effect/Video",
      "Shows which image structure a layer of a VGG network responds to, by guided backpropagation "
      "on every frame, alone or blended over the video. Where a live source is faster than the "
      "network, late frames are shown with the last picture that was computed; with qos they are "
      "dropped",
      "The gbpsaliency authors");
  set_transform_functions (GST_BASE_TRANSFORM_CLASS (class));
  filter_class->set_info = set_info;
  filter_class->transform_frame = transform_frame;
  filter_class->transform_frame_ip = transform_frame_ip;
}

static void
gst_gbp_saliency_init (GstGbpSaliency *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  gst_gbp_settings_init (&self->settings);
  gst_gbp_life_hold_early_data (self);
  /* GstVideoFilter drops late frames unless it is told not to; here the user says so */
  gst_base_transform_set_qos_enabled (trans, FALSE);
  /* a frame that stands for a gap is a frame, and keeps its flag */
  gst_base_transform_set_gap_aware (trans, TRUE);
}
