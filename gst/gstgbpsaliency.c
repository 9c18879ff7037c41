/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gbpsaliency
 * @title: gbpsaliency
 * @short_description: shows which image structure a layer of a convolutional network responds to
 *
 * Computes the gradient of one layer's response with respect to the pixels of each frame, by guided backpropagation
 * (Springenberg et al. 2014), and shows it instead of the video or blended over it. With the sum over a layer this
 * shows the image structure that the layer responds to; it is no evidence for a decision of the network, and it looks
 * crisp even on an untrained one.
 *
 * Every raw format that GStreamer converts safely is taken and given, in and out independently; the size, frame
 * rate, pixel aspect ratio and interlacing stay. In an overlay alpha is the video's; saliency alone is opaque.
 *
 * ## Changing what is explained
 *
 * layer, method, channel, unit-x and unit-y may change at any time. While a network is loaded (from the state PAUSED
 * on) they are judged together, once for each g_object_set(): a combination that the network does not have is refused
 * with a WARNING message (domain LIBRARY, code SETTINGS), and all of what was set before stays. So set a layer and a
 * channel that belong together in one g_object_set(), or between g_object_freeze_notify() and g_object_thaw_notify();
 * or set the channel to -1 before the layer. Before that, nothing is judged: the element then fails to start if the
 * network does not have what is set. weights, preprocess, class-names, scoring, input-size and threads are refused so
 * too.
 *
 * ## Messages
 *
 * When the element starts it posts an element message "gbpsaliency-network":
 *
 * * "description" (string): the network, such as "VGG19 at 1/4 width, built in, trained on synthetic scenes"
 * * "trained" (boolean): FALSE if its weights are random; an INFO message says so too
 * * "notice" (string): what of the file is left out or assumed, if there is something; an INFO message says so too
 *
 * With channel=-2 it posts "gbpsaliency-channel" when the strongest channel is another one than before:
 *
 * * "layer" (string), "channel" (int) and "value" (double): the channel, and the sum of its response
 * * "class" (string): its name, at the class layer, if the weight file names the classes
 * * "timestamp", "stream-time", "running-time", "duration" (#GstClockTime): of the frame
 *
 * With class, or Grad-CAM, it posts "gbpsaliency-class" when another class than before is explained:
 *
 * * "class" (int), "class-name" (string) if the weight file names the classes, "value" (double), its logit, and
 *   "class-score" (double), what the network makes of that: a probability, where it ends with a softmax
 * * the times as above
 *
 * With scores it posts "gbpsaliency-scores" for each frame that has a map of its own, or that of an equal frame:
 *
 * * "frame" (uint64): the frame's number, from 0, since the element started
 * * "classes" of int, "scores" of double, and "names" of string if the weight file has them (#GstValueArray): the
 *   strongest, in order; the fields of "gbpsaliency-class" but "value", where a class is explained; the times
 *
 * With GStreamer 1.24 or later each frame that shows the map has the same as a #GstAnalyticsClsMtd.
 *
 * With post-maps it posts "gbpsaliency-map" with the first frame that shows a map: "layer", "method", "channel",
 * "unit-x", "unit-y", "value"; "low", "high" and "peak", what its colours stand for; "computing-time"; and the times
 * of the frame that the map is of. With attach-maps the same stands on each frame that shows the map, as a
 * #GstCustomMeta "GstGbpSaliencyMapMeta" whose field "map" is a #GstBuffer of float32 [224][224][3].
 *
 * ## Time
 *
 * schedule says which frames wait. With every-frame each one goes out with its own map, in order; workers of them are
 * computed at once, each with its share of the threads, and one more waits where the video is not live. With latest,
 * which auto is where upstream is live, frames go out at once with the newest map there is: one is computed, and at
 * most one waits. Before the first map the video is shown, or the colour of zero where blend is 1. All elements of a
 * process share the threads that compute; where many keep those busy, each holds fewer frames.
 *
 * With schedule=every-frame the element runs the network when it starts, so that the latency that it answers is right
 * before the first frame; when it changes by a quarter, it says so. On a live source that is faster than the network,
 * frames that would come too late are then not computed but shown with the last map; with qos, they are dropped. A
 * frame that the network sees as the one before is not computed again. With latest, changing the layer holds up no
 * frame: what it needs is prepared beside the stream. After a discontinuity no map from before it is shown, with
 * latest none that is older than two computations take.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 v4l2src ! gbpsaliency layer=block5_conv4 ! autovideosink
 * ]| What the camera sees, as the last convolution does.
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! videoflip video-direction=auto !
 *     gbpsaliency look=strength colormap=inferno ! x264enc ! mp4mux ! filesink location=out.mp4
 * ]| An overlay, as a file.
 * |[
 * gst-launch-1.0 -m filesrc location=in.mp4 ! decodebin ! gbpsaliency weights=vgg19-top class=top
 *     method=grad-cam look=strength ! videoconvert ! autovideosink
 * ]| Where in each frame its strongest class comes from, and which class that is as messages.
 */

