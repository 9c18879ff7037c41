/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

#include <math.h>
#include <string.h>

void
gbp_test_init (int *argc, char ***argv)
{
  gbp_error_quark (); /* GLib guards these two by locks that the thread sanitizer does not see */
  g_get_user_cache_dir ();
  gst_init (argc, argv);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

int
gbp_test_end (int status)
{
  gst_deinit ();
  return status;
}

const char *
gbp_test_weights (void)
{
  return GBP_TEST_WEIGHTS;
}

GstElement *
gbp_test_element_new (void)
{
  GstElement *element = gst_element_factory_make ("gbpsaliency", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();

  ck_assert_msg (element != NULL, "there is no gbpsaliency in %s", g_getenv ("GST_PLUGIN_PATH"));
  gst_element_set_bus (element, bus);
  g_object_set (element, "weights", gbp_test_weights (), "layer", "block1_conv1", "threads", 1,
      "schedule", 1, "workers", 1, NULL);
  return element;
}

GstElement *
gbp_test_small_element_new (void)
{
  GstElement *element = gbp_test_element_new ();

  g_object_set (element, "weights", GBP_TEST_SMALL_WEIGHTS, "input-size",
      G_STRINGIFY (GBP_TEST_SMALL_SIZE) "x" G_STRINGIFY (GBP_TEST_SMALL_SIZE), NULL);
  return element;
}

static void
empty_bus (GstElement *element)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);

  if (bus != NULL)
    gst_bus_set_flushing (bus, TRUE);
}

void
gbp_test_element_free (GstElement *element)
{
  empty_bus (element);
  gst_object_unref (element);
}

GstMessage *
gbp_test_pop_message (GstElement *element, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);

  return gst_bus_pop_filtered (bus, type);
}

void
gbp_test_assert_complaint (
    GstElement *element, GstMessageType type, GQuark domain, int code, const char *part)
{
  g_autoptr (GstMessage) message = gbp_test_pop_message (element, type);
  g_autoptr (GstMessage) second = gbp_test_pop_message (element, type);
  g_autoptr (GError) error = NULL;

  ck_assert_msg (message != NULL, "no message about \"%s\"", part);
  ck_assert_msg (second == NULL, "two messages about \"%s\"", part);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  ck_assert_msg (
      strstr (error->message, part) != NULL, "\"%s\" is not in: %s", part, error->message);
  ck_assert_msg (g_error_matches (error, domain, code), "%s %d: %s",
      g_quark_to_string (error->domain), error->code, error->message);
}

GstHarness *
gbp_test_harness_new (GstElement *element, const char *input, const char *output)
{
  GstHarness *harness = gst_harness_new_with_element (element, "sink", "src");

  gst_object_unref (element);
  if (output != NULL)
    gst_harness_set_sink_caps_str (harness, output);
  gst_harness_set_src_caps_str (harness, input);
  return harness;
}

void
gbp_test_harness_free (GstHarness *harness)
{
  empty_bus (harness->element);
  gst_harness_teardown (harness);
}

char *
gbp_test_caps (const char *format, int width, int height)
{
  return g_strdup_printf (
      "video/x-raw,format=%s,width=%d,height=%d,framerate=30/1", format, width, height);
}

void
gbp_test_get_output_info (GstHarness *harness, GstVideoInfo *info)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);

  ck_assert_msg (caps != NULL && gst_video_info_from_caps (info, caps), "not negotiated");
}

/* One row of an image in which red rises along x, green along y and blue along both, in waves. */
static void
paint_row (guint8 *argb, gint width, gint height, gint y, guint phase)
{
  for (gint x = 0; x < width; x++) {
    double u = (double) x / width, v = (double) y / height, shift = phase / 7.0;

    argb[4 * x] = (guint8) (60 + 190 * u);
    argb[4 * x + 1] = (guint8) (128 + 90 * sin (6 * u + 2 * v + shift));
    argb[4 * x + 2] = (guint8) (128 + 90 * sin (5 * v + shift));
    argb[4 * x + 3] = (guint8) (128 + 90 * cos (4 * (u + v) + shift));
  }
}

