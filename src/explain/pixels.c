/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/pixels.h"

#include <string.h>

/* What becomes of a value of the network's @channel: (value ÷ divisor − mean) ÷ deviation.
 * @is_bgr: the channels are blue, green and red */
typedef struct {
  gboolean is_bgr;
  float divisor;
  float mean[3];
  float deviation[3];
} Preprocessing;

static const Preprocessing preprocessings[] = {
    [GBP_PREPROCESS_CAFFE] = {TRUE, 1, {103.939f, 116.779f, 123.68f}, {1, 1, 1}},
    [GBP_PREPROCESS_TORCH] = {FALSE, 255, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
    [GBP_PREPROCESS_NONE] = {FALSE, 1, {0, 0, 0}, {1, 1, 1}},
    [GBP_PREPROCESS_UNIT] = {FALSE, 255, {0, 0, 0}, {1, 1, 1}},
    [GBP_PREPROCESS_TF] = {FALSE, 127.5f, {1, 1, 1}, {1, 1, 1}},
};

static float
preprocess_value (const GbpPixels *pixels, guint channel, float value)
{
  return (value / pixels->divisor - pixels->mean[channel]) / pixels->deviation[channel];
}

void
gbp_pixels_init (GbpPixels *pixels, GbpPreprocess preprocess, const GbpShape *image)
{
  const Preprocessing *entry = &preprocessings[preprocess];

  pixels->height = image->height;
  pixels->width = image->width;
  pixels->divisor = entry->divisor;
  for (guint channel = 0; channel < 3; channel++) {
    pixels->component[channel] = entry->is_bgr ? 2 - channel : channel;
    pixels->slope[channel] = 1 / (entry->divisor * entry->deviation[channel]);
    pixels->mean[channel] = entry->mean[channel];
    pixels->deviation[channel] = entry->deviation[channel];
    for (guint value = 0; value < 256; value++)
      pixels->input[channel][value] = preprocess_value (pixels, channel, (float) value);
  }
}

void
gbp_pixels_forward (const GbpPixels *pixels, const guint8 *rgb, gsize stride, float *input)
{
  gsize padded = gbp_pad_channels (3);

  for (guint y = 0; y < pixels->height; y++)
    for (guint x = 0; x < pixels->width; x++, input += padded) {
      const guint8 *pixel = rgb + y * stride + 3 * x;

      for (guint channel = 0; channel < padded; channel++)
        input[channel] =
            channel < 3 ? pixels->input[channel][pixel[pixels->component[channel]]] : 0;
    }
}

void
gbp_pixels_forward_floats (
    const GbpPixels *pixels, const float *values, const GbpPath *path, float *input)
{
  gsize padded = gbp_pad_channels (3), n_pixels = (gsize) pixels->height * pixels->width;

  for (gsize i = 0; i < n_pixels; i++, input += padded)
    for (guint channel = 0; channel < padded; channel++) {
      float value = channel < 3 ? values[3 * i + pixels->component[channel]] : 0;

      if (path->share != 1)
        value = (float) (path->baseline + path->share * (value - path->baseline));
      input[channel] = channel < 3 ? preprocess_value (pixels, channel, value) : 0;
    }
}

void
gbp_pixels_multiply (const GbpPixels *pixels, const float *values, float *map)
{
  gsize n_pixels = (gsize) pixels->height * pixels->width;

  for (gsize i = 0; i < n_pixels; i++)
    for (guint channel = 0; channel < 3; channel++) {
      gsize at = 3 * i + pixels->component[channel];

      map[at] *= preprocess_value (pixels, channel, values[at]) / pixels->slope[channel];
    }
}

void
gbp_pixels_backward (
    const GbpPixels *pixels, const float *gradient, const GbpRegion *region, float *output)
{
  gsize padded = gbp_pad_channels (3);

  memset (output, 0, 3 * (gsize) pixels->height * pixels->width * sizeof *output);
  for (gsize y = region->top; y < region->bottom; y++)
    for (gsize x = region->left; x < region->right; x++) {
      gsize pixel = y * pixels->width + x;

      for (guint channel = 0; channel < 3; channel++)
        output[3 * pixel + pixels->component[channel]] =
            gradient[padded * pixel + channel] * pixels->slope[channel];
    }
}
