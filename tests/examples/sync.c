/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Prints how much later a file's sound is than its pictures, in milliseconds: the time from the first frame that is
 * bright to the first sample that is loud. */
#include <gst/app/app.h>
#include <gst/audio/audio.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#define BRIGHT 128
#define LOUD   6000

typedef struct {
  GstElement *pipeline;
  GstClockTime flash;
  GstClockTime click;
} Times;

static GstClockTime
get_time (GstSample *sample)
{
  return gst_segment_to_stream_time (gst_sample_get_segment (sample), GST_FORMAT_TIME,
      GST_BUFFER_PTS (gst_sample_get_buffer (sample)));
}

static GstFlowReturn
take_frame (GstAppSink *sink, gpointer data)
{
  Times *times = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstMapInfo pixels;

  gst_buffer_map (gst_sample_get_buffer (sample), &pixels, GST_MAP_READ);
  if (!GST_CLOCK_TIME_IS_VALID (times->flash) && pixels.data[pixels.size / 2] > BRIGHT)
    times->flash = get_time (sample);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &pixels);
  return GST_FLOW_OK;
}

static GstFlowReturn
take_sound (GstAppSink *sink, gpointer data)
{
  Times *times = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstAudioInfo info;
  GstMapInfo map;
  gsize n_samples, i = 0;

  gst_audio_info_from_caps (&info, gst_sample_get_caps (sample));
  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  n_samples = map.size / sizeof (gint16);
  while (i < n_samples && ABS (((const gint16 *) map.data)[i]) < LOUD)
    i++;
  if (!GST_CLOCK_TIME_IS_VALID (times->click) && i < n_samples)
    times->click = get_time (sample) + gst_util_uint64_scale_int (i, GST_SECOND, info.rate);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  return GST_FLOW_OK;
}

static void
take_stream (GstElement *source, GstPad *pad, gpointer data)
{
  Times *times = data;
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gboolean is_video =
      g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "video");
  GstAppSinkCallbacks callbacks = {.new_sample = is_video ? take_frame : take_sound};
  GstElement *bin = gst_parse_bin_from_description (
      is_video ? "queue ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink sync=false"
               : "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! audioconvert ! "
                 "audio/x-raw,format=S16LE,channels=1 ! appsink name=sink sync=false",
      TRUE, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  g_autoptr (GstPad) entrance = gst_element_get_static_pad (bin, "sink");

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, times, NULL);
  gst_bin_add (GST_BIN (times->pipeline), bin);
  gst_pad_link (pad, entrance);
  gst_element_sync_state_with_parent (bin);
}

int
main (int argc, char **argv)
{
  Times times = {NULL, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE};
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autofree char *uri = NULL;
  GstElement *source;

  gst_init (&argc, &argv);
  uri = gst_filename_to_uri (argv[1], NULL);
  times.pipeline = pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  source = gst_element_factory_make ("uridecodebin", NULL);
  g_object_set (source, "uri", uri, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (take_stream), &times);
  gst_bin_add (GST_BIN (pipeline), source);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (!GST_CLOCK_TIME_IS_VALID (times.flash) || !GST_CLOCK_TIME_IS_VALID (times.click)) {
    g_printerr ("sync: there is no bright frame or no loud sample in %s\n", argv[1]);
    return 1;
  }
  g_print ("%.1f\n", (double) GST_CLOCK_DIFF (times.flash, times.click) / GST_MSECOND);
  return 0;
}
