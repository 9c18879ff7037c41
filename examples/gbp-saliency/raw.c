/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include "npy.h"
#include "parts.h"

#include <gst/app/app.h>
#include <gst/video/video.h>

#define SCALE                                                                                      \
  "videoconvertscale method=bilinear2 add-borders=false dither=none chroma-resampler=linear"
#define SIZE "width=224,height=224,pixel-aspect-ratio=1/1"

/* The first step changes what choose_step() says, the second one the rest. The sink does not wait for its
 * first frame beside OUTPUT's: an encoder that looks ahead would wait for frames that it holds back. */
#define STRETCH                                                                                    \
  SCALE " name=first ! capsfilter name=step ! " SCALE " ! video/x-raw,format=RGB," SIZE            \
        " ! appsink name=gradients sync=false async=false max-buffers=2"

#define GRADIENT_LENGTH (GBP_INPUT_SIZE * GBP_INPUT_SIZE * 3)

struct _Raw {
  GbpExplanation *explanation;
  NpyFile *file;
  float gradient[GRADIENT_LENGTH];
};

static NpyFile *
create_file (PartFile *file, GError **error)
{
  int descriptor = part_file_create (file, error);

  if (descriptor < 0)
    return NULL;
  return npy_file_new (descriptor, file->name, "224, 224, 3", GRADIENT_LENGTH, error);
}

Raw *
raw_new (
    GbpNetwork *network, const GbpTarget *target, guint threads, PartFile *file, GError **error)
{
  Raw *raw = g_new0 (Raw, 1);

  raw->explanation = gbp_explanation_new (network, threads);
  if (raw->explanation == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an explanation");
  else if (gbp_explanation_set_target (raw->explanation, target, error))
    raw->file = create_file (file, error);
  if (raw->file != NULL)
    return raw;
  raw_close (raw, NULL);
  return NULL;
}

static gboolean
write_gradient (Raw *raw, GstSample *sample, GError **error)
{
  GstVideoInfo info;
  GstVideoFrame frame;

  gst_video_info_from_caps (&info, gst_sample_get_caps (sample));
  if (!gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot map a frame's memory");
    return FALSE;
  }
  gbp_explanation_compute (raw->explanation, GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), raw->gradient, NULL);
  gst_video_frame_unmap (&frame);
  return npy_file_append (raw->file, raw->gradient, error);
}

/* Runs in the sink's streaming thread. */
static GstFlowReturn
take_frame (GstAppSink *sink, gpointer data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  g_autoptr (GError) error = NULL;

  if (sample == NULL)
    return GST_FLOW_EOS;
  if (write_gradient (data, sample, &error))
    return GST_FLOW_OK;
  GST_ELEMENT_ERROR (sink, RESOURCE, WRITE, ("%s", error->message), (NULL));
  return GST_FLOW_ERROR;
}

/* Another size is stretched as the element does it, with antialiasing and without dither: a larger frame is
 * scaled before its colour is converted, a smaller one after. RGB that fits goes in as it is. */
static char *
describe_step (int width, int height)
{
  if ((gint64) width * height > GBP_INPUT_SIZE * GBP_INPUT_SIZE)
    return g_strdup ("video/x-raw,format={Y444,RGB,GRAY8}," SIZE);
  return g_strdup_printf ("video/x-raw,format=RGB,width=%d,height=%d", width, height);
}

static GstPadProbeReturn
choose_step (GstPad *pad, GstPadProbeInfo *info, gpointer step)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) wanted = NULL;
  g_autofree char *description = NULL;
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (!gst_video_info_from_caps (&video, caps))
    return GST_PAD_PROBE_OK;
  description = describe_step (GST_VIDEO_INFO_WIDTH (&video), GST_VIDEO_INFO_HEIGHT (&video));
  wanted = gst_caps_from_string (description);
  g_object_set (step, "caps", wanted, NULL);
  return GST_PAD_PROBE_OK;
}

GstElement *
raw_make_sink (Raw *raw, GError **error)
{
  GstAppSinkCallbacks callbacks = {.new_sample = take_frame};
  GstElement *bin = make_bin (STRETCH, error);
  g_autoptr (GstElement) sink = NULL, first = NULL, step = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (bin == NULL)
    return NULL;
  sink = gst_bin_get_by_name (GST_BIN (bin), "gradients");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, raw, NULL);
  first = gst_bin_get_by_name (GST_BIN (bin), "first");
  step = gst_bin_get_by_name (GST_BIN (bin), "step");
  pad = gst_element_get_static_pad (first, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, choose_step, step, NULL);
  return bin;
}

gboolean
raw_close (Raw *raw, GError **error)
{
  gboolean written = raw->file != NULL && npy_file_close (raw->file, error);

  g_clear_pointer (&raw->explanation, gbp_explanation_free);
  g_free (raw);
  return written;
}
