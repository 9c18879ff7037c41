/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How video and picture meet, and how a frame becomes the network's input and back. */
#include "support.h"

#include <math.h>
#include <string.h>

#define SIZE 224

/* Sets up an element with properties as gst-launch-1.0 takes them, "name=value …". */
static GstElement *
make_element (const char *properties)
{
  GstElement *element = gbp_test_element_new ();
  g_auto (GStrv) pairs = g_strsplit (properties, " ", -1);

  for (guint i = 0; pairs[i] != NULL; i++) {
    g_auto (GStrv) pair = g_strsplit (pairs[i], "=", 2);

    if (pair[0] != NULL && pair[1] != NULL)
      gst_util_set_object_arg (G_OBJECT (element), pair[0], pair[1]);
  }
  return element;
}

/* What comes out for one frame. */
static GstBuffer *
show (const char *properties, const char *caps, GstBuffer *frame)
{
  GstHarness *harness = gbp_test_harness_new (make_element (properties), caps, caps);
  GstBuffer *output;

  ck_assert_int_eq (gst_harness_push (harness, gst_buffer_ref (frame)), GST_FLOW_OK);
  output = gst_harness_pull (harness);
  gbp_test_harness_free (harness);
  return output;
}

static guint8 *
get_bytes (GstBuffer *buffer)
{
  gpointer bytes;
  gsize size;

  gst_buffer_extract_dup (buffer, 0, gst_buffer_get_size (buffer), &bytes, &size);
  return bytes;
}

/* The library's picture of a 224×224 RGB frame, [224][224][3], and its opacities. */
static guint8 *
render (const char *properties, GstBuffer *frame, guint8 *opacity)
{
  g_autoptr (GbpTestElement) element = make_element (properties);
  g_autofree float *gradient = gbp_test_gradient (element, frame);
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  guint8 *rgb = g_malloc (3 * SIZE * SIZE);
  GbpStyle style;

  gbp_test_get_style (element, &style);
  gbp_renderer_render (renderer, &style, gradient, -1, rgb, 3 * SIZE, opacity, SIZE, NULL);
  return rgb;
}

/* At the network's own size nothing is scaled: each component is where the library's opacity says, to the rounding.
 * @share: the opacity, where it is the same everywhere */
static const struct {
  const char *properties;
  double share;
} looks[] = {
    {"look=over blend=0.6", 0.6},
    {"look=strength", 0},
    {"look=strength blend=0.5", 0},
    {"look=strength colormap=inferno", 0},
    {"look=spotlight", 0},
    {"look=screen colormap=magma", 0},
    {"look=screen", 0},
    {"look=over blend=0.3 colormap=diverging", 0.3},
};

START_TEST (test_looks)
{
  const char *caps = "video/x-raw,format=RGB,width=224,height=224,framerate=30/1";
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, 1);
  g_autoptr (GstBuffer) output = show (looks[_i].properties, caps, frame);
  g_autofree guint8 *opacity = g_malloc (SIZE * SIZE),
                    *rgb = render (looks[_i].properties, frame, opacity);
  g_autofree guint8 *before = get_bytes (frame), *after = get_bytes (output);

  for (guint i = 0; i < 3 * SIZE * SIZE; i++) {
    double share = looks[_i].share > 0 ? looks[_i].share : opacity[i / 3] / 255.0;
    double expected = (1 - share) * before[i] + share * rgb[i];

    if (fabs (after[i] - expected) > 0.51)
      ck_abort_msg (
          "%s, component %u: expected %g, found %u", looks[_i].properties, i, expected, after[i]);
  }
}
END_TEST

/* In every kind of format a look is what it is in RGB, but for scaling and chroma of less resolution. */
static const char *const kinds[] = {"NV12", "I420", "YUY2", "UYVY", "Y444", "P010_10LE",
    "I420_10LE", "v210", "RGB16", "GBR", "Y41B"};

