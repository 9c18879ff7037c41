/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element's state. Each part is told by who may touch it. */
#pragma once

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

#include "engine.h"
#include "frames.h"
#include "pusher.h"
#include "settings.h"
#include "stats.h"

G_BEGIN_DECLS

/* What the element logs, all in one category. */
GST_DEBUG_CATEGORY_EXTERN (gst_gbp_saliency_debug);
#define GST_CAT_DEFAULT gst_gbp_saliency_debug

#define GST_TYPE_GBP_SALIENCY (gst_gbp_saliency_get_type ())
G_DECLARE_FINAL_TYPE (GstGbpSaliency, gst_gbp_saliency, GST, GBP_SALIENCY, GstVideoFilter)

GST_ELEMENT_REGISTER_DECLARE (gbpsaliency)

struct _GstGbpSaliency {
  GstVideoFilter parent;

  /* GstBaseTransform's own; set once. */
  GstPadActivateModeFunction activate_sink_mode;
  GstPadActivateModeFunction activate_src_mode;

  /* Under the object lock.
   * @settings: what the properties read
   * @is_running: from before the network is loaded until after it is dropped
   * @network: while it is loaded; NULL otherwise; changes only under the stream lock too
   * @aim: the last of the settings' that the network has: frames are computed with its target
   * @n_target: grows when @aim changes
   * @is_grey: whether frames of grey come in
   * @input_size: of the network; changes as it does
   * @layers: the names of the layers of the last network that was loaded; NULL before
   * @classes: those of its classes; NULL where it names none
   * @engine: NULL while no network is loaded; changes only under the stream lock too
   * @is_flushing: whether nobody is to wait for a map
   * @is_live, @upstream: what upstream says of itself
   * @position: stream time of the end of the frame that last went out, or GST_CLOCK_TIME_NONE
   * @timing: of computations and frames, and the latency that is answered
   * @stats: of the frames that went out */
  GstGbpSettings settings;
  gboolean is_running;
  GbpNetwork *network;
  GstGbpAim aim;
  guint n_target;
  gboolean is_grey;
  GstGbpInputSize input_size;
  char **layers;
  char **classes;
  GstGbpEngine *engine;
  gboolean is_flushing;
  gboolean is_live;
  GstClockTime upstream;
  GstClockTime position;
  GstGbpTiming timing;
  GstGbpStats stats;

  /* Under the sink pad's stream lock: the streaming thread's, and the starting and stopping one's.
   * @frames: for @coming's fit and resample; NULL while no network is loaded
   * @in_force: the target that frames are computed for
   * @single, @full: the time of a computation with one thread and with all; 0: not measured
   * @past: counts of the engines before this one
   * @is_same: whether frames go out as they come in
   * @coming: settings of the frame that comes in; @going: of the one that goes out
   * @shown: which map that one shows
   * @pusher: lets frames go out while none come in
   * @pushed: what became of those
   * @flow: what became of the frames that went out before a frame came in
   * @is_draining: whether every frame is to go out
   * @has_failed: whether a map could not be computed; an ERROR message has said so
   * @spent: on frames beside the network, since one last went out
   * @picture: of the maps that are shown, one after the other; @is_new: whether it is not yet of the last of them
   * @blank: of a map without gradient
   * @description, @map: of the map that is shown, for applications; NULL where nobody asked
   * @reported: the channel that was last reported, of the @reported_target'th target; -1: none was
   * @warned_target: the last target that overflowed
   * @silent_target: the last one whose noisy images had no gradient */
  GstGbpFrames *frames;
  GstGbpSharedTarget *in_force;
  GstClockTime single;
  GstClockTime full;
  GstGbpCounts past;
  gboolean is_same;
  GstGbpFrameSettings coming;
  GstGbpFrameSettings going;
  GstGbpShown shown;
  GstGbpPusher *pusher;
  GstFlowReturn pushed;
  GstFlowReturn flow;
  gboolean is_draining;
  gboolean has_failed;
  GstClockTime spent;
  GstGbpPicture *picture;
  gboolean is_new;
  GstGbpPicture *blank;
  GstStructure *description;
  GstBuffer *map;
  int reported;
  guint reported_target;
  guint warned_target;
  guint silent_target;
};

G_END_DECLS
