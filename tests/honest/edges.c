/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "metrics.h"

typedef struct {
  const guint8 *rgb;
  gsize stride;
  int height, width;
} Image;

static double
get_luminance (const Image *image, int y, int x)
{
  const guint8 *pixel = image->rgb + (gsize) CLAMP (y, 0, image->height - 1) * image->stride
                        + 3 * (gsize) CLAMP (x, 0, image->width - 1);

  return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

void
gbp_sobel_edges (const guint8 *rgb, gsize stride, guint height, guint width, float *edges)
{
  static const int weights[] = {1, 2, 1};
  const Image image = {rgb, stride, (int) height, (int) width};

  for (int y = 0; y < image.height; y++)
    for (int x = 0; x < image.width; x++) {
      double across = 0, down = 0;

      for (int i = -1; i <= 1; i++) {
        int weight = weights[i + 1];

        across +=
            weight * (get_luminance (&image, y + i, x + 1) - get_luminance (&image, y + i, x - 1));
        down +=
            weight * (get_luminance (&image, y + 1, x + i) - get_luminance (&image, y - 1, x + i));
      }
      edges[y * image.width + x] = (float) sqrt (across * across + down * down);
    }
}
