/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole pipelines: frames in memory, the element as an overlay, one frame at a time, a sink that drops them. How many
 * frames a second, and what a frame costs beside the network. */
#define _GNU_SOURCE /* for RTLD_NEXT and the set of processors */
#include <dlfcn.h>
#include <gbp/gbp.h>
#include <glib/gstdio.h>
#include <gst/app/app.h>
#include <gst/video/video.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

#define N_TEMPLATES 3 /* in turn, so that no frame equals the last one */
#define WARM_UP     2 /* frames that are not counted */

/* What a pipeline is timed with.
 * @weights: (nullable): NULL is the built-in network */
typedef struct {
  const char *format;
  int width;
  int height;
  const char *weights;
  int threads;
  int n_frames;
} Case;

/* @network: seconds to compute a frame's gradient; @outside: the others that it spends in the element
 * @interval: seconds from one frame to the next, at the end */
typedef struct {
  BenchTimes network;
  BenchTimes outside;
  BenchTimes interval;
} Times;

/* The frame on its way: written by the one thread that streams. */
static struct {
  double entered;
  double left;
  double network;
  int n_frames;
  Times *times;
} current;

/* The element's call into the library comes here first, and goes on. */
void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  typeof (gbp_explanation_compute) *compute = dlsym (RTLD_NEXT, "gbp_explanation_compute");
  double begin = bench_now ();

  if (compute == NULL)
    g_error ("%s", dlerror ());
  compute (explanation, rgb, stride, gradient, result);
  current.network = bench_now () - begin;
}

static GstPadProbeReturn
enter (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  current.entered = bench_now ();
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
leave (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  double now = bench_now ();

  if (current.n_frames++ >= WARM_UP) {
    bench_times_add (&current.times->network, current.network);
    bench_times_add (&current.times->outside, now - current.entered - current.network);
    bench_times_add (&current.times->interval, now - current.left);
  }
  current.left = now;
  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement *element, const char *name, GstPadProbeCallback callback)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, NULL, NULL);
}

static GstElement *
make_pipeline (const Case *it, GstElement **source)
{
  g_autofree char *caps = g_strdup_printf (
      "video/x-raw,format=%s,width=%d,height=%d,framerate=30/1", it->format, it->width, it->height);
  g_autofree char *text = g_strdup_printf (
      "appsrc name=source format=time block=true max-buffers=1 max-bytes=0 caps=\"%s\""
      " ! gbpsaliency name=element blend=0.6 workers=1 threads=%d ! %s ! fakesink sync=false",
      caps, it->threads, caps);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);
  g_autoptr (GstElement) element = NULL;

  if (error != NULL)
    g_error ("%s", error->message);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "element");
  g_object_set (element, "weights", it->weights, NULL);
  watch (element, "sink", enter);
  watch (element, "src", leave);
  *source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  return pipeline;
}

/* A picture in the format of @info. */
static GstBuffer *
make_picture (const GstVideoInfo *info, guint index)
{
  gsize n_pixels = (gsize) info->width * (gsize) info->height;
  guint8 *rgb = g_malloc (3 * n_pixels), *packed = g_malloc (4 * n_pixels);
  GstBuffer *picture = gst_buffer_new_allocate (NULL, info->size, NULL);
  GstVideoInfo rgbx;
  GstVideoFrame from, to;
  GstVideoConverter *converter;
  GstBuffer *buffer = gst_buffer_new_wrapped (packed, 4 * n_pixels);

  bench_fill_image (index, info->width, info->height, rgb);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < 4; c++)
      packed[4 * i + c] = c < 3 ? rgb[3 * i + c] : 255;
  gst_video_info_set_format (
      &rgbx, GST_VIDEO_FORMAT_RGBx, (guint) info->width, (guint) info->height);
  rgbx.fps_n = info->fps_n; /* it converts no rates */
  rgbx.fps_d = info->fps_d;
  converter = gst_video_converter_new (&rgbx, info, NULL);
  gst_video_frame_map (&from, &rgbx, buffer, GST_MAP_READ);
  gst_video_frame_map (&to, info, picture, GST_MAP_WRITE);
  gst_video_converter_frame (converter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  gst_video_converter_free (converter);
  gst_buffer_unref (buffer);
  g_free (rgb);
  return picture;
}

static GstBufferPool *
make_pool (GstCaps *caps, const GstVideoInfo *info)
{
  GstBufferPool *pool = gst_video_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (config, caps, (guint) GST_VIDEO_INFO_SIZE (info), 4, 0);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  return pool;
}

/* A writable frame, as from a camera. */
static GstBuffer *
make_frame (GstBufferPool *pool, GstBuffer *template, int number)
{
  GstBuffer *frame;
  GstMapInfo map;

  if (gst_buffer_pool_acquire_buffer (pool, &frame, NULL) != GST_FLOW_OK)
    g_error ("no buffer");
  gst_buffer_map (template, &map, GST_MAP_READ);
  gst_buffer_fill (frame, 0, map.data, map.size);
  gst_buffer_unmap (template, &map);
  GST_BUFFER_PTS (frame) = gst_util_uint64_scale ((guint64) number, GST_SECOND, 30);
  GST_BUFFER_DURATION (frame) = GST_SECOND / 30;
  return frame;
}

