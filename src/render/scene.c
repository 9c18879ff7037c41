/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/scene.h"

/* The mean difference of the blocks, of 765, from which on the scene is another one. A camera that pans moves
 * edges by less than a block a frame and stays below a third of it; cuts between photographs reach twice as much. */
#define CUT 75

static guint16
find_mean (const guint8 *block, gsize stride)
{
  guint sum = 0;

  for (guint y = 0; y < GBP_SCENE_BLOCK; y++)
    for (guint i = 0; i < 3 * GBP_SCENE_BLOCK; i++)
      sum += block[y * stride + i];
  return (guint16) (sum / (GBP_SCENE_BLOCK * GBP_SCENE_BLOCK));
}

gboolean
gbp_scene_watch (GbpScene *scene, const guint8 *rgb, gsize stride)
{
  gboolean had_image = scene->has_image;
  guint difference = 0;

  for (guint y = 0; y < scene->rows; y++)
    for (guint x = 0; x < scene->columns; x++) {
      guint16 *mean = &scene->means[y * scene->columns + x];
      guint16 now = find_mean (rgb + GBP_SCENE_BLOCK * (y * stride + 3 * x), stride);

      difference += (guint) ABS ((gint) now - (gint) *mean);
      *mean = now;
    }
  scene->has_image = TRUE;
  return had_image && difference > CUT * scene->rows * scene->columns;
}
