/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parts.h"

#include <gio/gio.h>
#include <gst/pbutils/pbutils.h>

static void
set_missing (GError **error, const char *element)
{
  g_autofree char *description = gst_pb_utils_get_element_description (element);

  if (g_str_equal (element, "gbpsaliency"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "GStreamer does not find the element gbpsaliency; install the plugin, or set "
        "GST_PLUGIN_PATH to the folder of libgstgbpsaliency.so");
  else
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the %s is missing; " PARTS_PACKAGES, description);
}

GstElement *
make_element (const char *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    set_missing (error, factory);
  return element;
}

GstElement *
make_bin (const char *description, GError **error)
{
  g_autoptr (GstParseContext) context = gst_parse_context_new ();
  g_autoptr (GError) parse_error = NULL;
  GstElement *bin = gst_parse_bin_from_description_full (
      description, TRUE, context, GST_PARSE_FLAG_FATAL_ERRORS, &parse_error);
  g_auto (GStrv) missing = gst_parse_context_get_missing_elements (context);

  if (g_error_matches (parse_error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT))
    set_missing (error, missing[0]);
  else if (bin == NULL)
    g_propagate_error (error, g_steal_pointer (&parse_error));
  return bin;
}

gboolean
parts_are_there (const char *description)
{
  g_autoptr (GstElement) bin = make_bin (description, NULL);

  if (bin != NULL)
    gst_object_ref_sink (bin);
  return bin != NULL;
}
