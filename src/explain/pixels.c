/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/pixels.h"

#include <string.h>

void
gbp_pixels_init (GbpPixels *pixels, GbpPreprocess preprocess)
{
  static const float bgr_mean[3] = {103.939f, 116.779f, 123.68f};
  static const float rgb_mean[3] = {0.485f, 0.456f, 0.406f};
  static const float rgb_deviation[3] = {0.229f, 0.224f, 0.225f};
  gboolean is_torch = preprocess == GBP_PREPROCESS_TORCH;

  for (guint channel = 0; channel < 3; channel++) {
    pixels->component[channel] = is_torch ? channel : 2 - channel;
    pixels->slope[channel] = is_torch ? 1 / (255 * rgb_deviation[channel]) : 1;
    for (guint value = 0; value < 256; value++)
      pixels->input[channel][value] =
          is_torch ? ((float) value / 255 - rgb_mean[channel]) / rgb_deviation[channel]
                   : (float) value - bgr_mean[channel];
  }
}

void
gbp_pixels_forward (const GbpPixels *pixels, const guint8 *rgb, gsize stride, float *input)
{
  gsize padded = gbp_pad_channels (3);

  for (guint y = 0; y < GBP_INPUT_SIZE; y++)
    for (guint x = 0; x < GBP_INPUT_SIZE; x++, input += padded) {
      const guint8 *pixel = rgb + y * stride + 3 * x;

      for (guint channel = 0; channel < padded; channel++)
        input[channel] =
            channel < 3 ? pixels->input[channel][pixel[pixels->component[channel]]] : 0;
    }
}

void
gbp_pixels_backward (
    const GbpPixels *pixels, const float *gradient, const GbpRegion *region, float *output)
{
  gsize padded = gbp_pad_channels (3);

  memset (output, 0, 3 * GBP_INPUT_SIZE * GBP_INPUT_SIZE * sizeof *output);
  for (gsize y = region->top; y < region->bottom; y++)
    for (gsize x = region->left; x < region->right; x++) {
      gsize pixel = y * GBP_INPUT_SIZE + x;

      for (guint channel = 0; channel < 3; channel++)
        output[3 * pixel + pixels->component[channel]] =
            gradient[padded * pixel + channel] * pixels->slope[channel];
    }
}
