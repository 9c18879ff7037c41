/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/picture.h>

/* The colour 0xRRGGBB of magnitude @index / 255 in @colormap; grey in those that have no table. */
guint32 gbp_colormap_look_up (GbpColormap colormap, guint8 index);
