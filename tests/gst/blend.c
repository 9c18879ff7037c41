/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Overlays: every format is blended as its components say, alpha stays, and rows may be padded. */
#include "support.h"

#include <math.h>
#include <string.h>

#define WEIGHT 0.35

/* Formats that one case takes. */
#define GROUP 12

static char **formats;

/* One frame at three settings.
 * @frame: what goes in
 * @picture: what comes out with blend = 1
 * @video: with blend = 0
 * @overlay: with blend = WEIGHT */
typedef struct {
  GstVideoInfo from, to;
  GstBuffer *frame, *picture, *video, *overlay;
} Run;

/* Over the frame's range and without softness, so that the picture is the same at every blend. */
static GstElement *
make_element (void)
{
  GstElement *element = gbp_test_small_element_new ();

  g_object_set (element, "softness", 0.0, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "normalize", "frame");
  return element;
}

static GstBuffer *
push_at (GstHarness *harness, GstBuffer *frame, double blend)
{
  g_object_set (harness->element, "blend", blend, NULL);
  ck_assert_int_eq (gst_harness_push (harness, gst_buffer_ref (frame)), GST_FLOW_OK);
  return gst_harness_pull (harness);
}

static void
run_init (Run *run, const char *input, const char *output, int width, int height)
{
  g_autofree char *input_caps = gbp_test_caps (input, width, height);
  g_autofree char *output_caps = gbp_test_caps (output, width, height);
  g_autoptr (GstCaps) parsed = gst_caps_from_string (input_caps);
  GstHarness *harness = gbp_test_harness_new (make_element (), input_caps, output_caps);

  ck_assert (gst_video_info_from_caps (&run->from, parsed));
  run->frame = gbp_test_frame_new (&run->from, 1);
  run->picture = push_at (harness, run->frame, 1);
  run->video = push_at (harness, run->frame, 0);
  run->overlay = push_at (harness, run->frame, WEIGHT);
  gbp_test_get_output_info (harness, &run->to);
  gbp_test_harness_free (harness);
}

static void
run_clear (Run *run)
{
  gst_buffer_unref (run->frame);
  gst_buffer_unref (run->picture);
  gst_buffer_unref (run->video);
  gst_buffer_unref (run->overlay);
}

/* The coarsest step between two values of a component, in steps of 8 bit. A palette has six levels. */
static double
find_step (const GstVideoFormatInfo *format)
{
  guint depth = 8;

  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (format))
    return 51;
  for (guint c = 0; c < MIN (3, GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format)); c++)
    depth = MIN (depth, GST_VIDEO_FORMAT_INFO_DEPTH (format, c));
  return 255.0 / ((1 << depth) - 1);
}

/* How far an overlay may be from what its video and picture say: half a step of rounding, as much again
 * in each of the two that it is compared with, and in each filter that spreads chroma over its pixels,
 * which is linear but for rounding. */
static double
find_slack (const GstVideoFormatInfo *format)
{
  gboolean spreads_chroma = GST_VIDEO_FORMAT_INFO_IS_YUV (format)
                            && GST_VIDEO_FORMAT_INFO_W_SUB (format, GST_VIDEO_COMP_U) > 0;

  return find_step (format) * (spreads_chroma ? 2.5 : 1.01);
}

/* Whether the overlay lies between the video and the picture as it should. */
static void
check_mix (const Run *run)
{
  const GstVideoFormatInfo *format = run->to.finfo;
  double slack = find_slack (format);
  gsize n_components;
  g_autofree double *picture = gbp_test_unpack (&run->to, run->picture, &n_components);
  g_autofree double *video = gbp_test_unpack (&run->to, run->video, &n_components);
  g_autofree double *overlay = gbp_test_unpack (&run->to, run->overlay, &n_components);

  for (gsize i = 0; i < n_components; i++) {
    gboolean is_alpha = i % 4 == 0;
    double expected = is_alpha ? video[i] : (1 - WEIGHT) * video[i] + WEIGHT * picture[i];

    if (is_alpha && format->n_components < 4)
      continue;
    if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (format) && video[i - i % 4] == 0)
      continue; /* a palette's transparent entry has no colour */
    ck_assert_msg (fabs (overlay[i] - expected) <= (is_alpha ? 0 : slack),
        "%s to %s, component %d of pixel %d: %g expected from %g and %g, found %g",
        run->from.finfo->name, format->name, (int) (i % 4), (int) (i / 4), expected, video[i],
        picture[i], overlay[i]);
    ck_assert_msg (!is_alpha || picture[i] >= gbp_test_opaque (format), "%s: alpha %g in a picture",
        format->name, picture[i]);
  }
}

static void
check_format (const char *input, const char *output)
{
  g_autoptr (GstBuffer) converted = NULL;
  GbpTestDifference difference;
  Run run;

  run_init (
      &run, input, output, gbp_test_choose_width (output, gbp_test_choose_width (input, 37)), 23);
  converted = gbp_test_convert (&run.from, run.frame, &run.to);
  difference = gbp_test_compare (&run.to, run.video, converted);
  ck_assert_msg (
      difference.largest == 0, "%s to %s with blend 0: %g", input, output, difference.largest);
  check_mix (&run);
  run_clear (&run);
}