START_TEST (test_looks_in_formats)
{
  static const char *const chosen[] = {
      "look=strength colormap=turbo", "look=spotlight", "look=screen colormap=inferno"};
  g_autofree char *caps = gbp_test_caps (kinds[_i], 321, 243);
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  g_autoptr (GstBuffer) frame = NULL;
  GstVideoInfo info, rgb;

  ck_assert (gst_video_info_from_caps (&info, parsed));
  gbp_test_init_rgb (&rgb, 321, 243);
  frame = gbp_test_frame_new (&info, 1);
  for (guint i = 0; i < G_N_ELEMENTS (chosen); i++) {
    g_autofree char *rgb_caps = gbp_test_caps ("RGB", 321, 243);
    g_autoptr (GstBuffer) output = show (chosen[i], caps, frame);
    g_autoptr (GstBuffer) rgb_frame = gbp_test_compose (&info, frame, &rgb);
    g_autoptr (GstBuffer) expected = show (chosen[i], rgb_caps, rgb_frame);
    g_autoptr (GstBuffer) visible = gbp_test_compose (&info, output, &rgb);
    gboolean has_alpha = info.finfo->n_components == 4;
    GbpTestDifference difference = gbp_test_compare (&rgb, visible, expected);

    if (has_alpha
        || GST_VIDEO_INFO_IS_GRAY (&info)) /* seen over grey, or as grey, a look is another */
      continue;
    ck_assert_msg (
        difference.mean < 4, "%s, %s: mean difference %g", kinds[_i], chosen[i], difference.mean);
  }
}
END_TEST

/* Alpha is the video's, whatever the look. */
START_TEST (test_alpha_stays)
{
  const char *caps = "video/x-raw,format=RGBA,width=100,height=60,framerate=30/1";
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, 1);
  g_autoptr (GstBuffer) output = show (looks[_i].properties, caps, frame);
  g_autofree guint8 *before = get_bytes (frame), *after = get_bytes (output);

  for (guint i = 3; i < 4 * 100 * 60; i += 4)
    ck_assert_uint_eq (after[i], before[i]);
}
END_TEST

/* The video is on the left, the picture on the right, each at half the size. */
START_TEST (test_side_by_side)
{
  const char *caps = "video/x-raw,format=RGB,width=448,height=448,framerate=30/1";
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, 1);
  g_autoptr (GstBuffer) output = show ("look=side-by-side colormap=inferno", caps, frame);
  g_autoptr (GstBuffer) picture = show ("colormap=inferno", caps, frame);
  g_autofree guint8 *sides = get_bytes (output);
  double difference[2] = {0, 0};

  for (guint side = 0; side < 2; side++) {
    g_autofree guint8 *whole = get_bytes (side == 0 ? frame : picture);

    for (guint y = 0; y < 448; y++)
      for (guint i = 0; i < 3 * SIZE; i++) {
        const guint8 *found = &sides[(y * 448 + side * SIZE) * 3 + i];
        const guint8 *from = &whole[((y - 112) * 2 * 448 + 2 * (i / 3)) * 3 + i % 3];

        if (y < 112 || y >= 336)
          ck_assert_uint_eq (*found, 0);
        else
          difference[side] += abs (*found - *from) / (3.0 * SIZE * SIZE);
      }
  }
  ck_assert_double_lt (difference[0], 2);
  ck_assert_double_lt (difference[1], 8);
}
END_TEST

/* With blend = 0 the very buffer passes, whatever the look. */
START_TEST (test_blend_zero_passes)
{
  const char *caps = "video/x-raw,format=I420,width=64,height=48,framerate=30/1";
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, 1);
  g_autofree char *properties = g_strconcat (looks[_i].properties, " blend=0", NULL);
  g_autoptr (GstBuffer) output = show (properties, caps, frame);

  ck_assert_ptr_eq (output, frame);
}
END_TEST

/* A bright square somewhere in the frame, off its middle. */
#define SQUARE 24

static GstBuffer *
make_square (gint width, gint height, gint x, gint y)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, (gsize) (4 * width * height), NULL);
  g_autofree guint8 *rgbx = g_malloc (4 * width * height);

  memset (rgbx, 90, 4 * width * height);
  for (gint row = y; row < y + SQUARE; row++)
    memset (rgbx + 4 * (row * width + x), 220, 4 * SQUARE);
  gst_buffer_fill (frame, 0, rgbx, 4 * width * height);
  GST_BUFFER_PTS (frame) = 0;
  return frame;
}

/* The saliency of the square lies on the square, within a pixel of the network's grid, however the frame is fitted;
 * what a crop leaves out has none. */
static const struct {
  const char *fit;
  gint width, height, x, y;
  double grid; /* pixels of the frame in one of the grid */
} fits[] = {
    {"stretch", 448, 336, 100, 40, 2},
    {"letterbox", 448, 336, 100, 40, 2},
    {"crop", 448, 336, 100, 40, 1.5},
    {"letterbox", 300, 620, 200, 500, 620 / 224.0},
    {"crop", 300, 620, 200, 300, 300 / 224.0},
    {"stretch", 640, 200, 500, 100, 640 / 224.0},
    {"crop", 640, 200, 300, 100, 1},
    {"letterbox", 640, 200, 500, 100, 640 / 224.0},
};

