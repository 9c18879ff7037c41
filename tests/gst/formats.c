/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames of every format and of odd sizes, against another way to compute what should come out. */
#include "support.h"

#include <string.h>

static char **formats;

static GstBuffer *
push (GstHarness *harness, GstBuffer *frame)
{
  GstBuffer *output;

  ck_assert_int_eq (gst_harness_push (harness, gst_buffer_ref (frame)), GST_FLOW_OK);
  output = gst_harness_pull (harness);
  ck_assert (output != NULL);
  return output;
}

/* Makes the element's output for one frame of a format and size.
 * @frame: (out): the frame that was pushed */
static GstBuffer *
run (GstHarness *harness, const char *caps, GstVideoInfo *from, GstVideoInfo *to, GstBuffer **frame)
{
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  GstBuffer *output;

  ck_assert (gst_video_info_from_caps (from, parsed));
  *frame = gbp_test_frame_new (from, 1);
  output = push (harness, *frame);
  gbp_test_get_output_info (harness, to);
  return output;
}

static gboolean
can_be_transparent (const GstVideoFormatInfo *format)
{
  return format->n_components == 4 || GST_VIDEO_FORMAT_INFO_HAS_PALETTE (format);
}

/* The saliency frame by way of the library, with all scaling done in RGB. */
static GstBuffer *
compute (GstElement *element, const GstVideoInfo *from, GstBuffer *frame, const GstVideoInfo *to)
{
  gint size = (gint) gbp_test_get_size (element);
  GstVideoInfo large, small;
  g_autoptr (GstBuffer) large_input = NULL;
  g_autoptr (GstBuffer) input = NULL;
  g_autoptr (GstBuffer) picture = NULL;
  g_autoptr (GstBuffer) large_picture = NULL;

  gbp_test_init_rgb (&small, size, size);
  gbp_test_init_rgb (&large, from->width, from->height);
  large_input = can_be_transparent (from->finfo) ? gbp_test_compose (from, frame, &large)
                                                 : gbp_test_convert (from, frame, &large);
  input = gbp_test_convert (&large, large_input, &small);
  picture = gbp_test_explain (element, input);
  large_picture = gbp_test_convert (&small, picture, &large);
  return gbp_test_convert (&large, large_picture, to);
}

/* @element: (transfer full) */
static void
check_saliency_of (GstElement *element, const char *input, const char *output, int width,
    int height, double largest, double mean)
{
  g_autofree char *input_caps = gbp_test_caps (input, width, height);
  g_autofree char *output_caps = gbp_test_caps (output, width, height);
  GstHarness *harness = gbp_test_harness_new (element, input_caps, output_caps);
  g_autoptr (GstBuffer) frame = NULL;
  g_autoptr (GstBuffer) actual = NULL;
  g_autoptr (GstBuffer) expected = NULL;
  GstVideoInfo from, to;
  GbpTestDifference difference;

  actual = run (harness, input_caps, &from, &to, &frame);
  expected = compute (harness->element, &from, frame, &to);
  difference = gbp_test_compare (&to, actual, expected);
  ck_assert_msg (difference.largest <= largest && difference.mean <= mean,
      "%s to %s, %dx%d: largest difference %g, mean %g", input, output, width, height,
      difference.largest, difference.mean);
  gbp_test_harness_free (harness);
}

static void
check_saliency (
    const char *input, const char *output, int width, int height, double largest, double mean)
{
  check_saliency_of (gbp_test_element_new (), input, output, width, height, largest, mean);
}

/* At the network's own size nothing is scaled: the saliency frame is what the library gives, converted once each
 * way. */
static void
check_unscaled (const char *input, const char *output)
{
  check_saliency_of (
      gbp_test_small_element_new (), input, output, GBP_TEST_SMALL_SIZE, GBP_TEST_SMALL_SIZE, 0, 0);
}

/* Formats that one case takes. */
#define GROUP 12

START_TEST (test_every_input)
{
  for (int i = _i * GROUP; i < (_i + 1) * GROUP && formats[i] != NULL; i++) {
    check_unscaled (formats[i], formats[i]);
    check_unscaled (formats[i], "BGRx");
  }
}
END_TEST

START_TEST (test_every_output)
{
  for (int i = _i * GROUP; i < (_i + 1) * GROUP && formats[i] != NULL; i++)
    check_unscaled ("YUY2", formats[i]);
}
END_TEST

/* Colours are what their description says, in and out. */
static const char *const colours[][2] = {
    {"I420,colorimetry=1:4:0:0", "I420,colorimetry=1:4:0:0"}, /* JPEG's full range */
    {"I420,colorimetry=1:4:0:0", "I420,colorimetry=bt709"}, {"YUY2,colorimetry=bt601", "BGRx"},
    {"NV12,colorimetry=bt709", "I420,colorimetry=bt601"},
    {"P010_10LE,colorimetry=bt2100-pq", "NV12,colorimetry=bt709"},
    {"BGRx", "Y444,colorimetry=1:4:0:0"},
    {"RGB,colorimetry=2:1:7:1", "RGB"}, /* RGB of limited range */
};

