/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include "fit.h"
#include "formats.h"
#include "image.h"
#include "npy.h"
#include "parts.h"

#include <gst/app/app.h>
#include <gst/video/video.h>

/* The sink does not wait for its first frame beside OUTPUT's: an encoder that looks ahead would wait for frames that
 * it holds back. */
#define SINK "appsink name=gradients sync=false async=false max-buffers=2"

/* @info: of the frames; of no format until the first one
 * @fitting: of such frames to the network's input, as the element does it
 * @input: the network's; @gradient: of that, as large */
struct _Raw {
  GbpExplanation *explanation;
  GstGbpFit fit;
  GstGbpResample resample;
  GstVideoInfo info;
  GstGbpFitting *fitting;
  GstGbpImage input;
  NpyFile *file;
  GstGbpInputSize size;
  float *gradient;
};

static NpyFile *
create_file (PartFile *file, const GstGbpInputSize *size, GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%u, %u, 3", size->height, size->width);
  int descriptor = part_file_create (file, error);

  if (descriptor < 0)
    return NULL;
  return npy_file_new (descriptor, file->name, shape, 3 * size->height * size->width, error);
}

Raw *
raw_new (const Settings *settings, guint threads, PartFile *file, GError **error)
{
  Raw *raw = g_new0 (Raw, 1);
  GstVideoInfo input;

  raw->fit = settings->fit;
  raw->resample = settings->resample;
  gst_video_info_init (&raw->info);
  gbp_network_get_input_size (settings->network, &raw->size.height, &raw->size.width);
  raw->gradient = g_new (float, 3 * (gsize) raw->size.height * raw->size.width);
  gst_video_info_set_format (&input, GST_VIDEO_FORMAT_RGB, raw->size.width, raw->size.height);
  gst_gbp_image_init (&raw->input, &input);
  raw->explanation = gbp_explanation_new (settings->network, threads);
  if (raw->explanation == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an explanation");
  else if (gbp_explanation_set_target (raw->explanation, &settings->target, error))
    raw->file = create_file (file, &raw->size, error);
  if (raw->file != NULL)
    return raw;
  raw_close (raw, NULL);
  return NULL;
}

/* An interlaced frame is fitted as the picture that its rows are, as in the element. */
static void
make_progressive (GstVideoInfo *info)
{
  GST_VIDEO_INFO_INTERLACE_MODE (info) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
}

static gboolean
take_format (Raw *raw, const GstVideoInfo *info, GError **error)
{
  GstGbpCanvas canvas;

  if (raw->fitting != NULL && gst_video_info_is_equal (&raw->info, info))
    return TRUE;
  raw->info = *info;
  gst_gbp_canvas_init (&canvas, &raw->size, info, raw->fit);
  g_clear_pointer (&raw->fitting, gst_gbp_fitting_free);
  raw->fitting = gst_gbp_fitting_new (info, &canvas, raw->resample);
  if (raw->fitting != NULL)
    return TRUE;
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "cannot convert frames of %s",
      GST_VIDEO_INFO_NAME (info));
  return FALSE;
}

static gboolean
fit_frame (Raw *raw, GstBuffer *buffer, GError **error)
{
  GstVideoFrame *input = gst_gbp_image_get (&raw->input);
  GstVideoFrame frame;
  gboolean done;

  if (!gst_video_frame_map (&frame, &raw->info, buffer, GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot map a frame's memory");
    return FALSE;
  }
  frame.flags = GST_VIDEO_FRAME_FLAG_NONE;
  done = input != NULL && gst_gbp_fitting_run (raw->fitting, &frame, input);
  gst_video_frame_unmap (&frame);
  if (!done)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
        "not enough memory to scale a frame");
  return done;
}

static gboolean
write_gradient (Raw *raw, GstSample *sample, GError **error)
{
  const GstVideoFrame *input;
  GstVideoInfo info;

  gst_video_info_from_caps (&info, gst_sample_get_caps (sample));
  make_progressive (&info);
  if (!take_format (raw, &info, error) || !fit_frame (raw, gst_sample_get_buffer (sample), error))
    return FALSE;
  input = gst_gbp_image_get (&raw->input);
  gbp_explanation_compute (raw->explanation, GST_VIDEO_FRAME_PLANE_DATA (input, 0),
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (input, 0), raw->gradient, NULL);
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

GstElement *
raw_make_sink (Raw *raw, GError **error)
{
  GstAppSinkCallbacks callbacks = {.new_sample = take_frame};
  GstElement *bin = make_bin (SINK, error);
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstCaps) caps = gst_gbp_format_make_caps ();

  if (bin == NULL)
    return NULL;
  sink = gst_bin_get_by_name (GST_BIN (bin), "gradients");
  g_object_set (sink, "caps", caps, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, raw, NULL);
  return bin;
}

gboolean
raw_close (Raw *raw, GError **error)
{
  gboolean written = raw->file != NULL && npy_file_close (raw->file, error);

  g_clear_pointer (&raw->explanation, gbp_explanation_free);
  g_clear_pointer (&raw->fitting, gst_gbp_fitting_free);
  gst_gbp_image_clear (&raw->input);
  g_free (raw->gradient);
  g_free (raw);
  return written;
}