START_TEST (test_fits)
{
  g_autofree char *caps = gbp_test_caps ("RGBx", fits[_i].width, fits[_i].height);
  g_autofree char *properties = g_strdup_printf (
      "fit=%s colormap=gray method=gradient softness=0 layer=block1_conv1", fits[_i].fit);
  g_autoptr (GstBuffer) frame =
      make_square (fits[_i].width, fits[_i].height, fits[_i].x, fits[_i].y);
  g_autoptr (GstBuffer) output = show (properties, caps, frame);
  g_autofree guint8 *rgbx = get_bytes (output);
  gint left = G_MAXINT, right = -1, top = G_MAXINT, bottom = -1;
  gint middle = 4 * (fits[_i].height / 2 * fits[_i].width + fits[_i].width / 2);
  guint8 usual = rgbx[middle];

  for (gint y = 0; y < fits[_i].height; y++)
    for (gint x = 0; x < fits[_i].width; x++)
      if (abs (rgbx[4 * (y * fits[_i].width + x)] - usual) > 12
          && ABS (x - fits[_i].x - SQUARE / 2) < 2 * SQUARE
          && ABS (y - fits[_i].y - SQUARE / 2) < 2 * SQUARE) {
        left = MIN (left, x);
        right = MAX (right, x);
        top = MIN (top, y);
        bottom = MAX (bottom, y);
      }
  ck_assert_msg (right >= 0, "%s: no square", fits[_i].fit);
  ck_assert_double_eq_tol (
      (left + right + 1) / 2.0, fits[_i].x + SQUARE / 2.0, 1.01 * fits[_i].grid);
  ck_assert_double_eq_tol (
      (top + bottom + 1) / 2.0, fits[_i].y + SQUARE / 2.0, 1.01 * fits[_i].grid);
}
END_TEST

/* What a crop leaves out has the colour of zero, and in a letterbox nothing is left out. */
START_TEST (test_beside_the_crop)
{
  const char *caps = "video/x-raw,format=RGBx,width=448,height=224,framerate=30/1";
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, 1);
  g_autoptr (GstBuffer) output = show ("fit=crop colormap=viridis", caps, frame);
  g_autoptr (GstBuffer) overlay = show ("fit=crop look=strength", caps, frame);
  g_autofree guint8 *picture = get_bytes (output);
  g_autofree guint8 *before = get_bytes (frame), *after = get_bytes (overlay);

  for (guint y = 0; y < 224; y++)
    for (guint x = 0; x < 448; x++) {
      const guint8 *pixel = &picture[4 * (y * 448 + x)];

      if (x > 110 && x < 338)
        continue;
      ck_assert_uint_eq (pixel[0] << 16 | pixel[1] << 8 | pixel[2], 0x440154);
      ck_assert_mem_eq (&after[4 * (y * 448 + x)], &before[4 * (y * 448 + x)], 3);
    }
}
END_TEST

/* The nearest pixel is that under the middle of the network's, as Keras' load_img() has it. */
START_TEST (test_nearest)
{
  const char *caps = "video/x-raw,format=RGB,width=672,height=300,framerate=30/1";
  const char *small_caps = "video/x-raw,format=RGB,width=224,height=224,framerate=30/1";
  g_autoptr (GstBuffer) frame = gst_buffer_new_allocate (NULL, 672 * 300 * 3, NULL);
  g_autoptr (GstBuffer) picked = gst_buffer_new_allocate (NULL, SIZE * SIZE * 3, NULL);
  g_autofree guint8 *noise = g_malloc (672 * 300 * 3), *small = g_malloc (SIZE * SIZE * 3);
  g_autoptr (GstBuffer) output = NULL;
  g_autoptr (GstBuffer) small_output = NULL;
  GstVideoInfo large, grid;
  g_autoptr (GstBuffer) enlarged = NULL;
  guint32 seed = 5;

  for (guint i = 0; i < 672 * 300 * 3; i++)
    noise[i] = (guint8) gbp_test_random (&seed, 0, 255.9f);
  for (guint y = 0; y < SIZE; y++)
    for (guint x = 0; x < SIZE; x++)
      memcpy (
          &small[3 * (y * SIZE + x)], &noise[3 * ((2 * y + 1) * 300 / 448 * 672 + 3 * x + 1)], 3);
  gst_buffer_fill (frame, 0, noise, 672 * 300 * 3);
  gst_buffer_fill (picked, 0, small, SIZE * SIZE * 3);
  output = show ("resample=nearest", caps, frame);
  small_output = show ("resample=nearest", small_caps, picked);
  gbp_test_init_rgb (&large, 672, 300);
  gbp_test_init_rgb (&grid, SIZE, SIZE);
  enlarged = gbp_test_convert (&grid, small_output, &large);
  ck_assert_double_eq (gbp_test_compare (&large, output, enlarged).largest, 0);
}
END_TEST