GstBuffer *
gbp_test_frame_new (const GstVideoInfo *info, guint phase)
{
  g_autoptr (GstBuffer) painted = NULL;
  GstVideoInfo argb;
  GstVideoFrame frame;
  GstBuffer *converted;

  gst_video_info_set_format (
      &argb, GST_VIDEO_FORMAT_ARGB, (guint) info->width, (guint) info->height);
  argb.fps_n = info->fps_n;
  argb.fps_d = info->fps_d;
  argb.interlace_mode = info->interlace_mode;
  painted = gst_buffer_new_allocate (NULL, argb.size, NULL);
  ck_assert (gst_video_frame_map (&frame, &argb, painted, GST_MAP_WRITE));
  for (gint y = 0; y < info->height; y++)
    paint_row ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
                   + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        info->width, info->height, y, phase);
  gst_video_frame_unmap (&frame);
  converted = gbp_test_convert (&argb, painted, info);
  GST_BUFFER_PTS (converted) = phase * GST_SECOND / 30;
  GST_BUFFER_DURATION (converted) = GST_SECOND / 30;
  return converted;
}

GstBuffer *
gbp_test_frame_of (const char *caps_string, guint phase)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_string);
  GstVideoInfo info;

  ck_assert (gst_video_info_from_caps (&info, caps));
  return gbp_test_frame_new (&info, phase);
}

gboolean
gbp_test_has_equal_bytes (GstBuffer *a, GstBuffer *b)
{
  GstMapInfo map;
  gboolean is_equal;

  ck_assert (gst_buffer_map (a, &map, GST_MAP_READ));
  is_equal =
      gst_buffer_get_size (b) == map.size && gst_buffer_memcmp (b, 0, map.data, map.size) == 0;
  gst_buffer_unmap (a, &map);
  return is_equal;
}

GstBuffer *
gbp_test_convert (const GstVideoInfo *from, GstBuffer *frame, const GstVideoInfo *to)
{
  GstStructure *options = gst_structure_from_string (
      "options, GstVideoConverter.resampler-method=(GstVideoResamplerMethod)linear, "
      "GstVideoConverter.chroma-resampler-method=(GstVideoResamplerMethod)linear, "
      "GstVideoConverter.dither-method=(GstVideoDitherMethod)none",
      NULL);
  GstVideoConverter *converter = gst_video_converter_new (from, to, options);
  GstBuffer *converted = gst_buffer_new_allocate (NULL, to->size, NULL);
  GstVideoFrame source, target;

  ck_assert_msg (converter != NULL, "%s to %s", from->finfo->name, to->finfo->name);
  gst_buffer_memset (converted, 0, 0, to->size);
  ck_assert (gst_video_frame_map (&source, from, frame, GST_MAP_READ));
  ck_assert (gst_video_frame_map (&target, to, converted, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &source, &target);
  gst_video_frame_unmap (&source);
  gst_video_frame_unmap (&target);
  gst_video_converter_free (converter);
  return converted;
}

GstBuffer *
gbp_test_compose (const GstVideoInfo *from, GstBuffer *frame, const GstVideoInfo *rgb)
{
  GstVideoInfo argb;
  g_autoptr (GstBuffer) unpacked = NULL;
  GstBuffer *composed = gst_buffer_new_allocate (NULL, rgb->size, NULL);
  GstVideoFrame source, target;

  gst_video_info_set_format (&argb, GST_VIDEO_FORMAT_ARGB, (guint) rgb->width, (guint) rgb->height);
  argb.fps_n = rgb->fps_n;
  argb.fps_d = rgb->fps_d;
  unpacked = gbp_test_convert (from, frame, &argb);
  ck_assert (gst_video_frame_map (&source, &argb, unpacked, GST_MAP_READ));
  ck_assert (gst_video_frame_map (&target, rgb, composed, GST_MAP_WRITE));
  for (gint y = 0; y < rgb->height; y++)
    for (gint x = 0; x < rgb->width; x++) {
      const guint8 *pixel = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&source, 0)
                            + y * GST_VIDEO_FRAME_PLANE_STRIDE (&source, 0) + 4 * x;
      guint8 *opaque = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&target, 0)
                       + y * GST_VIDEO_FRAME_PLANE_STRIDE (&target, 0) + 3 * x;
      double alpha = pixel[0] / 255.0;

      for (guint c = 0; c < 3; c++)
        opaque[c] = (guint8) (alpha * pixel[c + 1] + (1 - alpha) * 128 + 0.5);
    }
  gst_video_frame_unmap (&source);
  gst_video_frame_unmap (&target);
  return composed;
}

