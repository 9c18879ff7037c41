/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "render/reduce.h"

/* The colour 0xRRGGBB of @index in @colormap; grey in those that have no table. Of strengths it is that of
 * @index / 255; in GBP_COLORMAP_DIVERGING that of (@index − 128) / 127. */
guint32 gbp_colormap_look_up (GbpColormap colormap, guint8 index);

/* What @colormap shows. */
GbpMapKind gbp_map_get_kind (GbpColormap colormap);
