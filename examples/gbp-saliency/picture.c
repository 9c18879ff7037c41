/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture.h"

#include "bytes.h"
#include "exif.h"
#include "parts.h"

#include <gio/gio.h>
#include <gst/app/app.h>
#include <gst/base/gsttypefindhelper.h>
#include <gst/pbutils/pbutils.h>
#include <gst/tag/tag.h>
#include <gst/video/video.h>
#include <string.h>

/* For how long a decoder may work at one picture. */
#define PATIENCE (60 * GST_SECOND)

/* It looks at the bytes, whatever their caps are, and takes all that the loaders of GdkPixbuf do, which are more than
 * its template says: GIF, TGA, and HEIC, AVIF and others where they are installed. */
#define LAST_DECODER      "gdkpixbufdec"
#define LAST_DECODER_CAPS "image/tiff"

/* A TGA file has no magic number: a colour map or none, one of six kinds, whole bytes a pixel. */
static gboolean
is_tga (const guint8 *head, gsize size, const char *name)
{
  return name != NULL && size >= 18
         && g_regex_match_simple ("\\.(tga|icb|vda|vst)$", name, G_REGEX_CASELESS, 0)
         && head[1] <= 1 && strchr ("\1\2\3\11\12\13", head[2]) != NULL && head[2] != 0
         && strchr ("\10\17\20\30\40", head[16]) != NULL && head[16] != 0;
}

GstCaps *
picture_find_type (const guint8 *head, gsize size, const char *name)
{
  const char *suffix = name != NULL ? strrchr (name, '.') : NULL;

  if (is_tga (head, size, name))
    return gst_caps_new_empty_simple ("image/x-tga");
  if (size == 0)
    return NULL;
  return gst_type_find_helper_for_data_with_extension (
      NULL, head, size, suffix != NULL ? suffix + 1 : NULL, NULL);
}

gboolean
picture_is_type (const GstCaps *caps)
{
  const char *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));

  return g_str_has_prefix (type, "image/");
}

/* JPEG whose colours GStreamer's use of libjpeg does not give back: four components are of none that libjpeg knows,
 * four samples of luma to one of chroma in a row are read wrongly, and of chroma in full resolution each second sample
 * is lost. */
static gboolean
is_unusual_jpeg (const guint8 *data, gsize size)
{
  for (gsize i = 2; i + 19 < size && data[i] == 0xff && data[i + 1] != 0xda;
       i += 2 + bytes_read_be16 (data + i + 2)) {
    gboolean begins_frame = data[i + 1] >= 0xc0 && data[i + 1] <= 0xc2;

    if (begins_frame)
      return data[i + 9] > 3 || (data[i + 9] == 3 && data[i + 11] != 0x22);
  }
  return FALSE;
}

/* PNG of 16 bits and more components than one, whose components GStreamer 1.22's decoder puts in each other's
 * places. */
static gboolean
is_unusual_png (const guint8 *data, gsize size)
{
  return size > 25 && memcmp (data, "\x89PNG", 4) == 0 && data[24] == 16 && data[25] != 0;
}

/* Factories that decode @caps, the best first.
 * Returns: (transfer full) (element-type utf8) */
static GPtrArray *
list_decoders (const GstCaps *caps, GBytes *file)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GList *all =
      gst_element_factory_list_get_elements (GST_ELEMENT_FACTORY_TYPE_DECODER, GST_RANK_MARGINAL);
  GList *fitting = gst_element_factory_list_filter (all, caps, GST_PAD_SINK, FALSE);
  gsize size;
  const guint8 *data = g_bytes_get_data (file, &size);
  const char *unfit = is_unusual_jpeg (data, size)  ? "jpegdec"
                      : is_unusual_png (data, size) ? "pngdec"
                                                    : "";

  for (GList *i = g_list_sort (fitting, gst_plugin_feature_rank_compare_func); i != NULL;
       i = i->next) {
    const char *name = GST_OBJECT_NAME (i->data);

    if (gst_element_factory_list_is_type (i->data, GST_ELEMENT_FACTORY_TYPE_HARDWARE)
        || g_str_equal (name, LAST_DECODER) || g_str_equal (name, unfit))
      continue;
    g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_add (names, g_strdup (LAST_DECODER));
  gst_plugin_feature_list_free (all);
  gst_plugin_feature_list_free (fitting);
  return names;
}

