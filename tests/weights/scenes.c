/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scenes.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#define CELL_WIDTH (2 * GBP_SCENE_SIZE) /* a scene and its mask */

struct _GbpSheet {
  GstSample *sample;
  GstVideoFrame frame;
  guint n_scenes;
  int *labels;
};

static GstSample *
pull_sample (const char *path, GError **error)
{
  g_autoptr (GstElement) pipeline =
      gst_parse_launch ("filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=RGB"
                        " ! appsink name=sink sync=false",
          error);
  g_autoptr (GstElement) file = NULL, sink = NULL;
  GstSample *sample;

  if (pipeline == NULL)
    return NULL;
  file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (file, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  sample = gst_app_sink_pull_sample (GST_APP_SINK (sink));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (sample == NULL)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot decode %s", path);
  return sample;
}

static gboolean
read_labels (GbpSheet *sheet, const char *path, GError **error)
{
  const char *dot = strrchr (path, '.');
  g_autofree char *stem = g_strndup (path, dot != NULL ? (gsize) (dot - path) : strlen (path));
  g_autofree char *name = g_strconcat (stem, ".txt", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (name, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  sheet->n_scenes = g_strv_length (lines);
  sheet->labels = g_new (int, sheet->n_scenes);
  for (guint i = 0; i < sheet->n_scenes; i++)
    sheet->labels[i] = (int) g_ascii_strtoll (lines[i], NULL, 10);
  return TRUE;
}

static gboolean
map_frame (GbpSheet *sheet, const char *path, GError **error)
{
  GstVideoInfo info;
  guint n_cells;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sheet->sample))
      || !gst_video_frame_map (
          &sheet->frame, &info, gst_sample_get_buffer (sheet->sample), GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot map %s", path);
    return FALSE;
  }
  n_cells = (guint) (info.width / CELL_WIDTH) * (guint) (info.height / GBP_SCENE_SIZE);
  if (sheet->n_scenes <= n_cells)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      "%s: expected at most %u labels for %u cells, found %u", path, n_cells, n_cells,
      sheet->n_scenes);
  return FALSE;
}

GbpSheet *
gbp_sheet_read (const char *path, GError **error)
{
  g_autoptr (GbpSheet) sheet = g_new0 (GbpSheet, 1);

  sheet->sample = pull_sample (path, error);
  if (sheet->sample == NULL || !read_labels (sheet, path, error) || !map_frame (sheet, path, error))
    return NULL;
  return g_steal_pointer (&sheet);
}

void
gbp_sheet_free (GbpSheet *sheet)
{
  if (sheet->frame.buffer != NULL)
    gst_video_frame_unmap (&sheet->frame);
  if (sheet->sample != NULL)
    gst_sample_unref (sheet->sample);
  g_free (sheet->labels);
  g_free (sheet);
}

guint
gbp_sheet_get_n_scenes (const GbpSheet *sheet)
{
  return sheet->n_scenes;
}

GbpScene
gbp_sheet_get_scene (const GbpSheet *sheet, guint i)
{
  const guint8 *pixels = GST_VIDEO_FRAME_PLANE_DATA (&sheet->frame, 0);
  gsize stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&sheet->frame, 0);
  guint n_columns = (guint) GST_VIDEO_FRAME_WIDTH (&sheet->frame) / CELL_WIDTH;
  const guint8 *corner =
      pixels + i / n_columns * GBP_SCENE_SIZE * stride + i % n_columns * CELL_WIDTH * 3;

  return (GbpScene){corner, corner + 3 * GBP_SCENE_SIZE, stride, sheet->labels[i]};
}