/* Pictures that look alike over grey are explained alike, whatever colours they hide. */
START_TEST (test_hidden_colours)
{
  static const char *const formats[] = {"RGBA", "BGRA", "ARGB", "ABGR", "AYUV", "ARGB64", "A420"};
  g_autofree char *caps = gbp_test_caps (formats[_i], 300, 200);
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  g_autofree guint8 *argb = g_malloc (4 * 300 * 200);
  GstVideoInfo from, info;
  GstBuffer *outputs[2];

  ck_assert (gst_video_info_from_caps (&info, parsed));
  gst_video_info_set_format (&from, GST_VIDEO_FORMAT_ARGB, 300, 200);
  from.fps_n = 30;
  from.fps_d = 1;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstBuffer) painted = gst_buffer_new_allocate (NULL, 4 * 300 * 200, NULL);
    g_autoptr (GstBuffer) frame = NULL;
    guint32 seed = i + 1;

    for (guint k = 0; k < 300 * 200; k++) {
      gboolean is_seen = k % 300 / 40 % 2 == k / 300 / 40 % 2;

      for (guint c = 0; c < 3; c++)
        argb[4 * k + c + 1] = is_seen ? 200 : (guint8) gbp_test_random (&seed, 0, 255);
      argb[4 * k] = is_seen ? 255 : 0;
    }
    gst_buffer_fill (painted, 0, argb, 4 * 300 * 200);
    frame = gbp_test_convert (&from, painted, &info);
    outputs[i] = show ("colormap=rgb", caps, frame);
  }
  /* chroma of half resolution mixes what is hidden with what is seen before anyone can tell them apart */
  if (strcmp (formats[_i], "A420") != 0)
    ck_assert (gbp_test_has_equal_bytes (outputs[0], outputs[1]));
  gst_buffer_unref (outputs[0]);
  gst_buffer_unref (outputs[1]);
}
END_TEST

/* Another fit, look or colour map holds from the next frame on. */
START_TEST (test_changes_while_playing)
{
  const char *caps = "video/x-raw,format=NV12,width=320,height=180,framerate=30/1";
  static const char *const changes[] = {"fit=crop", "fit=letterbox look=strength",
      "resample=nearest", "look=spotlight", "look=side-by-side", "colormap=magma",
      "reduce=positive colormap=gray", "normalize=fixed range=0.01",
      "clip=90 look=over blend=0.5 colormap=turbo", "softness=3"};
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), caps, caps);
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (GstBuffer) frame = gbp_test_frame_of (caps, i);
    g_autoptr (GstBuffer) expected = NULL;
    g_autoptr (GstBuffer) output = NULL;
    g_auto (GStrv) pairs = g_strsplit (changes[i], " ", -1);

    for (guint k = 0; pairs[k] != NULL; k++) {
      g_auto (GStrv) pair = g_strsplit (pairs[k], "=", 2);

      gst_util_set_object_arg (G_OBJECT (harness->element), pair[0], pair[1]);
    }
    g_string_append_printf (all, " %s", changes[i]);
    expected = show (all->str, caps, frame);
    output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
    ck_assert_msg (gbp_test_has_equal_bytes (output, expected), "%s", changes[i]);
  }
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"looks", test_looks, G_N_ELEMENTS (looks)},
      {"looks in formats", test_looks_in_formats, GBP_TEST_SANITIZED ? 3 : G_N_ELEMENTS (kinds)},
      {"alpha stays", test_alpha_stays, G_N_ELEMENTS (looks)},
      {"side by side", test_side_by_side, 0},
      {"blend zero passes", test_blend_zero_passes, G_N_ELEMENTS (looks)},
      {"fits", test_fits, G_N_ELEMENTS (fits)},
      {"beside the crop", test_beside_the_crop, 0},
      {"nearest", test_nearest, 0},
      {"hidden colours", test_hidden_colours, 7},
      {"changes while playing", test_changes_while_playing, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/looks", tests));
}
