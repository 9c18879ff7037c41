/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Negotiation: what comes out, for what comes in and what downstream takes. */
#include "support.h"

#define SIZE ",width=320,height=240"

/* What a window, encoders and others take, as their pads' templates have it. */
#define ANY     NULL
#define WINDOW  "video/x-raw,format=BGRx"
#define XVIDEO  "video/x-raw,format={YUY2,UYVY,I420,YV12}"
#define X264    "video/x-raw,format={Y444,Y42B,I420,YV12,NV12,Y444_10LE,I422_10LE,I420_10LE}"
#define PNG     "video/x-raw,format={RGBA,RGB,GRAY8,GRAY16_BE}"
#define DEEP    "video/x-raw,format={ARGB64,AYUV64,I420_10LE}"
#define GREYS   "video/x-raw,format={GRAY16_LE,GRAY8}"
#define PALETTE "video/x-raw,format={RGB8P,RGB16,GRAY8,v210}"

static const struct {
  const char *input, *downstream, *output;
} cases[] = {
    /* nobody asks for another format: it stays */
    {"YUY2", ANY, "YUY2"},
    {"NV12", ANY, "NV12"},
    {"I420", ANY, "I420"},
    {"BGRx", ANY, "BGRx"},
    {"RGB", ANY, "RGB"},
    {"P010_10LE", ANY, "P010_10LE"},
    {"v210", ANY, "v210"},
    /* but for grey, while colours are shown */
    {"GRAY8", ANY, "I420"},
    {"GRAY16_LE", ANY, "I420"},
    {"GRAY8", PNG, "RGB"},
    {"GRAY8", X264, "I420"},
    {"GRAY8", GREYS, "GRAY8"},
    {"GRAY8", PALETTE, "RGB8P"},
    /* cameras on a window, with and without its help */
    {"YUY2", WINDOW, "BGRx"},
    {"NV12", WINDOW, "BGRx"},
    {"I420", WINDOW, "BGRx"},
    {"GRAY8", WINDOW, "BGRx"},
    {"YUY2", XVIDEO, "YUY2"},
    {"NV12", XVIDEO, "I420"},
    {"BGRx", XVIDEO, "I420"},
    /* encoders: what every player takes */
    {"YUY2", X264, "I420"},
    {"NV12", X264, "NV12"},
    {"Y444", X264, "I420"},
    {"BGRx", X264, "I420"},
    {"P010_10LE", X264, "I420"},
    {"I420_10LE", X264, "I420"},
    /* alpha is kept and not made up */
    {"YUY2", PNG, "RGB"},
    {"BGRx", PNG, "RGB"},
    {"BGRA", PNG, "RGBA"},
    {"AYUV", PNG, "RGBA"},
    /* depth only where nothing else is taken */
    {"I420", DEEP, "I420_10LE"},
    {"BGRx", DEEP, "ARGB64"},
    {"I420", GREYS, "GRAY8"},
};

static void
check_output (GstHarness *harness, const char *what, const char *format)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  const GstStructure *structure;

  ck_assert_msg (caps != NULL, "%s is not negotiated", what);
  structure = gst_caps_get_structure (caps, 0);
  ck_assert_msg (g_str_equal (gst_structure_get_string (structure, "format"), format),
      "%s comes out as %s, not %s", what, gst_structure_get_string (structure, "format"), format);
}

START_TEST (test_formats)
{
  g_autofree char *input = gbp_test_caps (cases[_i].input, 320, 240);
  GstHarness *harness =
      gbp_test_harness_new (gbp_test_small_element_new (), input, cases[_i].downstream);

  check_output (harness, cases[_i].input, cases[_i].output);
  gbp_test_harness_free (harness);
}
END_TEST