START_TEST (test_colorimetry)
{
  check_saliency (colours[_i][0], colours[_i][1], 224, 224, 0, 0);
  check_saliency (colours[_i][0], colours[_i][1], 448, 300, 255, 5);
}
END_TEST

/* Elsewhere the formats change at other places, so that a little differs. */
static const struct {
  int width, height;
  double mean;
} sizes[] = {{1, 1, 0}, {1, 97, 2}, {97, 1, 2}, {2, 3, 7}, {223, 225, 2}, {641, 479, 5},
    {225, 1, 2}, {100, 640, 3}, {7680, 1, 2}, {1, 4320, 2}, {448, 448, 5}};

START_TEST (test_every_size)
{
  static const char *const pairs[][2] = {{"I420", "I420"}, {"YUY2", "BGRx"}, {"NV12", "NV12"},
      {"RGB", "RGB"}, {"v210", "P010_10LE"}, {"AYUV", "Y42B"}, {"ARGB64", "RGB16"}};

  /* under a sanitizer each size has two of the pairs */
  for (guint i = GBP_TEST_SANITIZED ? (guint) _i % 4 : 0; i < G_N_ELEMENTS (pairs);
       i += GBP_TEST_SANITIZED ? 4 : 1)
    check_saliency (
        pairs[i][0], pairs[i][1], sizes[_i].width, sizes[_i].height, 255, sizes[_i].mean);
}
END_TEST

/* Rows are scaled as they lie, whether they are of one moment or of two. */
START_TEST (test_interlacing)
{
  static const char *const modes[] = {"progressive", "interleaved"};
  g_autofree char *caps = gbp_test_caps ("I420", 448, 300);
  GstBuffer *outputs[2];

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autofree char *whole = g_strdup_printf ("%s,interlace-mode=%s", caps, modes[i]);
    GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), whole, NULL);

    outputs[i] = gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, 1));
    gbp_test_harness_free (harness);
  }
  ck_assert (gbp_test_has_equal_bytes (outputs[0], outputs[1]));
  gst_buffer_unref (outputs[0]);
  gst_buffer_unref (outputs[1]);
}
END_TEST

/* Squares of one pixel, black and white. */
static GstBuffer *
new_squares (const GstVideoInfo *info)
{
  GstBuffer *squares = gst_buffer_new_allocate (NULL, info->size, NULL);
  gsize size = (gsize) GST_VIDEO_INFO_COMP_PSTRIDE (info, 0);
  GstMapInfo map;

  ck_assert (gst_buffer_map (squares, &map, GST_MAP_WRITE));
  for (gint y = 0; y < info->height; y++)
    for (gint x = 0; x < info->width; x++)
      memset (map.data + y * info->stride[0] + (gsize) x * size, (x + y) % 2 == 0 ? 255 : 0, size);
  gst_buffer_unmap (squares, &map);
  return squares;
}

/* To the network they are grey, since every pixel of a large frame counts. */
START_TEST (test_antialiasing)
{
  g_autofree char *caps = gbp_test_caps (_i == 0 ? "GRAY8" : "BGRx", 1920, 1080);
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), caps, caps);
  g_autoptr (GstBuffer) of_squares = NULL;
  g_autoptr (GstBuffer) of_grey = NULL;
  GstBuffer *grey;
  GstVideoInfo info;
  GbpTestDifference difference;

  gbp_test_get_output_info (harness, &info);
  grey = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (grey, 0, 127, info.size);
  of_squares = gst_harness_push_and_pull (harness, new_squares (&info));
  of_grey = gst_harness_push_and_pull (harness, grey);
  difference = gbp_test_compare (&info, of_squares, of_grey);
  ck_assert_msg (difference.mean < 2, "mean difference %g", difference.mean);
  gbp_test_harness_free (harness);
}
END_TEST

/* Frames of one pair of pixels in a row, of more pixels than the network takes: GStreamer has no filter for such
 * pairs. */
START_TEST (test_one_pair)
{
  static const char *const pairs[] = {"YUY2", "UYVY", "YVYU", "VYUY"};
  g_autofree char *caps = gbp_test_caps (pairs[_i], 2, 5000);
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), caps, NULL);

  g_object_set (harness->element, "blend", 0.5, NULL);
  for (guint i = 0; i < 5; i++) {
    g_object_set (harness->element, "look", i, NULL);
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, i)));
  }
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
      {"every input", test_every_input, n_groups},
      {"every output", test_every_output, n_groups},
      {"colorimetry", test_colorimetry, G_N_ELEMENTS (colours)},
      {"every size", test_every_size, G_N_ELEMENTS (sizes)},
      {"interlacing", test_interlacing, 0},
      {"antialiasing", test_antialiasing, 2},
      {"one pair", test_one_pair, 4},
  };

  status = GBP_TEST_RUN ("gst/formats", tests);
  g_strfreev (formats);
  return gbp_test_end (status);
}
