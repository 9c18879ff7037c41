/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether an image shows another scene than the one before it. */
#pragma once

#include <glib.h>

#define GBP_SCENE_BLOCK 8 /* pixels */

/* The last image, coarsely.
 * @rows, @columns: of whole blocks
 * @has_image: else there was none
 * @means: (not owned): [@rows][@columns]: of blocks, the sum of the three components, 0 … 765 */
typedef struct {
  guint rows;
  guint columns;
  gboolean has_image;
  guint16 *means;
} GbpScene;

/* Takes the next image, 8-bit RGB, of at least as many pixels as the blocks have, rows @stride bytes apart.
 * Returns: TRUE if it is another scene than the last one; FALSE at the first */
gboolean gbp_scene_watch (GbpScene *scene, const guint8 *rgb, gsize stride);
