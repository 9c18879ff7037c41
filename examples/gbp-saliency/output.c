/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include "filesink.h"
#include "mark.h"
#include "names.h"

#include <errno.h>
#include <gio/gio.h>
#include <gst/video/video.h>
#include <unistd.h>

/* The format by what is asked for, else by the path. */
static const Encoding *
find_encoding (const char *path, const char *format, GError **error)
{
  g_autofree char *suffix = format != NULL ? g_strconcat (".", format, NULL) : NULL;
  g_autofree char *list = NULL;

  if (suffix != NULL || !name_is_stream (path))
    return encoding_find (suffix != NULL ? suffix : path, error);
  list = encoding_list ();
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "say with --format what to write to standard output: %s, without the point", list);
  return NULL;
}

static gboolean
open_standard_output (Output *output, GError **error)
{
  output->descriptor = dup (STDOUT_FILENO);
  output->is_streamed = lseek (STDOUT_FILENO, 0, SEEK_CUR) < 0;
  if (output->is_streamed && g_str_equal (output->encoding->suffixes[0], ".avi")) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "cannot write .avi to a pipe, for its beginning is written last; .mkv can be");
    return FALSE;
  }
  if (output->descriptor >= 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write standard output: %s",
      g_strerror (errno));
  return FALSE;
}

gboolean
output_init (Output *output, const char *path, const char *format, const Input *input,
    gboolean force, GError **error)
{
  output->path = path;
  output->encoding = find_encoding (path, format, error);
  if (output->encoding == NULL)
    return FALSE;
  if (name_is_stream (path))
    return open_standard_output (output, error);
  if (encoding_is_film (output->encoding) || output->is_exact || !name_is_pattern (path))
    return part_file_init (&output->file, path, input, force, error);
  output->numbered = numbered_new (path, input, force, error);
  return output->numbered != NULL;
}

gboolean
output_is_single_picture (const Output *output)
{
  return !encoding_is_film (output->encoding) && output->numbered == NULL;
}

static GstPadProbeReturn
check_size (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  const Output *output = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gint least = output->encoding->least_size;
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
  return GST_PAD_PROBE_REMOVE; /* what comes later is brought into this size */
}

void
output_watch_size (const Output *output, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, check_size, (gpointer) output, NULL);
}

static GstPadProbeReturn
mark_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GST_PAD_PROBE_INFO_DATA (info) = mark_picture (GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

/* It is given what to write to and not the name, under which it would follow links and overwrite. */
static GstElement *
make_file_sink (Output *output, GError **error)
{
  gboolean is_stream = output->file.path == NULL;
  GstElement *sink;

  if (!is_stream)
    output->descriptor = part_file_create (&output->file, error);
  if (output->descriptor < 0)
    return NULL;
  sink = file_sink_new (output->descriptor, is_stream ? "standard output" : output->path);
  if (!encoding_is_film (output->encoding)) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, mark_buffer, NULL, NULL);
  }
  return sink;
}

/* What is written need not be shown first. Waiting for it, a sink may miss that a live source has begun to play. */
GstElement *
output_make_sink (Output *output, GError **error)
{
  GstElement *sink = output->numbered != NULL ? numbered_make_sink (output->numbered, error)
                                              : make_file_sink (output, error);

  if (sink != NULL)
    g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
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
    return output->file.path == NULL || part_file_commit (&output->file, error);
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
