/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element's state. Each part is told by who may touch it. */
#pragma once

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

#include "explainer.h"
#include "frames.h"
#include "latency.h"
#include "settings.h"

G_BEGIN_DECLS

/* What the element logs, all in one category. */
GST_DEBUG_CATEGORY_EXTERN (gst_gbp_saliency_debug);
#define GST_CAT_DEFAULT gst_gbp_saliency_debug

#define GST_TYPE_GBP_SALIENCY (gst_gbp_saliency_get_type ())
G_DECLARE_FINAL_TYPE (GstGbpSaliency, gst_gbp_saliency, GST, GBP_SALIENCY, GstVideoFilter)

GST_ELEMENT_REGISTER_DECLARE (gbpsaliency)

/* How a frame is shown: copied once per frame. */
typedef struct {
  double blend;
  GbpColormap colormap;
} GstGbpMoment;

struct _GstGbpSaliency {
  GstVideoFilter parent;

  /* GstBaseTransform's own; set once. */
  GstPadActivateModeFunction activate_sink_mode;
  GstPadActivateModeFunction activate_src_mode;

  /* Under the object lock.
   * @settings: what the properties read
   * @is_running: from before the network is loaded until after it is dropped
   * @network: while it is loaded; NULL otherwise; changes only under the stream lock too
   * @target: the last of the settings' targets that the network has: frames are computed with it
   * @n_target: grows when @target changes
   * @is_grey: whether frames of grey come in
   * @layers: the names of the layers of the last network that was loaded; NULL before */
  GstGbpSettings settings;
  gboolean is_running;
  GbpNetwork *network;
  GbpTarget target;
  guint n_target;
  gboolean is_grey;
  char **layers;
  GstGbpLatency latency;

  /* Under the sink pad's stream lock: the streaming thread's, and the starting and stopping one's.
   * @explainer: NULL while no network is loaded, and @frames with it
   * @in_force: the target of @explainer; the @n_in_force-th
   * @is_same: whether frames go out as they come in
   * @computed: running time of the last frame that was computed, or GST_CLOCK_TIME_NONE
   * @reported: the channel that was last reported, of the target in force; -1: none was */
  GstGbpExplainer *explainer;
  GstGbpFrames *frames;
  GstGbpMoment now;
  GbpTarget in_force;
  guint n_in_force;
  gboolean is_same;
  GstClockTime computed;
  int reported;
};

G_END_DECLS