/* How colours are described. */
static const struct {
  const char *input, *downstream, *colorimetry, *site;
} colours[] = {
    /* the format stays, and so does what was said of it */
    {"format=NV12,colorimetry=bt709,chroma-site=mpeg2", ANY, "bt709", "mpeg2"},
    {"format=I420,colorimetry=1:4:0:0,chroma-site=jpeg", ANY, "1:4:0:0", "jpeg"},
    {"format=NV12", ANY, NULL, NULL},
    /* other YUV keeps the colours and, with the same chroma, its place */
    {"format=NV12,colorimetry=bt709,chroma-site=mpeg2", "video/x-raw,format=I420", "bt709",
        "mpeg2"},
    {"format=YUY2,colorimetry=bt709,chroma-site=mpeg2", "video/x-raw,format=I420", "bt709", "jpeg"},
    {"format=I420,colorimetry=1:4:0:0,chroma-site=jpeg", "video/x-raw,format=Y444", "1:4:0:0",
        NULL},
    /* a picture alone is not HDR */
    {"format=P010_10LE,colorimetry=bt2100-pq,chroma-site=mpeg2", "video/x-raw,format=I420", "bt601",
        "mpeg2"},
    {"format=P010_10LE,colorimetry=bt2100-hlg,chroma-site=mpeg2", "video/x-raw,format=I420",
        "bt601", "mpeg2"},
    /* RGB is RGB */
    {"format=NV12,colorimetry=bt709,chroma-site=mpeg2", WINDOW, "sRGB", NULL},
    {"format=BGRx", "video/x-raw,format=NV12", "bt601", "jpeg"},
    /* unless downstream says otherwise */
    {"format=NV12,colorimetry=bt709", "video/x-raw,format=NV12,colorimetry=bt601", "bt601", NULL},
    {"format=BGRx", "video/x-raw,format=NV12,colorimetry={bt709,bt2020}", "bt709", "jpeg"},
    {"format=NV12", "video/x-raw,format=NV12,colorimetry={bt709,bt601}", "bt601", NULL},
};

START_TEST (test_colours)
{
  g_autofree char *input =
      g_strdup_printf ("video/x-raw,%s" SIZE ",framerate=30/1", colours[_i].input);
  GstHarness *harness =
      gbp_test_harness_new (gbp_test_small_element_new (), input, colours[_i].downstream);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  const GstStructure *structure;

  ck_assert (caps != NULL);
  structure = gst_caps_get_structure (caps, 0);
  ck_assert_pstr_eq (gst_structure_get_string (structure, "colorimetry"), colours[_i].colorimetry);
  ck_assert_pstr_eq (gst_structure_get_string (structure, "chroma-site"), colours[_i].site);
  gbp_test_harness_free (harness);
}
END_TEST

/* What is not the format stays, whatever the format becomes. */
static const char *const shapes[] = {
    "pixel-aspect-ratio=16/11",
    "interlace-mode=interleaved,field-order=top-field-first",
    "interlace-mode=mixed",
    "framerate=0/1",
    "framerate=30000/1001",
    "multiview-mode=mono",
    "width=1,height=1",
    "width=7680,height=4320",
};

/* A small I420 caps string with the fields of @shape instead of its own; free with g_free() */
static char *
with_fields (const GstCaps *shape)
{
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-raw,format=I420" SIZE ",framerate=30/1");
  const GstStructure *fields = gst_caps_get_structure (shape, 0);

  for (int i = 0; i < gst_structure_n_fields (fields); i++) {
    const char *name = gst_structure_nth_field_name (fields, (guint) i);

    gst_caps_set_value (caps, name, gst_structure_get_value (fields, name));
  }
  return gst_caps_to_string (caps);
}

START_TEST (test_shape_stays)
{
  static const char *const downstream[] = {ANY, WINDOW};
  g_autofree char *shape_string = g_strdup_printf ("video/x-raw,%s", shapes[_i]);
  g_autoptr (GstCaps) shape = gst_caps_from_string (shape_string);
  g_autofree char *input = with_fields (shape);

  for (guint i = 0; i < G_N_ELEMENTS (downstream); i++) {
    GstHarness *harness =
        gbp_test_harness_new (gbp_test_small_element_new (), input, downstream[i]);
    g_autoptr (GstCaps) output = gst_pad_get_current_caps (harness->sinkpad);

    ck_assert_msg (
        output != NULL && gst_caps_is_subset (output, shape), "%s is not kept", shapes[_i]);
    gbp_test_harness_free (harness);
  }
}
END_TEST

