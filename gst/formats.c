/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats.h"

#define ANY_LATER G_MAXUINT

/* What GStreamer lists, and does not convert.
 * @first, @last: the minor versions of GStreamer 1 that have the fault; ANY_LATER: it was in 1.26.2, and no release is
 *     known to be without it
 * @spares_even_widths: whether frames that are an even number of pixels wide are converted well */
static const struct {
  const char *format;
  guint first, last;
  gboolean spares_even_widths;
  const char *reason;
} faults[] = {
    {"NV12_10BE_8L128", 22, ANY_LATER, FALSE, "writes beyond the line of pixels"},
    {"NV12_10LE32", 22, ANY_LATER, TRUE, "reads a word beyond the last row of chroma"},
    {"NV16_10LE32", 22, ANY_LATER, TRUE, "reads a word beyond the last row of chroma"},
    {"UYVP", 22, ANY_LATER, TRUE, "has rows too short for their last pair of pixels"},
    {"MT2110R", 24, ANY_LATER, FALSE, "leaves out what is right of the last whole tile"},
    {"MT2110T", 24, ANY_LATER, FALSE, "leaves out what is right of the last whole tile"},
};

typedef enum {
  WIDTHS_ALL,
  WIDTHS_EVEN,
  WIDTHS_NONE,
} Widths;

/* In which widths the installed GStreamer converts a format. */
static Widths
find_widths (GstVideoFormat format)
{
  const char *name = gst_video_format_to_string (format);
  guint major, minor, micro, nano;

  gst_version (&major, &minor, &micro, &nano);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (g_str_equal (faults[i].format, name) && minor >= faults[i].first
        && minor <= faults[i].last) {
      GST_INFO ("%s of %s: GStreamer %u.%u %s",
          faults[i].spares_even_widths ? "no odd widths" : "no frames", name, major, minor,
          faults[i].reason);
      return faults[i].spares_even_widths ? WIDTHS_EVEN : WIDTHS_NONE;
    }
  return WIDTHS_ALL;
}

static GstCaps *
make_caps_of_widths (Widths widths)
{
  g_autoptr (GArray) formats = g_array_new (FALSE, FALSE, sizeof (GstVideoFormat));
  gint step = widths == WIDTHS_EVEN ? 2 : 1;
  guint n_formats;
  const GstVideoFormat *all = gst_video_formats_raw (&n_formats);
  GstCaps *caps;
  GValue range = G_VALUE_INIT;

  for (guint i = 0; i < n_formats; i++)
    if (find_widths (all[i]) == widths)
      g_array_append_val (formats, all[i]);
  caps = gst_video_make_raw_caps ((const GstVideoFormat *) formats->data, formats->len);
  g_value_init (&range, GST_TYPE_INT_RANGE);
  gst_value_set_int_range_step (&range, step, GST_GBP_LARGEST_SIZE, step);
  gst_caps_set_value (caps, "width", &range);
  gst_caps_set_simple (caps, "height", GST_TYPE_INT_RANGE, 1, GST_GBP_LARGEST_SIZE, NULL);
  g_value_unset (&range);
  return caps;
}

GstCaps *
gst_gbp_format_make_caps (void)
{
  return gst_caps_merge (make_caps_of_widths (WIDTHS_ALL), make_caps_of_widths (WIDTHS_EVEN));
}

static gboolean
is_native_order (const GstVideoFormatInfo *format)
{
  return GST_VIDEO_FORMAT_INFO_IS_LE (format) == (G_BYTE_ORDER == G_LITTLE_ENDIAN);
}

/* Whether two components are said to begin at one byte, as they are of packed formats whose places nobody filled in. */
static gboolean
has_components_on_one_place (const GstVideoFormatInfo *format)
{
  for (guint a = 0; a < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); a++)
    for (guint b = 0; b < a; b++)
      if (GST_VIDEO_FORMAT_INFO_PLANE (format, a) == GST_VIDEO_FORMAT_INFO_PLANE (format, b)
          && GST_VIDEO_FORMAT_INFO_POFFSET (format, a) == GST_VIDEO_FORMAT_INFO_POFFSET (format, b))
        return TRUE;
  return FALSE;
}

/* Goes by what the format's description gets right for every format: places of components within a pixel
 * and whether bits are shifted are wrong for a few packed ones of more than 8 bits, and their distances
 * or places give those away. */
gboolean
gst_gbp_format_has_plain_components (const GstVideoFormatInfo *format)
{
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (format) || GST_VIDEO_FORMAT_INFO_IS_TILED (format)
      || GST_VIDEO_FORMAT_INFO_HAS_PALETTE (format) || has_components_on_one_place (format))
    return FALSE;
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); i++) {
    guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (format, i);
    gint distance = GST_VIDEO_FORMAT_INFO_PSTRIDE (format, i);
    gboolean is_byte = depth == 8 && distance > 0;
    gboolean is_word = depth == 16 || (depth > 8 && distance == 2);

    if (GST_VIDEO_FORMAT_INFO_SHIFT (format, i) != 0
        || !(is_byte || (is_word && is_native_order (format))))
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_gbp_format_has_subsampled_chroma (const GstVideoFormatInfo *format)
{
  return GST_VIDEO_FORMAT_INFO_IS_YUV (format)
         && (GST_VIDEO_FORMAT_INFO_W_SUB (format, GST_VIDEO_COMP_U) > 0
             || GST_VIDEO_FORMAT_INFO_H_SUB (format, GST_VIDEO_COMP_U) > 0);
}

gboolean
gst_gbp_format_has_alpha (const GstVideoFormatInfo *format)
{
  return GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format) > GST_VIDEO_COMP_A;
}

