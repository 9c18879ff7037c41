/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps to be looked at, in rows and columns, as grey tiles of half their size. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GbpGallery GbpGallery;

/* @size: height and width of the maps, even. Where nothing is hung it is white. */
GbpGallery *gbp_gallery_new (guint n_rows, guint n_columns, guint size);
void gbp_gallery_free (GbpGallery *gallery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpGallery, gbp_gallery_free)

/* gbp_gallery_hang:
 * @map: [size][size], not negative: white is its 99th percentile */
void gbp_gallery_hang (GbpGallery *gallery, guint row, guint column, const float *map);

/* As a PGM file. */
gboolean gbp_gallery_write (const GbpGallery *gallery, const char *path, GError **error);

G_END_DECLS
