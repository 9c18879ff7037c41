/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/renderer.h>

#define MID_GREY 128u

void
gbp_opacity_spread (const guint8 *opacity, gsize stride, gsize width, gsize height, gsize x_step,
    gsize y_step, guint16 one, gpointer to, gsize to_stride, gsize to_step)
{
  g_return_if_fail (opacity != NULL && to != NULL && x_step > 0 && y_step > 0);
  for (gsize y = 0; y < height; y += y_step, opacity += y_step * stride) {
    guint8 *component = (guint8 *) to + y / y_step * to_stride;

    for (gsize x = 0; x < width; x += x_step, component += to_step)
      if (one <= 255)
        *component = (guint8) ((opacity[x] * (guint) one + 127) / 255);
      else
        *(guint16 *) component = (guint16) ((opacity[x] * (guint) one + 127) / 255);
  }
}

/* a / 255, to nearest, for a up to 255². */
static inline guint8
divide_by_255 (guint a)
{
  a += 128;
  return (guint8) ((a + (a >> 8)) >> 8);
}

void
gbp_compose_over_grey (guint8 *pixels, gsize stride, gsize width, gsize height)
{
  g_return_if_fail (pixels != NULL);
  for (gsize y = 0; y < height; y++, pixels += stride)
    for (guint8 *pixel = pixels; pixel < pixels + 4 * width; pixel += 4) {
      guint alpha = pixel[0];

      for (guint c = 0; c < 4; c++)
        pixel[c] = divide_by_255 (pixel[c] * alpha + MID_GREY * (255 - alpha));
      pixel[0] = 255;
    }
}