static void
push_frames (GstElement *source, const Case *it)
{
  g_autoptr (GstCaps) caps = NULL;
  GstBuffer *templates[N_TEMPLATES];
  GstBufferPool *pool;
  GstVideoInfo info;

  g_object_get (source, "caps", &caps, NULL);
  gst_video_info_from_caps (&info, caps);
  for (guint i = 0; i < N_TEMPLATES; i++)
    templates[i] = make_picture (&info, i);
  pool = make_pool (caps, &info);
  for (int i = 0; i < it->n_frames + WARM_UP; i++)
    gst_app_src_push_buffer (
        GST_APP_SRC (source), make_frame (pool, templates[i % N_TEMPLATES], i));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
  for (guint i = 0; i < N_TEMPLATES; i++)
    gst_buffer_unref (templates[i]);
}

static void
wait_for_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_error ("%s", error->message);
  }
}

static void
run (const Case *it, Times *times)
{
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) pipeline = make_pipeline (it, &source);

  current.times = times;
  current.n_frames = 0;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push_frames (source, it);
  wait_for_end (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (current.n_frames != it->n_frames + WARM_UP)
    g_error ("%d frames of %d", current.n_frames, it->n_frames + WARM_UP);
}

static void
times_init (Times *times)
{
  bench_times_init (&times->network);
  bench_times_init (&times->outside);
  bench_times_init (&times->interval);
}

static void
times_clear (Times *times)
{
  bench_times_clear (&times->network);
  bench_times_clear (&times->outside);
  bench_times_clear (&times->interval);
}

/* Loading the network here also keeps it: the pipelines share it. */
static GbpNetwork *
load (const char *weights)
{
  g_autoptr (GError) error = NULL;
  GbpNetwork *network = gbp_network_load (weights, GBP_PREPROCESS_AUTO, &error);

  if (network == NULL)
    g_error ("%s", error->message);
  return network;
}

static void
measure_sizes (const BenchOptions *options, const char *weights, int n_frames)
{
  g_autoptr (GbpNetwork) network = load (weights);
  const int sizes[][2] = {{640, 480}, {1280, 720}, {1920, 1080}};
  Times times[G_N_ELEMENTS (sizes)];

  printf ("\n%s\n", gbp_network_get_description (network));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    times_init (&times[i]);
  for (int round = 0; round < options->rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      Case it = {"NV12", sizes[i][0], sizes[i][1], weights, options->threads, n_frames};

      run (&it, &times[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    double interval = bench_times_get (&times[i].interval, 0.5);

    printf ("%4d×%-5d NV12 %8.1f frames/s  %7.2f ms outside the network, %4.1f %% of the time\n",
        sizes[i][0], sizes[i][1], 1 / interval, 1e3 * bench_times_get (&times[i].outside, 0.5),
        100 - 100 * bench_times_get (&times[i].network, 0.5) / interval);
    times_clear (&times[i]);
  }
}

/* All threads on one processor, so that what is not the network cannot be done beside it. */
static void
measure_formats (const BenchOptions *options, int n_frames)
{
  const char *const formats[] = {"NV12", "I420", "YUY2", "UYVY", "RGB", "BGRx", "RGBA", "GRAY8",
      "Y444", "P010_10LE", "I420_10LE", "v210", "ARGB64"};
  Times times[G_N_ELEMENTS (formats)];
  guint n_formats = options->quick ? 1 : G_N_ELEMENTS (formats);
  cpu_set_t found, one;

  sched_getaffinity (0, sizeof found, &found);
  CPU_ZERO (&one);
  CPU_SET (sched_getcpu (), &one);
  sched_setaffinity (0, sizeof one, &one);
  for (guint i = 0; i < n_formats; i++)
    times_init (&times[i]);
  for (int round = 0; round < options->rounds; round++)
    for (guint i = 0; i < n_formats; i++) {
      Case it = {formats[i], 1920, 1080, NULL, 1, n_frames};

      run (&it, &times[i]);
    }
  sched_setaffinity (0, sizeof found, &found);
  printf ("\nOutside the network, 1920×1080, in place, on one processor:\n");
  for (guint i = 0; i < n_formats; i++) {
    printf ("%-10s %7.2f ms\n", formats[i], 1e3 * bench_times_get (&times[i].outside, 0.5));
    times_clear (&times[i]);
  }
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 3);

  gst_init (NULL, NULL);
  bench_print_machine ("appsrc ! gbpsaliency blend=0.6 ! fakesink", &options);
  measure_sizes (&options, NULL, options.quick ? 2 : 60);
  if (options.maker != NULL) {
    g_autofree char *directory = g_dir_make_tmp ("bench-XXXXXX", NULL);
    g_autofree char *weights = bench_write_vgg19 (options.maker, directory);

    measure_sizes (&options, weights, 12);
    g_unlink (weights);
    g_rmdir (directory);
  }
  measure_formats (&options, options.quick ? 1 : 15);
  return EXIT_SUCCESS;
}