double *
gbp_test_unpack (const GstVideoInfo *info, GstBuffer *frame, gsize *n_components)
{
  GstVideoFormat format =
      GST_VIDEO_INFO_IS_RGB (info) ? GST_VIDEO_FORMAT_ARGB64 : GST_VIDEO_FORMAT_AYUV64;
  g_autoptr (GstBuffer) unpacked = NULL;
  GstVideoInfo wide;
  GstMapInfo map;
  double *components;

  gst_video_info_set_format (&wide, format, (guint) info->width, (guint) info->height);
  wide.fps_n = info->fps_n;
  wide.fps_d = info->fps_d;
  wide.interlace_mode = info->interlace_mode;
  wide.colorimetry = info->colorimetry;
  unpacked = gbp_test_convert (info, frame, &wide);
  ck_assert (gst_buffer_map (unpacked, &map, GST_MAP_READ));
  *n_components = wide.size / 2;
  components = g_new (double, *n_components);
  for (gsize i = 0; i < *n_components; i++)
    components[i] = ((guint16 *) map.data)[i] / 257.0;
  gst_buffer_unmap (unpacked, &map);
  return components;
}

double
gbp_test_opaque (const GstVideoFormatInfo *format)
{
  guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (format, GST_VIDEO_COMP_A);

  return 255 - 255.0 / (1 << depth);
}

GbpTestDifference
gbp_test_compare (const GstVideoInfo *info, GstBuffer *a, GstBuffer *b)
{
  gsize n_components;
  g_autofree double *components_a = gbp_test_unpack (info, a, &n_components);
  g_autofree double *components_b = gbp_test_unpack (info, b, &n_components);
  GbpTestDifference difference = {0};

  for (gsize i = 0; i < n_components; i++) {
    double delta = fabs (components_a[i] - components_b[i]);

    difference.largest = MAX (difference.largest, delta);
    difference.mean += delta / (double) n_components;
  }
  return difference;
}

void
gbp_test_init_rgb (GstVideoInfo *info, int width, int height)
{
  gst_video_info_set_format (info, GST_VIDEO_FORMAT_RGB, (guint) width, (guint) height);
  info->fps_n = 30;
  info->fps_d = 1;
}

static GstCaps *
get_template_caps (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("gbpsaliency");
  const GList *templates = gst_element_factory_get_static_pad_templates (factory);

  return gst_static_pad_template_get_caps (templates->data);
}

char **
gbp_test_formats (void)
{
  g_autoptr (GstCaps) caps = get_template_caps ();
  GPtrArray *names = g_ptr_array_new ();
  guint n = 0;

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GValue *formats = gst_structure_get_value (gst_caps_get_structure (caps, i), "format");

    for (guint k = 0; k < gst_value_list_get_size (formats); k++)
      if (n++ % GBP_TEST_FORMAT_STEP == 0)
        g_ptr_array_add (names, g_value_dup_string (gst_value_list_get_value (formats, k)));
  }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

int
gbp_test_choose_width (const char *format, int width)
{
  g_autoptr (GstCaps) all = get_template_caps ();
  g_autofree char *string = gbp_test_caps (format, width, 1);
  g_autoptr (GstCaps) caps = gst_caps_from_string (string);

  return gst_caps_can_intersect (all, caps) ? width : width + 1;
}

gint64
gbp_test_read_status (const char *name)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  line = strstr (text, name);
  return line == NULL ? 0 : g_ascii_strtoll (line + strlen (name) + 1, NULL, 10);
}
