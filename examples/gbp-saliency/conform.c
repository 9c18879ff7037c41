/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conform.h"

#include "note.h"
#include "parts.h"

#include <gst/video/video.h>

/* Few frames wait, so that little is left to do after Ctrl-C. */
#define UPRIGHT                                                                                    \
  "queue max-size-buffers=2 max-size-bytes=0 max-size-time=0"                                      \
  " ! videoconvert ! videoflip video-direction=auto"
#define ONE_FORM                                                                                   \
  " ! videoconvert name=changing ! videoscale add-borders=true ! capsfilter name=first"
#define FORM "capsfilter name=form ! identity name=frames"

#define MID_GREY 128

/* Caps as those of the first frame.
 * @caps: of a later one
 * Returns: (transfer full) */
static GstCaps *
with_rate_of (const GstCaps *caps, const GstCaps *first)
{
  GstCaps *changed = gst_caps_copy (caps);
  const GstStructure *structure = gst_caps_get_structure (first, 0);
  const GValue *rate = gst_structure_get_value (structure, "framerate");

  if (rate != NULL)
    gst_caps_set_value (changed, "framerate", rate);
  return changed;
}

/* The first caps with the colours that they mean where they do not say it, so that those stay too. */
static GstCaps *
make_first (const GstCaps *caps)
{
  GstVideoInfo info;
  GstCaps *first = gst_caps_copy (caps);
  g_autofree char *colours = NULL;

  if (!gst_video_info_from_caps (&info, caps))
    return first;
  colours = gst_video_colorimetry_to_string (&info.colorimetry);
  if (colours != NULL)
    gst_caps_set_simple (first, "colorimetry", G_TYPE_STRING, colours, NULL);
  return first;
}

/* Whether a frame has passed @pad. Until then caps may still change: a film's orientation is known after its size. */
static gboolean
has_begun (GstPad *pad)
{
  return g_object_get_data (G_OBJECT (pad), "begun") != NULL;
}

static GstPadProbeReturn
note_begin (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_object_set_data (G_OBJECT (pad), "begun", pad);
  return GST_PAD_PROBE_REMOVE;
}

/* Has all frames come out as the first one. */
static GstPadProbeReturn
keep_first_form (GstPad *pad, GstPadProbeInfo *info, gpointer filter)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) first = NULL;
  g_autoptr (GstCaps) changed = NULL;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  g_object_get (filter, "caps", &first, NULL);
  if (!has_begun (pad)) {
    changed = make_first (caps);
    g_object_set (filter, "caps", changed, NULL);
  } else {
    changed = with_rate_of (caps, first);
  }
  gst_event_unref (event);
  GST_PAD_PROBE_INFO_DATA (info) = gst_event_new_caps (changed);
  return GST_PAD_PROBE_OK;
}

GstElement *
conform_make (gboolean is_one, GError **error)
{
  GstElement *bin = make_bin (is_one ? UPRIGHT ONE_FORM : UPRIGHT, error);
  g_autoptr (GstElement) changing = NULL, first = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (bin == NULL || !is_one)
    return bin;
  changing = gst_bin_get_by_name (GST_BIN (bin), "changing");
  first = gst_bin_get_by_name (GST_BIN (bin), "first");
  pad = gst_element_get_static_pad (changing, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, keep_first_form, first, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_begin, NULL, NULL);
  return bin;
}

static gboolean
get_info (GstPad *pad, GstVideoInfo *info)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  return caps != NULL && gst_video_info_from_caps (info, caps);
}

static void
compose_row (guint8 *pixel, gint n_pixels)
{
  for (; n_pixels > 0; n_pixels--, pixel += 4) {
    guint alpha = pixel[3];

    for (guint c = 0; c < 3; c++)
      pixel[c] = (guint8) ((pixel[c] * alpha + MID_GREY * (255 - alpha) + 127) / 255);
    pixel[3] = 255;
  }
}

static GstPadProbeReturn
compose (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstVideoFrame frame;
  GstVideoInfo video;

  if (!get_info (pad, &video) || GST_VIDEO_INFO_FORMAT (&video) != GST_VIDEO_FORMAT_RGBA)
    return GST_PAD_PROBE_OK;
  buffer = gst_buffer_make_writable (buffer);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (!gst_video_frame_map (&frame, &video, buffer, GST_MAP_READWRITE))
    return GST_PAD_PROBE_OK;
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++)
    compose_row ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
                     + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        GST_VIDEO_FRAME_WIDTH (&frame));
  gst_video_frame_unmap (&frame);
  return GST_PAD_PROBE_OK;
}

/* Form: in which frames are to come
 * @filter: what asks for it
 * @usual, @keeps_alpha, @shows_frames: as conform_make_form() takes them */
typedef struct {
  GstElement *filter;
  const char *usual;
  gboolean keeps_alpha;
  gboolean shows_frames;
} Form;

static gboolean
is_hdr (const GstVideoInfo *video)
{
  GstVideoTransferFunction transfer = video->colorimetry.transfer;

  return transfer == GST_VIDEO_TRANSFER_SMPTE2084 || transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67;
}

/* The one that suits @video. What follows converts from it. */
static GstCaps *
choose_form (const Form *form, const GstVideoInfo *video)
{
  if (GST_VIDEO_INFO_HAS_ALPHA (video) && !form->keeps_alpha)
    return gst_caps_from_string ("video/x-raw,format=RGBA");
  if (is_hdr (video) && !form->shows_frames)
    return gst_caps_from_string ("video/x-raw,format=RGB");
  return gst_caps_from_string (form->usual);
}

static GstPadProbeReturn
ask_for_form (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  const Form *form = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) wanted = NULL;
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (!gst_video_info_from_caps (&video, caps))
    return GST_PAD_PROBE_OK;
  wanted = choose_form (form, &video);
  g_object_set (form->filter, "caps", wanted, NULL);
  if (is_hdr (&video) && form->shows_frames)
    note_post (
        form->filter, "the video is HDR: what is written keeps its tones and says so, in 8 bits");
  return GST_PAD_PROBE_OK;
}

GstElement *
conform_make_form (GstElement *before, const char *usual, gboolean keeps_alpha,
    gboolean shows_frames, GError **error)
{
  GstElement *bin = make_bin (FORM, error);
  Form *form;
  g_autoptr (GstElement) frames = NULL;
  g_autoptr (GstPad) entrance = NULL, exit = NULL;

  if (bin == NULL)
    return NULL;
  form = g_new (Form, 1);
  *form = (Form){gst_bin_get_by_name (GST_BIN (bin), "form"), usual, keeps_alpha, shows_frames};
  gst_object_unref (form->filter); /* the bin holds it, and outlives the probe */
  frames = gst_bin_get_by_name (GST_BIN (bin), "frames");
  entrance = gst_element_get_static_pad (before, "sink");
  exit = gst_element_get_static_pad (frames, "src");
  gst_pad_add_probe (entrance, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, ask_for_form, form, g_free);
  if (!keeps_alpha)
    gst_pad_add_probe (exit, GST_PAD_PROBE_TYPE_BUFFER, compose, NULL, NULL);
  return bin;
}
