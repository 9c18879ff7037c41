/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "curve.h"

#include <math.h>
#include <string.h>

#define DEVIATION 10
#define RADIUS    (3 * DEVIATION)

void
gbp_exchange_curve (const guint8 *from, const guint8 *to, guint n_pixels, const guint *order,
    GbpScore score, gpointer data, guint n_points, double *curve)
{
  g_autofree guint8 *rgb = g_memdup2 (from, 3 * (gsize) n_pixels);
  guint n_exchanged = 0;

  curve[0] = score (data, rgb);
  for (guint point = 1; point < n_points; point++) {
    for (; n_exchanged < n_pixels * point / (n_points - 1); n_exchanged++)
      memcpy (rgb + 3 * order[n_exchanged], to + 3 * order[n_exchanged], 3);
    curve[point] = score (data, rgb);
  }
}

/* One line of @n pixels, which are @step bytes apart. */
static void
blur_line (const float *taps, const guint8 *from, gsize step, guint n, guint8 *to, gsize to_step)
{
  for (int i = 0; i < (int) n; i++)
    for (guint c = 0; c < 3; c++) {
      float sum = 0;

      for (int t = -RADIUS; t <= RADIUS; t++)
        sum += taps[ABS (t)] * from[(gsize) CLAMP (i + t, 0, (int) n - 1) * step + c];
      to[(gsize) i * to_step + c] = (guint8) (sum + 0.5f);
    }
}

void
gbp_blur (const guint8 *rgb, gsize stride, guint height, guint width, guint8 *blurred)
{
  g_autofree guint8 *rows = g_new (guint8, 3 * (gsize) width * height);
  float taps[RADIUS + 1], sum = 0;

  for (int i = -RADIUS; i <= RADIUS; i++)
    sum += taps[ABS (i)] = expf ((float) (-i * i) / (2 * DEVIATION * DEVIATION));
  for (guint i = 0; i <= RADIUS; i++)
    taps[i] /= sum;
  for (guint y = 0; y < height; y++)
    blur_line (taps, rgb + y * stride, 3, width, rows + 3 * (gsize) y * width, 3);
  for (guint x = 0; x < width; x++)
    blur_line (taps, rows + 3 * x, 3 * (gsize) width, height, blurred + 3 * x, 3 * (gsize) width);
}