/* Pixels without a shape, as a file has them that does not know it, are squares, however the frame is fitted. */
START_TEST (test_shapeless_pixels)
{
  static const char *const ratios[] = {"1/1", "0/1", "-1/1"};
  static const char *const fits[] = {"stretch", "letterbox", "crop"};
  g_autoptr (GstBuffer) expected = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_autofree char *caps = g_strdup_printf (
        "video/x-raw,format=RGB" SIZE ",framerate=30/1,pixel-aspect-ratio=%s", ratios[i]);
    GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), caps, NULL);
    GstBuffer *found;

    gst_util_set_object_arg (G_OBJECT (harness->element), "fit", fits[_i]);
    found = gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, 1));
    if (expected == NULL)
      expected = gst_buffer_ref (found);
    ck_assert_msg (gbp_test_has_equal_bytes (expected, found), "%s of %s", fits[_i], ratios[i]);
    gst_buffer_unref (found);
    gbp_test_harness_free (harness);
  }
}
END_TEST

/* What upstream does not say, as an application with frames of its own may not, is as downstream wants it. */
static const struct {
  const char *field, *format;
} unsaid[] = {
    {"framerate=30/1", "RGB"},
    {"framerate=30/1", "I420"},
    {"pixel-aspect-ratio=4/3", "RGB"},
    {"pixel-aspect-ratio=4/3", "I420"},
    {"interlace-mode=interleaved", "RGB"},
    {"interlace-mode=interleaved", "I420"},
};

START_TEST (test_unsaid)
{
  static const char input[] = "video/x-raw,format=RGB" SIZE;
  g_autofree char *output =
      g_strdup_printf ("video/x-raw,format=%s,%s", unsaid[_i].format, unsaid[_i].field);
  g_autoptr (GstCaps) wanted = gst_caps_from_string (output), found = NULL;
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), input, output);

  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (input, 0)));
  found = gst_pad_get_current_caps (harness->sinkpad);
  ck_assert (found != NULL && gst_caps_is_subset (found, wanted));
  gbp_test_harness_free (harness);
}
END_TEST

/* Caps that no frame can have, or whose rows are not a picture. */
static const char *const refused[] = {
    "video/x-raw,format=I420,width=0,height=240,framerate=30/1",
    "video/x-raw,format=I420,width=320,height=0,framerate=30/1",
    "video/x-raw(format:Interlaced),format=I420" SIZE ",framerate=30/1,interlace-mode=alternate",
    "video/x-raw,format=NONSENSE" SIZE ",framerate=30/1",
    "video/x-raw(memory:DMABuf),format=I420" SIZE ",framerate=30/1",
    "image/jpeg" SIZE ",framerate=30/1",
};

START_TEST (test_refused)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_small_element_new ());
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (refused[_i]);

  ck_assert_msg (!gst_pad_query_accept_caps (pad, caps), "%s is taken", refused[_i]);
}
END_TEST

/* A frame that fits into memory, but not with 16 bits for each component, where it has to be blended. */
START_TEST (test_too_large)
{
  g_autofree char *caps = gbp_test_caps ("RGB16", 30000, 30000);
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), caps, NULL);

  ck_assert (!gst_pad_has_current_caps (harness->sinkpad));
  gbp_test_harness_free (harness);
}
END_TEST

/* A camera of grey shows grey or colours as the settings have it. */
START_TEST (test_grey_follows_settings)
{
  g_autofree char *grey = gbp_test_caps ("GRAY8", 64, 48);
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), grey, NULL);
  static const struct {
    const char *property, *value, *format;
  } steps[] = {{"colormap", "gray", "GRAY8"}, {"colormap", "inferno", "I420"},
      {"blend", "0", "GRAY8"}, {"blend", "0.5", "I420"}};
  GstVideoInfo info;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_GRAY8, 64, 48);
  check_output (harness, "GRAY8", "I420");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    gst_util_set_object_arg (G_OBJECT (harness->element), steps[i].property, steps[i].value);
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_new (&info, i)));
    check_output (harness, steps[i].value, steps[i].format);
  }
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"formats", test_formats, G_N_ELEMENTS (cases)},
      {"colours", test_colours, G_N_ELEMENTS (colours)},
      {"shape stays", test_shape_stays, G_N_ELEMENTS (shapes)},
      {"shapeless pixels", test_shapeless_pixels, 3},
      {"unsaid", test_unsaid, G_N_ELEMENTS (unsaid)},
      {"refused", test_refused, G_N_ELEMENTS (refused)},
      {"too large", test_too_large, 0},
      {"grey follows settings", test_grey_follows_settings, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/caps", tests));
}
