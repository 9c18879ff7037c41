/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Decodes a file whole and prints what is in it, on one line that a shell test can compare:
 *     320x240 frames 30 corners 7 1 0 7 sound 1.0
 * corners: left upper, right upper, left lower, right lower, of the first frame; 4: its red is more than
 * half, 2: its green, 1: its blue. sound: its end in seconds, 0 where there is none. */
#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>

typedef struct {
  GstElement *pipeline;
  GstVideoInfo info; /* of the first frame */
  int corners[4];
  int n_frames;
  GstClockTime sound_end;
} Inspection;

static int
get_colour (const guint8 *pixel)
{
  return (pixel[0] > 127) * 4 + (pixel[1] > 127) * 2 + (pixel[2] > 127);
}

/* Off the edge, as far as a small picture lets it be. */
static int
find_corner (int size, gboolean is_first)
{
  int margin = MIN (4, (size - 1) / 2);

  return is_first ? margin : size - 1 - margin;
}

static GstFlowReturn
take_frame (GstAppSink *sink, gpointer data)
{
  Inspection *inspection = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstVideoFrame frame;

  if (inspection->n_frames++ > 0)
    return GST_FLOW_OK;
  gst_video_info_from_caps (&inspection->info, gst_sample_get_caps (sample));
  gst_video_frame_map (&frame, &inspection->info, gst_sample_get_buffer (sample), GST_MAP_READ);
  for (int i = 0; i < 4; i++) {
    int x = find_corner (GST_VIDEO_FRAME_WIDTH (&frame), i % 2 == 0);
    int y = find_corner (GST_VIDEO_FRAME_HEIGHT (&frame), i / 2 == 0);
    const guint8 *plane = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);
    inspection->corners[i] =
        get_colour (plane + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0) + 3 * x);
  }
  gst_video_frame_unmap (&frame);
  return GST_FLOW_OK;
}

static GstFlowReturn
take_sound (GstAppSink *sink, gpointer data)
{
  Inspection *inspection = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = gst_sample_get_buffer (sample);

  inspection->sound_end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  return GST_FLOW_OK;
}

/* Gives each stream its converter and sink. */
static void
take_stream (GstElement *source, GstPad *pad, gpointer data)
{
  Inspection *inspection = data;
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gboolean is_video =
      g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "video");
  GstAppSinkCallbacks callbacks = {.new_sample = is_video ? take_frame : take_sound};
  GstElement *bin = gst_parse_bin_from_description (
      is_video ? "videoconvert ! video/x-raw,format=RGB ! appsink name=sink sync=false"
               : "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! audioconvert"
                 " ! audio/x-raw ! appsink name=sink sync=false",
      TRUE, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  g_autoptr (GstPad) entrance = gst_element_get_static_pad (bin, "sink");

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, inspection, NULL);
  gst_bin_add (GST_BIN (inspection->pipeline), bin);
  gst_pad_link (pad, entrance);
  gst_element_sync_state_with_parent (bin);
}

static int
run (Inspection *inspection)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (inspection->pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (inspection->pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (inspection->pipeline, GST_STATE_NULL);
  if (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return 0;
  if (message != NULL)
    gst_message_parse_error (message, &error, NULL);
  g_printerr ("inspect: %s\n", error ? error->message : "no end within 20 seconds");
  return 1;
}

int
main (int argc, char **argv)
{
  Inspection inspection = {0};
  g_autofree char *uri = NULL;
  GstElement *source;
  int status;

  gst_init (&argc, &argv);
  uri = gst_filename_to_uri (argv[1], NULL);
  inspection.pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  source = gst_element_factory_make ("uridecodebin", NULL);
  g_object_set (source, "uri", uri, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (take_stream), &inspection);
  gst_bin_add (GST_BIN (inspection.pipeline), source);
  status = run (&inspection);
  gst_object_unref (inspection.pipeline);
  if (status == 0)
    g_print ("%dx%d frames %d corners %d %d %d %d sound %.1f\n",
        GST_VIDEO_INFO_WIDTH (&inspection.info), GST_VIDEO_INFO_HEIGHT (&inspection.info),
        inspection.n_frames, inspection.corners[0], inspection.corners[1], inspection.corners[2],
        inspection.corners[3], (double) inspection.sound_end / GST_SECOND);
  return status;
}
