/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gallery.h"

#include <string.h>

#include "metrics.h"

/* @tile: height and width of one, in pixels */
struct _GbpGallery {
  guint n_rows, n_columns, tile;
  guint8 *pixels;
};

GbpGallery *
gbp_gallery_new (guint n_rows, guint n_columns, guint size)
{
  GbpGallery *gallery = g_new (GbpGallery, 1);
  gsize n_pixels;

  *gallery = (GbpGallery){n_rows, n_columns, size / 2, NULL};
  n_pixels = (gsize) n_rows * n_columns * gallery->tile * gallery->tile;
  gallery->pixels = g_new (guint8, n_pixels);
  memset (gallery->pixels, G_MAXUINT8, n_pixels);
  return gallery;
}

void
gbp_gallery_free (GbpGallery *gallery)
{
  g_free (gallery->pixels);
  g_free (gallery);
}

static float
find_white (const float *map, guint n)
{
  g_autofree guint *order = g_new (guint, n);

  gbp_order_descending (map, n, order);
  return map[order[n / 100]];
}

void
gbp_gallery_hang (GbpGallery *gallery, guint row, guint column, const float *map)
{
  guint tile = gallery->tile, size = 2 * tile, pitch = gallery->n_columns * tile;
  float white = find_white (map, size * size);
  guint8 *corner = gallery->pixels + (gsize) row * tile * pitch + column * tile;

  for (guint y = 0; y < tile; y++)
    for (guint x = 0; x < tile; x++) {
      const float *upper = map + 2 * y * size + 2 * x, *lower = upper + size;
      float mean = (upper[0] + upper[1] + lower[0] + lower[1]) / 4;

      corner[y * pitch + x] = (guint8) ((white > 0 ? MIN (mean / white, 1.0f) : 0) * 255.0f + 0.5f);
    }
}

gboolean
gbp_gallery_write (const GbpGallery *gallery, const char *path, GError **error)
{
  guint width = gallery->n_columns * gallery->tile, height = gallery->n_rows * gallery->tile;
  g_autofree char *header = g_strdup_printf ("P5 %u %u 255\n", width, height);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (bytes, gallery->pixels, width * height);
  return g_file_set_contents (path, (const char *) bytes->data, (gssize) bytes->len, error);
}
