/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parts.h"

#include <gio/gio.h>

/* Where Debian keeps an element; what is not listed is in plugins-base. */
static const struct {
  const char *element;
  const char *package;
} packages[] = {
    {"avenc_aac", "gstreamer1.0-libav"},
    {"aacparse", "gstreamer1.0-plugins-good"},
    {"h264parse", "gstreamer1.0-plugins-bad"},
    {"jpegenc", "gstreamer1.0-plugins-good"},
    {"matroskamux", "gstreamer1.0-plugins-good"},
    {"mp4mux", "gstreamer1.0-plugins-good"},
    {"pngenc", "gstreamer1.0-plugins-good"},
    {"videocrop", "gstreamer1.0-plugins-good"},
    {"videoflip", "gstreamer1.0-plugins-good"},
    {"vp8enc", "gstreamer1.0-plugins-good"},
    {"webmmux", "gstreamer1.0-plugins-good"},
    {"x264enc", "gstreamer1.0-plugins-ugly"},
};

static void
set_missing (GError **error, const char *element)
{
  const char *package = "gstreamer1.0-plugins-base";

  if (g_str_equal (element, "gbpsaliency")) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "GStreamer does not find the element gbpsaliency; install the plugin, or set "
        "GST_PLUGIN_PATH to the folder of libgstgbpsaliency.so");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (packages); i++)
    if (g_str_equal (element, packages[i].element))
      package = packages[i].package;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "GStreamer's element %s is missing; Debian has it in the package %s", element, package);
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

  if (missing != NULL && missing[0] != NULL)
    set_missing (error, missing[0]);
  else if (bin == NULL)
    g_propagate_error (error, g_steal_pointer (&parse_error));
  return bin;
}

static gboolean
look_for_task (GstElement *element, GstPad *pad, gpointer found)
{
  gboolean runs = gst_pad_get_task_state (pad) == GST_TASK_STARTED;

  *(gboolean *) found |= runs;
  return !runs;
}

static void
look_into_element (const GValue *element, gpointer found)
{
  gst_element_foreach_pad (g_value_get_object (element), look_for_task, found);
}

gboolean
bin_is_at_work (GstBin *bin)
{
  GstIterator *elements = gst_bin_iterate_recurse (bin);
  gboolean found = FALSE;
  GstIteratorResult result = gst_iterator_foreach (elements, look_into_element, &found);

  gst_iterator_free (elements);
  return found || result != GST_ITERATOR_DONE; /* it changes just now */
}
