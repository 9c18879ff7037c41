/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include "npy.h"

#include <float.h>

#define MAP_META "GstGbpSaliencyMapMeta"

struct _Raw {
  NpyFile *file;
};

Raw *
raw_new (PartFile *file, GError **error)
{
  Raw *raw;
  int descriptor = part_file_create (file, error);
  NpyFile *npy = descriptor >= 0 ? npy_file_new (descriptor, file->name, error) : NULL;

  if (npy == NULL)
    return NULL;
  raw = g_new0 (Raw, 1);
  raw->file = npy;
  return raw;
}

static gboolean
write_map (Raw *raw, const GstStructure *content, GError **error)
{
  g_autoptr (GstBuffer) map = NULL;
  gint shape[3];
  GstMapInfo bytes;
  gboolean done;

  if (!gst_structure_get (content, "map", GST_TYPE_BUFFER, &map, "height", G_TYPE_INT, &shape[0],
          "width", G_TYPE_INT, &shape[1], "channels", G_TYPE_INT, &shape[2], NULL)
      || !gst_buffer_map (map, &bytes, GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot read a frame's map");
    return FALSE;
  }
  done = npy_file_append (raw->file, (const float *) bytes.data, shape, error);
  gst_buffer_unmap (map, &bytes);
  return done;
}

/* Runs in the element's streaming thread. */
static GstPadProbeReturn
take_map (GstPad *pad, GstPadProbeInfo *info, gpointer raw)
{
  GstBuffer *frame = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (frame, MAP_META);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);

  if (meta == NULL)
    g_set_error (
        &error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "a frame came without its map");
  else if (write_map (raw, gst_custom_meta_get_structure (meta), &error))
    return GST_PAD_PROBE_OK;
  GST_ELEMENT_ERROR (element, RESOURCE, WRITE, ("%s", error->message), (NULL));
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_ERROR;
  gst_buffer_unref (frame);
  return GST_PAD_PROBE_HANDLED;
}

/* Every frame has a map of its own then. A share of the picture that is none leaves the video as it is, and the element
 * would compute nothing: the least share does so too. */
void
raw_watch (Raw *raw, GstElement *saliency)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (saliency, "src");
  double blend;

  g_object_get (saliency, "blend", &blend, NULL);
  g_object_set (saliency, "blend", MAX (blend, DBL_MIN), "attach-maps", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (saliency), "schedule", "every-frame");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, take_map, raw, NULL);
}

gboolean
raw_close (Raw *raw, GError **error)
{
  gboolean written = npy_file_close (raw->file, error);

  g_free (raw);
  return written;
}
