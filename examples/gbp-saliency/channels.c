/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channels.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#define HEADING "seconds,layer,channel,value,class\n"

static gboolean
set_error (Channels *channels, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s",
      channels->file.name, g_strerror (errno));
  return FALSE;
}

gboolean
channels_open (
    Channels *channels, const char *path, const Input *input, gboolean force, GError **error)
{
  int descriptor;

  if (!part_file_init (&channels->file, path, input, force, error))
    return FALSE;
  descriptor = part_file_create (&channels->file, error);
  if (descriptor < 0)
    return FALSE;
  channels->stream = fdopen (descriptor, "w");
  if (channels->stream == NULL || fputs (HEADING, channels->stream) < 0)
    return set_error (channels, error);
  return TRUE;
}

/* A field as RFC 4180 has it: in quotes where it needs them. */
static void
write_text (FILE *stream, const char *text)
{
  if (strpbrk (text, ",\"\n") == NULL) {
    fputs (text, stream);
    return;
  }
  fputc ('"', stream);
  for (; *text != '\0'; text++)
    fprintf (stream, *text == '"' ? "\"\"" : "%c", *text);
  fputc ('"', stream);
}

static void
write_row (FILE *stream, double seconds, const char *layer, gint channel, double value,
    const char *class_name)
{
  char time[G_ASCII_DTOSTR_BUF_SIZE], sum[G_ASCII_DTOSTR_BUF_SIZE];

  fprintf (stream, "%s,%s,%d,%s,", g_ascii_formatd (time, sizeof time, "%.3f", seconds), layer,
      channel, g_ascii_formatd (sum, sizeof sum, "%.6g", value));
  write_text (stream, class_name != NULL ? class_name : "");
  fputc ('\n', stream);
}

void
channels_take (Channels *channels, GstMessage *message, Progress *progress)
{
  const GstStructure *content = gst_message_get_structure (message);
  const char *layer, *class_name;
  gint channel;
  double value, seconds;
  guint64 time;

  if (!gst_message_has_name (message, "gbpsaliency-channel")
      || !gst_structure_get (content, "channel", G_TYPE_INT, &channel, "value", G_TYPE_DOUBLE,
          &value, "stream-time", G_TYPE_UINT64, &time, NULL))
    return;
  layer = gst_structure_get_string (content, "layer");
  class_name = gst_structure_get_string (content, "class");
  seconds = GST_CLOCK_TIME_IS_VALID (time) ? (double) time / GST_SECOND : 0;
  progress_say (progress, "%.3f s: the strongest channel of %s is %d%s%s", seconds, layer, channel,
      class_name != NULL ? ", " : "", class_name != NULL ? class_name : "");
  if (channels->stream != NULL)
    write_row (channels->stream, seconds, layer, channel, value, class_name);
}

gboolean
channels_commit (Channels *channels, GError **error)
{
  FILE *stream = g_steal_pointer (&channels->stream);
  gboolean has_failed;

  if (stream == NULL)
    return TRUE;
  has_failed = ferror (stream) != 0;
  if (fclose (stream) == 0 && !has_failed)
    return part_file_commit (&channels->file, error);
  return set_error (channels, error);
}

void
channels_clear (Channels *channels)
{
  if (channels->stream != NULL)
    fclose (channels->stream);
  channels->stream = NULL;
  part_file_clear (&channels->file);
}
