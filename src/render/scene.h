/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether an image shows another scene than the one before it. */
#pragma once

#include <gbp/network.h>

#define GBP_SCENE_BLOCK 8 /* pixels */
#define GBP_SCENE_SIZE  (GBP_INPUT_SIZE / GBP_SCENE_BLOCK)

/* The last image, coarsely. Zeroed: there was none.
 * @means: of blocks, the sum of the three components, 0 … 765 */
typedef struct {
  gboolean has_image;
  guint16 means[GBP_SCENE_SIZE][GBP_SCENE_SIZE];
} GbpScene;

/* Takes the next image, 8-bit RGB, [224][224][3], rows @stride bytes apart.
 * Returns: TRUE if it is another scene than the last one; FALSE at the first */
gboolean gbp_scene_watch (GbpScene *scene, const guint8 *rgb, gsize stride);