GstVideoFormat
gst_gbp_format_to_scale (const GstVideoFormatInfo *format)
{
  switch (GST_VIDEO_FORMAT_INFO_FORMAT (format)) {
    case GST_VIDEO_FORMAT_I420:
    case GST_VIDEO_FORMAT_YV12:
    case GST_VIDEO_FORMAT_Y41B:
    case GST_VIDEO_FORMAT_Y42B:
    case GST_VIDEO_FORMAT_YUV9:
    case GST_VIDEO_FORMAT_YVU9:
      return GST_VIDEO_FORMAT_Y444;
    case GST_VIDEO_FORMAT_NV12:
    case GST_VIDEO_FORMAT_NV16:
      return GST_VIDEO_FORMAT_NV24;
    default:
      break;
  }
  /* From and to formats of more than 8 bits one step is wrong in GStreamer 1.22 where one side shrinks
   * and the other grows: it leaves memory out. */
  if (GST_VIDEO_FORMAT_INFO_DEPTH (format, 0) > 8 || gst_gbp_format_has_plain_components (format))
    return GST_VIDEO_FORMAT_INFO_FORMAT (format);
  return GST_VIDEO_FORMAT_UNKNOWN;
}

GstVideoFormat
gst_gbp_format_to_shrink (const GstVideoFormatInfo *format)
{
  gboolean has_pairs = GST_VIDEO_FORMAT_INFO_N_PLANES (format) == 1
                       && gst_gbp_format_has_subsampled_chroma (format)
                       && gst_gbp_format_has_plain_components (format);

  return has_pairs ? GST_VIDEO_FORMAT_Y42B : GST_VIDEO_FORMAT_INFO_FORMAT (format);
}

/* The order of what is wanted, the least important first; each is worth more than all before it. */
enum {
  OTHER_FORMAT = 1 << 0,
  FEWER_CHROMA_SAMPLES = 1 << 1, /* than 4:2:0 has */
  MORE_CHROMA_SAMPLES = 1 << 2,  /* every player and encoder takes 4:2:0, few take more */
  GAINS_ALPHA = 1 << 3,          /* that means nothing */
  LOSES_ALPHA = 1 << 4,
  OTHER_MODEL = 1 << 5, /* RGB for YUV, or the reverse */
  OTHER_DEPTH = 1 << 6, /* than 8 bit */
  ODD_LAYOUT = 1 << 7,  /* tiles, palettes and bits across bytes: slow, and rarely understood */
  LOSES_COLOUR = 1 << 8,
};

static guint
judge_chroma (const GstVideoFormatInfo *format)
{
  gint samples;

  if (!GST_VIDEO_FORMAT_INFO_IS_YUV (format))
    return 0;
  /* log₂ of luma samples for each chroma sample: 2 at 4:2:0 */
  samples = GST_VIDEO_FORMAT_INFO_W_SUB (format, GST_VIDEO_COMP_U)
            + GST_VIDEO_FORMAT_INFO_H_SUB (format, GST_VIDEO_COMP_U);
  if (GST_VIDEO_FORMAT_INFO_H_SUB (format, GST_VIDEO_COMP_U) == 1 && samples == 2)
    return 0;
  return samples < 2 ? MORE_CHROMA_SAMPLES : FEWER_CHROMA_SAMPLES;
}

/* Of more than 8 bits, or with as many samples of chroma as of luma: what encoders take and few players do. */
static gboolean
is_rarely_played (const GstVideoFormatInfo *format)
{
  gboolean has_full_chroma =
      GST_VIDEO_FORMAT_INFO_IS_YUV (format) && !gst_gbp_format_has_subsampled_chroma (format);

  return GST_VIDEO_FORMAT_INFO_DEPTH (format, 0) > 8
         || (has_full_chroma && !gst_gbp_format_has_alpha (format));
}

guint
gst_gbp_format_judge (const GstVideoFormatInfo *format, const GstVideoFormatInfo *input,
    gboolean shows_colour, gboolean stays)
{
  gboolean is_grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (format);
  guint penalty = OTHER_FORMAT | judge_chroma (format);

  if (is_grey && (shows_colour || !GST_VIDEO_FORMAT_INFO_IS_GRAY (input)))
    penalty |= LOSES_COLOUR;
  else if (format == input && (stays || !is_rarely_played (format)))
    return 0;
  if (!gst_gbp_format_has_plain_components (format))
    penalty |= ODD_LAYOUT;
  if (GST_VIDEO_FORMAT_INFO_DEPTH (format, 0) != 8)
    penalty |= OTHER_DEPTH;
  if (GST_VIDEO_FORMAT_INFO_IS_RGB (format) != GST_VIDEO_FORMAT_INFO_IS_RGB (input))
    penalty |= OTHER_MODEL;
  if (gst_gbp_format_has_alpha (format) != gst_gbp_format_has_alpha (input))
    penalty |= gst_gbp_format_has_alpha (format) ? GAINS_ALPHA : LOSES_ALPHA;
  return penalty;
}
