/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "caps.h"

#include "formats.h"

/* What belongs to a format, and not to the video in whatever format. */
static const char *const format_fields[] = {"format", "colorimetry", "chroma-site"};

GstCaps *
gst_gbp_caps_transform (const GstCaps *caps, GstCaps *filter)
{
  GstCaps *all = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *structure = gst_structure_copy (gst_caps_get_structure (caps, i));
    GstCapsFeatures *features = gst_caps_get_features (caps, i);

    for (guint k = 0; k < G_N_ELEMENTS (format_fields); k++)
      gst_structure_remove_field (structure, format_fields[k]);
    if (gst_caps_is_subset_structure_full (all, structure, features))
      gst_structure_free (structure);
    else
      gst_caps_append_structure_full (all, structure, gst_caps_features_copy (features));
  }
  if (filter != NULL) {
    GstCaps *kept = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (all);
    all = kept;
  }
  return all;
}

/* The best format that was found so far.
 * @penalty: 0 is best
 * @structure: which of the caps has it; owned by them */
typedef struct {
  const GstVideoFormatInfo *format;
  guint penalty;
  const GstStructure *structure;
} Choice;

static void
consider (Choice *choice, const GValue *name, const GstStructure *structure,
    const GstVideoFormatInfo *input, gboolean shows_colour, gboolean stays)
{
  const GstVideoFormatInfo *format;
  GstVideoFormat id;
  guint penalty;

  if (!G_VALUE_HOLDS_STRING (name))
    return;
  id = gst_video_format_from_string (g_value_get_string (name));
  if (id == GST_VIDEO_FORMAT_UNKNOWN || id == GST_VIDEO_FORMAT_ENCODED)
    return;
  format = gst_video_format_get_info (id);
  penalty = gst_gbp_format_judge (format, input, shows_colour, stays);
  if (choice->format == NULL || penalty < choice->penalty)
    *choice = (Choice){format, penalty, structure};
}

/* Whether a list has all formats that the pads know: nobody chose. */
static gboolean
is_every_format (const GValue *formats)
{
  g_autoptr (GstCaps) all = gst_gbp_format_make_caps ();
  const GValue *known = gst_structure_get_value (gst_caps_get_structure (all, 0), "format");

  return gst_value_list_get_size (formats) >= gst_value_list_get_size (known);
}

/* Of equals the first is taken: elements list first what they like best. */
static Choice
choose_format (const GstCaps *others, const GstVideoFormatInfo *input, const GstGbpSeen *seen)
{
  Choice choice = {0};

  for (guint i = 0; i < gst_caps_get_size (others); i++) {
    const GstStructure *structure = gst_caps_get_structure (others, i);
    const GValue *formats = gst_structure_get_value (structure, "format");
    gboolean stays;

    if (formats == NULL)
      continue;
    if (!GST_VALUE_HOLDS_LIST (formats)) {
      consider (&choice, formats, structure, input, seen->colour, !seen->picture);
      continue;
    }
    stays = !seen->picture || is_every_format (formats);
    for (guint k = 0; k < gst_value_list_get_size (formats); k++)
      consider (
          &choice, gst_value_list_get_value (formats, k), structure, input, seen->colour, stays);
  }
  return choice;
}

/* Sets a string, or the nearest to it that the field's own choice allows. */
static void
set_or_fixate (GstStructure *structure, const char *field, const char *wanted)
{
  if (wanted == NULL)
    return;
  if (gst_structure_has_field (structure, field))
    gst_structure_fixate_field_string (structure, field, wanted);
  else
    gst_structure_set (structure, field, G_TYPE_STRING, wanted, NULL);
}

static gboolean
has_same_chroma (const GstVideoInfo *a, const GstVideoInfo *b)
{
  return GST_VIDEO_INFO_IS_YUV (a) && GST_VIDEO_INFO_IS_YUV (b)
         && GST_VIDEO_FORMAT_INFO_W_SUB (a->finfo, 1) == GST_VIDEO_FORMAT_INFO_W_SUB (b->finfo, 1)
         && GST_VIDEO_FORMAT_INFO_H_SUB (a->finfo, 1) == GST_VIDEO_FORMAT_INFO_H_SUB (b->finfo, 1);
}

/* A format as is usual at its size. GStreamer 1.22 says where chroma is when the format is set, later ones when caps
 * are read that do not say it. */
static void
init_usual (GstVideoInfo *info, GstVideoFormat format, const GstVideoInfo *input)
{
  g_autoptr (GstCaps) caps = NULL;
  GstVideoInfo read;

  gst_video_info_set_format (
      info, format, (guint) GST_VIDEO_INFO_WIDTH (input), (guint) GST_VIDEO_INFO_HEIGHT (input));
  caps = gst_video_info_to_caps (info);
  if (gst_video_info_from_caps (&read, caps))
    *info = read;
}

/* How bright a picture of a gradient is has nothing to do with the light of a scene. */
static gboolean
is_hdr (const GstVideoInfo *info)
{
  GstVideoTransferFunction transfer = info->colorimetry.transfer;

  return transfer == GST_VIDEO_TRANSFER_SMPTE2084 || transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67;
}

/* Colours are described as they come in where the format stays or is another kind of YUV, so that nothing
 * is converted in vain; else as is usual for the format and size. */
static void
describe_colours (GstStructure *structure, const GstStructure *from, const GstVideoInfo *input,
    GstVideoFormat format, const GstGbpSeen *seen)
{
  g_autofree char *colorimetry = NULL, *site = NULL;
  gboolean keeps_format = format == GST_VIDEO_INFO_FORMAT (input);
  gboolean keeps_colours = seen->video || !is_hdr (input);
  GstVideoInfo output;

  init_usual (&output, format, input);
  if (keeps_colours
      && (keeps_format || (GST_VIDEO_INFO_IS_YUV (input) && GST_VIDEO_INFO_IS_YUV (&output))))
    output.colorimetry = input->colorimetry;
  if (has_same_chroma (input, &output))
    output.chroma_site = input->chroma_site;
  colorimetry = gst_video_colorimetry_to_string (&output.colorimetry);
  if (gst_gbp_format_has_subsampled_chroma (output.finfo)
      && output.chroma_site != GST_VIDEO_CHROMA_SITE_UNKNOWN)
    site = gst_video_chroma_site_to_string (output.chroma_site);
  /* what is not said of a format that stays need not be said of it again */
  for (guint i = 1; i < G_N_ELEMENTS (format_fields); i++) {
    const char *field = format_fields[i];

    if (!keeps_format || gst_structure_has_field (from, field)
        || gst_structure_has_field (structure, field))
      set_or_fixate (structure, field, i == 1 ? colorimetry : site);
  }
}

GstCaps *
gst_gbp_caps_fixate (const GstCaps *caps, GstCaps *others, const GstGbpSeen *seen)
{
  GstVideoInfo input;
  GstStructure *structure;
  GstCaps *fixed;
  Choice choice = {0};

  if (gst_video_info_from_caps (&input, caps))
    choice = choose_format (others, input.finfo, seen);
  if (choice.format == NULL)
    return gst_caps_fixate (others);
  structure = gst_structure_copy (choice.structure);
  gst_structure_set (
      structure, "format", G_TYPE_STRING, GST_VIDEO_FORMAT_INFO_NAME (choice.format), NULL);
  describe_colours (structure, gst_caps_get_structure (caps, 0), &input,
      GST_VIDEO_FORMAT_INFO_FORMAT (choice.format), seen);
  fixed = gst_caps_new_full (structure, NULL);
  gst_caps_unref (others);
  return gst_caps_fixate (fixed);
}
