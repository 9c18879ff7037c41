/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include "parts.h"

#include <errno.h>
#include <gio/gio.h>
#include <gst/video/video.h>
#include <string.h>
#include <unistd.h>

/* H.264 with 4:2:0 colour plays everywhere, but has even sizes only. */
#define H264                                                                                       \
  "videocrop name=crop ! video/x-raw,format=I420"                                                  \
  " ! x264enc pass=qual quantizer=20 speed-preset=veryfast ! video/x-h264,profile=high"            \
  " ! h264parse"
#define VP8                                                                                        \
  "vp8enc deadline=1 cpu-used=4 end-usage=cq cq-level=10 max-quantizer=40 target-bitrate=20000000" \
  " keyframe-max-dist=128"
#define SOUND "audioconvert ! audioresample ! "
#define AAC   SOUND "avenc_aac bitrate=160000 ! aacparse"
#define OPUS  SOUND "opusenc bitrate=128000"

static const OutputFormat formats[] = {
    {{".png"}, "pngenc", NULL, NULL, 1},
    {{".jpg", ".jpeg"}, "jpegenc quality=92", NULL, NULL, 1},
    {{".mp4"}, H264, AAC, "mp4mux", 16},
    {{".webm"}, VP8, OPUS, "webmmux", 16},
    {{".mkv"}, H264, AAC, "matroskamux", 2},
};

static const OutputFormat *
find_format (const char *path, GError **error)
{
  g_autofree char *name = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint j = 0; formats[i].suffixes[j] != NULL; j++)
      if (g_str_has_suffix (name, formats[i].suffixes[j]))
        return &formats[i];
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "cannot tell what to write from the name %s; it has to end with .png, .jpg, .jpeg, .mp4, "
      ".webm or .mkv",
      path);
  return NULL;
}

gboolean
output_init (Output *output, const char *path, const char *input, GError **error)
{
  output->path = path;
  output->format = find_format (path, error);
  if (output->format == NULL)
    return FALSE;
  if (output->format->muxer != NULL || !numbered_is_pattern (path))
    return part_file_init (&output->file, path, input, error);
  output->numbered = numbered_new (path, input, error);
  return output->numbered != NULL;
}

gboolean
output_is_single_picture (const Output *output)
{
  return output->format->muxer == NULL && output->numbered == NULL;
}

static GstPadProbeReturn
check_size (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  const Output *output = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gint least = output->format->least_size;
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (gst_video_info_from_caps (&video, caps)
      && MIN (GST_VIDEO_INFO_WIDTH (&video), GST_VIDEO_INFO_HEIGHT (&video)) < least) {
    g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("cannot write %s: its format takes pictures from %d x %d pixels on, not %d x %d; .png "
         "takes any",
            output->path, least, least, GST_VIDEO_INFO_WIDTH (&video),
            GST_VIDEO_INFO_HEIGHT (&video)),
        (NULL));
  }
  return GST_PAD_PROBE_OK;
}

void
output_watch_size (const Output *output, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, check_size, (gpointer) output, NULL);
}

/* Leaves out the last column of an odd width and the last row of an odd height. */
static GstPadProbeReturn
crop_to_even (GstPad *pad, GstPadProbeInfo *info, gpointer crop)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (gst_video_info_from_caps (&video, caps))
    g_object_set (crop, "right", GST_VIDEO_INFO_WIDTH (&video) % 2, "bottom",
        GST_VIDEO_INFO_HEIGHT (&video) % 2, NULL);
  return GST_PAD_PROBE_OK;
}

GstElement *
output_make_encoder (const Output *output, GError **error)
{
  GstElement *encoder = make_bin (output->format->video, error);
  g_autoptr (GstElement) crop = encoder ? gst_bin_get_by_name (GST_BIN (encoder), "crop") : NULL;

  if (crop != NULL) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (crop, "sink");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, crop_to_even, crop, NULL);
  }
  return encoder;
}

/* It is given what to write to and not the name, under which it would follow links and overwrite. */
static GstElement *
make_file_sink (Output *output, GError **error)
{
  GstElement *sink = make_element ("fdsink", error);

  if (sink == NULL)
    return NULL;
  output->descriptor = part_file_create (&output->file, error);
  if (output->descriptor < 0) {
    gst_object_unref (gst_object_ref_sink (sink));
    return NULL;
  }
  g_object_set (sink, "fd", output->descriptor, NULL);
  return sink;
}

GstElement *
output_make_sink (Output *output, GError **error)
{
  GstElement *sink = output->numbered != NULL ? numbered_make_sink (output->numbered, error)
                                              : make_file_sink (output, error);

  if (sink != NULL)
    g_object_set (
        sink, "async", FALSE, NULL); /* it does not wait for its first buffer, see raw.c */
  return sink;
}

gboolean
output_commit (Output *output, GError **error)
{
  int descriptor = output->descriptor;

  if (output->numbered != NULL)
    return numbered_commit (output->numbered, error);
  output->descriptor = -1;
  if (close (descriptor) == 0)
    return part_file_commit (&output->file, error);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s",
      output->path, g_strerror (errno));
  return FALSE;
}

void
output_discard (Output *output)
{
  if (output->numbered != NULL)
    numbered_discard (output->numbered);
  part_file_discard (&output->file);
}

void
output_clear (Output *output)
{
  if (output->descriptor >= 0)
    close (output->descriptor);
  output->descriptor = -1;
  g_clear_pointer (&output->numbered, numbered_free);
  part_file_clear (&output->file);
}
