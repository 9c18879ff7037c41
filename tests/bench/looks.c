/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a frame costs outside the network, 1920×1080 on the calling thread alone, for each look and format, beside
 * GStreamer's own conversions there and back; and how much a still, noisy scene flickers. */
#include <gbp/gbp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gst/frames.h"
#include "bench.h"

#define WIDTH  1920
#define HEIGHT 1080
#define SIZE   BENCH_INPUT_SIZE

static const char *const formats[] = {"NV12", "I420", "YUY2", "RGB", "BGRx", "RGBA", "P010_10LE"};

/* @input: the network's input; @gradient: of some picture */
typedef struct {
  GstVideoInfo info;
  GstBuffer *buffer;
  GstVideoFrame frame;
  GstVideoFrame input;
  GstBuffer *input_buffer;
  const float *gradient;
} Scene;

static void
init_info (GstVideoInfo *info, const char *format, guint width, guint height)
{
  if (!gst_video_info_set_format (info, gst_video_format_from_string (format), width, height))
    g_error ("no format %s", format);
}

static GstBuffer *
map_new (const GstVideoInfo *info, GstVideoFrame *frame)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);

  gst_buffer_memset (buffer, 0, 90, GST_VIDEO_INFO_SIZE (info));
  if (!gst_video_frame_map (frame, info, buffer, GST_MAP_READWRITE))
    g_error ("a frame cannot be mapped");
  return buffer;
}

static void
scene_init (Scene *scene, const char *format, const float *gradient)
{
  GstVideoInfo small;

  init_info (&scene->info, format, WIDTH, HEIGHT);
  init_info (&small, "RGB", SIZE, SIZE);
  scene->buffer = map_new (&scene->info, &scene->frame);
  scene->input_buffer = map_new (&small, &scene->input);
  scene->gradient = gradient;
}

static void
scene_clear (Scene *scene)
{
  gst_video_frame_unmap (&scene->frame);
  gst_video_frame_unmap (&scene->input);
  gst_buffer_unref (scene->buffer);
  gst_buffer_unref (scene->input_buffer);
}

/* Seconds that one frame takes in the element, less the network. */
static double
time_look (Scene *scene, GstGbpFrames *frames, GstGbpPicture *picture, const GbpStyle *style)
{
  double began = bench_now ();

  gst_gbp_frames_fit (frames, &scene->frame, &scene->input);
  gst_gbp_picture_update (picture, style, scene->gradient, &scene->input, GST_CLOCK_TIME_NONE);
  gst_gbp_frames_show (frames, &scene->frame, picture, FALSE, &scene->frame);
  return bench_now () - began;
}

/* Seconds that videoconvertscale would take to 224×224 RGB and back, with nothing done between. */
static double
time_plain (Scene *scene, GstVideoConverter *there, GstVideoConverter *back)
{
  double began = bench_now ();

  gst_video_converter_frame (there, &scene->frame, &scene->input);
  gst_video_converter_frame (back, &scene->input, &scene->frame);
  return bench_now () - began;
}

static double
measure_look (Scene *scene, const GbpStyle *style, int rounds)
{
  const GstGbpInputSize size = {SIZE, SIZE};
  g_autoptr (GstGbpFrames) frames = gst_gbp_frames_new (
      &size, &scene->info, &scene->info, GST_GBP_FIT_STRETCH, GST_GBP_RESAMPLE_ANTIALIAS);
  g_autoptr (GstGbpPicture) picture = gst_gbp_picture_new (&size);
  BenchTimes times;
  double median;

  bench_times_init (&times);
  time_look (scene, frames, picture, style);
  for (int i = 0; i < rounds; i++)
    bench_times_add (&times, time_look (scene, frames, picture, style));
  median = bench_times_get (&times, 0.5);
  bench_times_clear (&times);
  return median;
}

static double
measure_plain (Scene *scene, int rounds)
{
  GstVideoConverter *there = gst_video_converter_new (&scene->info, &scene->input.info, NULL);
  GstVideoConverter *back = gst_video_converter_new (&scene->input.info, &scene->info, NULL);
  BenchTimes times;
  double median;

  bench_times_init (&times);
  time_plain (scene, there, back);
  for (int i = 0; i < rounds; i++)
    bench_times_add (&times, time_plain (scene, there, back));
  median = bench_times_get (&times, 0.5);
  bench_times_clear (&times);
  gst_video_converter_free (there);
  gst_video_converter_free (back);
  return median;
}