static GstVideoOrientationMethod
find_orientation (GBytes *file)
{
  g_autoptr (GstTagList) tags = exif_read (file);
  g_autofree char *orientation = NULL;
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;

  if (tags != NULL && gst_tag_list_get_string (tags, GST_TAG_IMAGE_ORIENTATION, &orientation))
    gst_video_orientation_from_tag (tags, &method);
  return method;
}

/* Waits for the first frame or an error, whichever comes first. */
static GstSample *
wait_for_frame (GstElement *pipeline, GstAppSink *sink)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint64 end = g_get_monotonic_time () + PATIENCE / GST_USECOND;
  GstSample *sample = NULL;
  gboolean has_failed = FALSE;

  while (sample == NULL && !has_failed && g_get_monotonic_time () < end) {
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

    has_failed = message != NULL || gst_app_sink_is_eos (sink);
    sample = gst_app_sink_try_pull_sample (sink, has_failed ? 0 : 50 * GST_MSECOND);
  }
  return sample;
}

/* Returns: (transfer full) (nullable): NULL where @decoder cannot decode it */
static GstSample *
decode_with (const char *decoder, GstCaps *caps, GBytes *file, GstVideoOrientationMethod turn)
{
  g_autofree char *description = g_strdup_printf (
      "appsrc name=in ! %s ! videoconvert ! videoflip name=turn ! appsink name=out sync=false",
      decoder);
  g_autoptr (GstElement) pipeline =
      gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, NULL);
  g_autoptr (GstElement) source = NULL, flip = NULL, sink = NULL;
  GstSample *sample;

  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  flip = gst_bin_get_by_name (GST_BIN (pipeline), "turn");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_object_set (source, "caps", caps, NULL);
  g_object_set (flip, "video-direction", turn, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer (GST_APP_SRC (source), gst_buffer_new_wrapped_bytes (file));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  sample = wait_for_frame (pipeline, GST_APP_SINK (sink));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return sample;
}

/* What GdkPixbuf needs for kinds that nothing in GStreamer decodes. */
static const char *
find_loader (const char *type)
{
  static const char *const packages[][2] = {
      {"image/heif", "heif-gdk-pixbuf"},
      {"image/heic", "heif-gdk-pixbuf"},
      {"image/avif", "libavif-gdk-pixbuf"},
      {"image/jxl", "libjxl-gdk-pixbuf"},
      {"image/svg+xml", "librsvg2-common"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (packages); i++)
    if (g_str_equal (packages[i][0], type))
      return packages[i][1];
  return NULL;
}

static void
set_error (GError **error, const char *name, const GstCaps *caps, guint n_decoders)
{
  const char *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  const char *loader = find_loader (type);
  g_autofree char *kind = gst_pb_utils_get_codec_description (caps);

  if (loader != NULL)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "cannot decode %s: there is no decoder for it (%s); Debian has one in the package %s", name,
        type, loader);
  else if (n_decoders <= 1)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "cannot decode %s: there is no decoder for it (%s); " PARTS_PACKAGES, name, kind);
  else
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
        "cannot decode %s: it is damaged, or a variant that no installed decoder of %s takes", name,
        kind);
}

GstSample *
picture_decode (GBytes *file, const char *name, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file, &size);
  g_autoptr (GstCaps) caps = picture_find_type (data, MIN (size, PICTURE_HEAD), name);
  g_autoptr (GstCaps) any = gst_caps_new_empty_simple (LAST_DECODER_CAPS);
  g_autoptr (GPtrArray) decoders = NULL;
  GstVideoOrientationMethod turn = find_orientation (file);
  GstSample *sample = NULL;

  if (caps == NULL)
    caps = gst_caps_new_empty_simple ("image/x-unknown");
  decoders = list_decoders (caps, file);
  for (guint i = 0; sample == NULL && i < decoders->len; i++) {
    gboolean is_last = i == decoders->len - 1;

    sample = decode_with (decoders->pdata[i], is_last ? any : caps, file, turn);
  }
  if (sample == NULL)
    set_error (error, name, caps, decoders->len);
  return sample;
}