#include "gstgbpsaliency.h"

#include "announce.h"
#include "caps.h"
#include "drain.h"
#include "events.h"
#include "formats.h"
#include "life.h"
#include "navigation.h"
#include "process.h"
#include "properties.h"
#include "setup.h"
#include "transform.h"

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
  gst_gbp_events_before (GST_GBP_SALIENCY (trans), event);
  return GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)->sink_event (trans, event);
}

static gboolean
query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);

  if (direction == GST_PAD_SINK && GST_QUERY_IS_SERIALIZED (query))
    gst_gbp_drain_all (self);
  if (!GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)->query (trans, direction, query))
    return FALSE;
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    gst_gbp_events_answer_latency (self, query);
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_POSITION)
    gst_gbp_events_answer_position (self, query);
  return TRUE;
}

static gboolean
propose_allocation (GstBaseTransform *trans, GstQuery *decided, GstQuery *query)
{
  if (!GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)
           ->propose_allocation (trans, decided, query))
    return FALSE;
  gst_gbp_events_offer_no_crops (query);
  gst_gbp_events_count_held_buffers (GST_GBP_SALIENCY (trans), query);
  return TRUE;
}

/* The streaming thread may be waiting for a map, and the pads cannot be closed before it comes back. */
static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_gbp_events_set_flushing (GST_GBP_SALIENCY (element), TRUE);
  return GST_ELEMENT_CLASS (gst_gbp_saliency_parent_class)->change_state (element, transition);
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
  GstGbpSeen seen;

  GST_OBJECT_LOCK (self);
  seen = gst_gbp_settings_get_seen (&self->settings);
  GST_OBJECT_UNLOCK (self);
  return gst_gbp_caps_fixate (caps, others, &seen);
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

/* What upstream leaves unsaid downstream may say: it is so of what comes in too, and nothing is converted for it. */
static void
take_unsaid (GstVideoInfo *input, const GstCaps *caps, const GstVideoInfo *output)
{
  const GstStructure *said = gst_caps_get_structure (caps, 0);

  if (!gst_structure_has_field (said, "framerate")) {
    input->fps_n = output->fps_n;
    input->fps_d = output->fps_d;
  }
  if (!gst_structure_has_field (said, "pixel-aspect-ratio")) {
    input->par_n = output->par_n;
    input->par_d = output->par_d;
  }
  if (!gst_structure_has_field (said, "interlace-mode")) {
    input->interlace_mode = output->interlace_mode;
    GST_VIDEO_INFO_FIELD_ORDER (input) = GST_VIDEO_INFO_FIELD_ORDER (output);
  }
}

static gboolean
set_info (GstVideoFilter *filter, GstCaps *input_caps, GstVideoInfo *input, GstCaps *output_caps,
    GstVideoInfo *output)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (filter);

  self->is_same = FALSE;
  take_unsaid (input, input_caps, output);
  g_clear_pointer (&self->frames, gst_gbp_frames_free);
  if (self->engine == NULL || !gst_gbp_setup_suit (self, input))
    return FALSE;
  gst_gbp_events_change_input (self, &filter->in_info, input);
  self->frames = gst_gbp_frames_new (
      &self->input_size, input, output, self->coming.fit, self->coming.resample);
  if (self->frames == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("Cannot convert %" GST_PTR_FORMAT " to %" GST_PTR_FORMAT
         ": there is not enough memory, or no converter for it",
            input_caps, output_caps),
        (NULL));
    return FALSE;
  }
  GST_DEBUG_OBJECT (self, "renegotiated: %s to %s, %d x %d", GST_VIDEO_INFO_NAME (input),
      GST_VIDEO_INFO_NAME (output), GST_VIDEO_INFO_WIDTH (input), GST_VIDEO_INFO_HEIGHT (input));
  self->is_same = gst_video_info_is_equal (input, output);
  GST_OBJECT_LOCK (self);
  self->is_grey = GST_VIDEO_INFO_IS_GRAY (input);
  self->going.style = self->settings.style;
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