static void
measure_looks (const float *gradient, int rounds, gboolean quick)
{
  static const char *const names[] = {"over", "strength", "spotlight", "screen", "side-by-side"};

  printf ("\nms a frame outside the network, %d×%d, one thread, in place, inferno:\n%-10s", WIDTH,
      HEIGHT, "");
  for (guint look = 0; look < G_N_ELEMENTS (names); look++)
    printf (" %12s", names[look]);
  printf (" %14s\n", "plain there+back");
  for (guint f = 0; f < (quick ? 1 : G_N_ELEMENTS (formats)); f++) {
    Scene scene;

    scene_init (&scene, formats[f], gradient);
    printf ("%-10s", formats[f]);
    for (guint look = 0; look < G_N_ELEMENTS (names); look++) {
      GbpStyle style = GBP_STYLE_INIT;

      style.colormap = GBP_COLORMAP_INFERNO;
      style.look = (GbpLook) look;
      style.blend = look == GBP_LOOK_OVER ? 0.6 : 1;
      printf (" %12.2f", 1e3 * measure_look (&scene, &style, rounds));
    }
    printf (" %14.2f\n", 1e3 * measure_plain (&scene, rounds));
    scene_clear (&scene);
  }
}

/* A picture with noise of a camera's size, another one for each @seed. */
static void
add_noise (const guint8 *rgb, guint32 seed, guint8 *noisy)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (guint i = 0; i < 3 * SIZE * SIZE; i++) {
    int value = rgb[i] + g_rand_int_range (random, -4, 5);

    noisy[i] = (guint8) CLAMP (value, 0, 255);
  }
}

/* Mean absolute change from one picture to the next, in steps of 255. */
static double
measure_flicker (GbpExplanation *explanation, const GbpStyle *style, int n_frames)
{
  static guint8 rgb[3 * SIZE * SIZE], noisy[3 * SIZE * SIZE];
  static guint8 pictures[2][3 * SIZE * SIZE];
  static float gradient[3 * SIZE * SIZE];
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  double change = 0;

  bench_fill_image (0, SIZE, SIZE, rgb);
  for (int frame = 0; frame < n_frames; frame++) {
    guint8 *picture = pictures[frame % 2], *last = pictures[(frame + 1) % 2];

    add_noise (rgb, (guint32) frame, noisy);
    gbp_explanation_compute (explanation, noisy, 3 * SIZE, gradient, NULL);
    gbp_renderer_render (
        renderer, style, gradient, frame * (GST_SECOND / 30), picture, 3 * SIZE, NULL, 0, NULL);
    for (guint i = 0; frame > n_frames / 3 && i < 3 * SIZE * SIZE; i++)
      change += abs (picture[i] - last[i]) / (3.0 * SIZE * SIZE);
  }
  return change / (n_frames - n_frames / 3 - 1);
}

static void
measure_steadiness (GbpExplanation *explanation, int n_frames)
{
  static const struct {
    const char *name;
    GbpColormap colormap;
    double smoothing;
    gboolean smooth_map;
  } rows[] = {
      {"rgb, as the article's", GBP_COLORMAP_RGB, 0, FALSE},
      {"inferno", GBP_COLORMAP_INFERNO, 0, FALSE},
      {"inferno, smoothing=250", GBP_COLORMAP_INFERNO, 250, FALSE},
      {"inferno, smoothing=250 smooth-map=true", GBP_COLORMAP_INFERNO, 250, TRUE},
  };

  printf (
      "\nFlicker: mean change from frame to frame of a still scene with noise of ±4, in 255ths:\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GbpStyle style = GBP_STYLE_INIT;

    style.colormap = rows[i].colormap;
    style.smoothing = rows[i].smoothing;
    style.smooth_map = rows[i].smooth_map;
    printf ("%-40s %6.3f\n", rows[i].name, measure_flicker (explanation, &style, n_frames));
  }
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 15);
  static guint8 rgb[3 * SIZE * SIZE];
  static float gradient[3 * SIZE * SIZE];
  g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, (guint) options.threads);
  GbpTarget target = GBP_TARGET_INIT;

  gst_init (NULL, NULL);
  bench_print_machine ("fit, picture and look, without the network", &options);
  if (!gbp_explanation_set_target (explanation, &target, NULL))
    g_error ("no target");
  bench_fill_image (0, SIZE, SIZE, rgb);
  gbp_explanation_compute (explanation, rgb, 3 * SIZE, gradient, NULL);
  measure_looks (gradient, options.rounds, options.quick);
  measure_steadiness (explanation, options.quick ? 4 : 60);
  return EXIT_SUCCESS;
}