/* In place. */
START_TEST (test_every_format)
{
  for (int i = _i * GROUP; i < (_i + 1) * GROUP && formats[i] != NULL; i++)
    check_format (formats[i], formats[i]);
}
END_TEST

/* Over a frame that is converted first. */
START_TEST (test_every_output)
{
  for (int i = _i * GROUP; i < (_i + 1) * GROUP && formats[i] != NULL; i++)
    check_format ("AYUV", formats[i]);
}
END_TEST

/* All bytes of the rows, where gst_video_frame_copy() leaves out the last half of an odd pair. */
static void
copy_rows (GstVideoFrame *to, const GstVideoFrame *from, guint plane)
{
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (from, plane);
  guint n_rows = GST_VIDEO_FRAME_COMP_HEIGHT (from, plane);

  for (guint y = 0; y < n_rows; y++)
    memcpy ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (to, plane)
                + y * (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (to, plane),
        (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (from, plane) + y * (gsize) stride,
        (gsize) stride);
}

/* @frame with its rows further apart, and noise in between */
static GstBuffer *
pad_rows (const GstVideoInfo *info, GstBuffer *frame)
{
  GstVideoInfo padded = *info;
  GstVideoAlignment alignment;
  GstBuffer *buffer;
  GstVideoFrame from, to;

  gst_video_alignment_reset (&alignment);
  alignment.padding_left = 16;
  alignment.padding_right = 50;
  alignment.padding_top = 4;
  alignment.padding_bottom = 7;
  ck_assert (gst_video_info_align (&padded, &alignment));
  buffer = gst_buffer_new_allocate (NULL, padded.size, NULL);
  gst_buffer_memset (buffer, 0, 0xa5, padded.size);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT (info),
      (guint) info->width, (guint) info->height, GST_VIDEO_INFO_N_PLANES (info), padded.offset,
      padded.stride);
  ck_assert (gst_video_frame_map (&from, info, frame, GST_MAP_READ));
  ck_assert (gst_video_frame_map (&to, info, buffer, GST_MAP_WRITE));
  ck_assert_int_gt (GST_VIDEO_FRAME_PLANE_STRIDE (&to, 0), GST_VIDEO_FRAME_PLANE_STRIDE (&from, 0));
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++)
    copy_rows (&to, &from, plane);
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  return buffer;
}

static const char *const padded_formats[] = {"I420", "NV12", "YUY2", "RGB", "BGRx", "AYUV", "GRAY8",
    "Y42B", "I420_10LE", "P010_10LE", "RGB16", "ARGB64"};

START_TEST (test_padded_rows)
{
  static const double weights[] = {1, WEIGHT, 0};
  const char *format = padded_formats[_i];
  g_autofree char *caps = gbp_test_caps (format, 37, 23);
  GstHarness *harness = gbp_test_harness_new (make_element (), caps, caps);
  g_autoptr (GstBuffer) frame = NULL;
  g_autoptr (GstBuffer) padded = NULL;
  GstVideoInfo info;

  gbp_test_get_output_info (harness, &info);
  frame = gbp_test_frame_new (&info, 1);
  padded = pad_rows (&info, frame);
  for (guint i = 0; i < G_N_ELEMENTS (weights); i++) {
    g_autoptr (GstBuffer) expected = push_at (harness, frame, weights[i]);
    g_autoptr (GstBuffer) found = push_at (harness, padded, weights[i]);
    GbpTestDifference difference = gbp_test_compare (&info, expected, found);

    ck_assert_msg (difference.largest == 0, "%s, blend %g: rows that are padded differ by up to %g",
        format, weights[i], difference.largest);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* Upstream may choose its rows' distance. */
START_TEST (test_video_meta_is_offered)
{
  g_autofree char *caps = gbp_test_caps ("I420", 37, 23);
  g_autofree char *output_caps = gbp_test_caps ("BGRx", 37, 23);
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  GstHarness *harness = gbp_test_harness_new (make_element (), caps, output_caps);
  g_autoptr (GstQuery) query = gst_query_new_allocation (parsed, TRUE);

  ck_assert (gst_pad_peer_query (harness->srcpad, query));
  ck_assert (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  int n_groups, status;

  gbp_test_init (&argc, &argv);
  formats = gbp_test_formats ();
  n_groups = (int) (g_strv_length (formats) + GROUP - 1) / GROUP;
  const GbpTest tests[] = {
      {"every format", test_every_format, n_groups},
      {"every output", test_every_output, n_groups},
      {"padded rows", test_padded_rows, G_N_ELEMENTS (padded_formats)},
      {"video meta is offered", test_video_meta_is_offered, 0},
  };

  status = GBP_TEST_RUN ("gst/blend", tests);
  g_strfreev (formats);
  return gbp_test_end (status);
}
