/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "note.h"

#include <stdarg.h>

/* The names of files need not be UTF-8; what a message holds has to be. */
void
note_post (GstElement *pipeline, const char *format, ...)
{
  g_autofree char *text = NULL, *valid = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  valid = g_utf8_make_valid (text, -1);
  gst_element_post_message (
      pipeline, gst_message_new_application (GST_OBJECT (pipeline),
                    gst_structure_new ("note", "text", G_TYPE_STRING, valid, NULL)));
}

const char *
note_get_text (GstMessage *message)
{
  return gst_message_has_name (message, "note")
             ? gst_structure_get_string (gst_message_get_structure (message), "text")
             : NULL;
}
