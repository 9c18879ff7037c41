/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From values to colours and opacities. */
#pragma once

#include "render/reduce.h"

/* gbp_paint_row:
 * @values: of one row of pixels, of the kind that @colormap shows
 * @rgb: (out): [n_pixels][3]
 *
 * Where @scale has no range every pixel gets the colour of zero. */
void gbp_paint_row (
    GbpColormap colormap, const GbpScale *scale, const float *values, gsize n_pixels, guint8 *rgb);

/* gbp_paint_look_row:
 * @look: how the picture will meet the video
 * @blend: the picture's share, 0 … 1
 * @rgb: (inout): the row as gbp_paint_row() left it; becomes what @look puts over the video
 * @opacity: (out): [n_pixels]: with which opacity */
void gbp_paint_look_row (GbpLook look, double blend, GbpMapKind kind, const GbpScale *scale,
    const float *values, gsize n_pixels, guint8 *rgb, guint8 *opacity);
