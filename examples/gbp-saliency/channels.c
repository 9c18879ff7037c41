/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channels.h"

#define HEADING "seconds,layer,channel,value,class\n"

gboolean
channels_open (
    Channels *channels, const char *path, const Input *input, gboolean force, GError **error)
{
  return table_open (&channels->table, path, HEADING, input, force, error);
}

static void
write_row (Table *table, double seconds, const char *layer, gint channel, double value,
    const char *class_name)
{
  char time[G_ASCII_DTOSTR_BUF_SIZE], sum[G_ASCII_DTOSTR_BUF_SIZE];

  fprintf (table->stream, "%s,%s,%d,%s,", g_ascii_formatd (time, sizeof time, "%.3f", seconds),
      layer, channel, g_ascii_formatd (sum, sizeof sum, "%.6g", value));
  table_write_text (table, class_name != NULL ? class_name : "");
  fputc ('\n', table->stream);
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
  if (channels->table.stream != NULL)
    write_row (&channels->table, seconds, layer, channel, value, class_name);
}
