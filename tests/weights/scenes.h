/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Scenes with a known object, as weights/train/sheets.py writes them. */
#pragma once

#include <gbp/gbp.h>

G_BEGIN_DECLS

#define GBP_SCENE_SIZE 224 /* height and width of a scene, and of what the network takes */

/* GbpScene
 * @rgb: [224][224][3], rows @stride bytes apart; owned by its sheet
 * @mask: as large and with the same stride: the object is where the first component is above 127
 * @label: the object's class, a channel of "predictions" */
typedef struct {
  const guint8 *rgb;
  const guint8 *mask;
  gsize stride;
  int label;
} GbpScene;

/* GbpSheet: an image file, scenes and their masks side by side, and a text file of the same name with
 * the scenes' labels, one a line, in the order of reading. */
typedef struct _GbpSheet GbpSheet;

/* gbp_sheet_read:
 * @path: what GStreamer decodes: .png, .jpg; the labels are in the same place with .txt at the end
 *
 * Returns: (transfer full): free with gbp_sheet_free(); NULL with @error set */
GbpSheet *gbp_sheet_read (const char *path, GError **error);
void gbp_sheet_free (GbpSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpSheet, gbp_sheet_free)

guint gbp_sheet_get_n_scenes (const GbpSheet *sheet);

/* @i: 0 … number of scenes − 1 */
GbpScene gbp_sheet_get_scene (const GbpSheet *sheet, guint i);

G_END_DECLS