/* GstVideoFilter works in place where this is missing. */
static GstFlowReturn
transform_frame (GstVideoFilter *filter, GstVideoFrame *input, GstVideoFrame *output)
{
  return gst_gbp_process_show (GST_GBP_SALIENCY (filter), input, output);
}

/* GstBaseTransform looks at the frame first: it drops late ones, if asked, and negotiates. */
static GstFlowReturn
submit_input_buffer (GstBaseTransform *trans, gboolean is_discont, GstBuffer *buffer)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);
  GstFlowReturn flow = self->engine == NULL ? GST_FLOW_FLUSHING : self->flow;

  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  flow = GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)
             ->submit_input_buffer (trans, is_discont, buffer);
  if (flow == GST_BASE_TRANSFORM_FLOW_DROPPED)
    gst_gbp_process_count_dropped (self);
  if (flow != GST_FLOW_OK)
    return flow;
  return gst_gbp_process_submit (self, g_steal_pointer (&trans->queued_buf));
}

/* GstBaseTransform makes the output of the frame that it finds queued. */
static GstFlowReturn
generate_output (GstBaseTransform *trans, GstBuffer **output)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (trans);
  GstFlowReturn flow;

  *output = NULL;
  if (self->engine == NULL)
    return GST_FLOW_FLUSHING;
  flow = gst_gbp_process_take (self, &trans->queued_buf);
  if (flow != GST_FLOW_OK || trans->queued_buf == NULL)
    return flow;
  flow = GST_BASE_TRANSFORM_CLASS (gst_gbp_saliency_parent_class)->generate_output (trans, output);
  if (*output != NULL)
    gst_gbp_announce_on_frame (self, output);
  gst_gbp_process_end (self);
  return flow;
}

static void
finalize (GObject *object)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (object);

  gst_gbp_settings_clear (&self->settings);
  g_strfreev (self->layers);
  g_strfreev (self->classes);
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
  transform_class->start = GST_DEBUG_FUNCPTR (start);
  transform_class->stop = GST_DEBUG_FUNCPTR (stop);
  transform_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  transform_class->src_event = GST_DEBUG_FUNCPTR (gst_gbp_navigation_src_event);
  transform_class->query = GST_DEBUG_FUNCPTR (query);
  transform_class->propose_allocation = GST_DEBUG_FUNCPTR (propose_allocation);
  transform_class->transform_caps = GST_DEBUG_FUNCPTR (transform_caps);
  transform_class->accept_caps = GST_DEBUG_FUNCPTR (accept_caps);
  transform_class->fixate_caps = GST_DEBUG_FUNCPTR (fixate_caps);
  transform_class->transform_meta = GST_DEBUG_FUNCPTR (transform_meta);
  transform_class->before_transform = GST_DEBUG_FUNCPTR (before_transform);
  transform_class->submit_input_buffer = GST_DEBUG_FUNCPTR (submit_input_buffer);
  transform_class->generate_output = GST_DEBUG_FUNCPTR (generate_output);
  transform_class->transform = GST_DEBUG_FUNCPTR (gst_gbp_transform);
  transform_class->transform_ip = GST_DEBUG_FUNCPTR (gst_gbp_transform_in_place);
  transform_class->transform_ip_on_passthrough = FALSE;
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
  gst_gbp_report_register ();
  add_pad_templates (element_class);
  gst_element_class_set_static_metadata (element_class, "Guided backpropagation saliency",
      "Filter/Effect/Video",
      "Shows which image structure a layer of a convolutional network responds to, by guided backpropagation "
      "on every frame, alone or blended over the video; of live video on as many as there is time "
      "for",
      "The gbpsaliency authors");
  set_transform_functions (GST_BASE_TRANSFORM_CLASS (class));
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  filter_class->set_info = GST_DEBUG_FUNCPTR (set_info);
  filter_class->transform_frame = GST_DEBUG_FUNCPTR (transform_frame);
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
