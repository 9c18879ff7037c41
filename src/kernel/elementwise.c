/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ReLU and gate over whole rows of maps. */
#include "kernel/level.h"

void
LEVEL (bias_relu) (float *map, const float *bias, guint8 *active, gsize n_pixels, gsize stride)
{
  for (gsize pixel = 0; pixel < n_pixels; pixel++)
    for (gsize c = 0; c < stride; c += LANES) {
      gsize unit = pixel * stride + c;
      Vector x = load (map + unit) + load (bias + c);

      if (active != NULL)
        store_bits (active, unit, get_greater (x, (Vector){0}));
      store (map + unit, rectify (x));
    }
}

void
LEVEL (gate) (float *gradient, const GbpGate *gate, gsize n_pixels, gsize stride)
{
  if (!gate->only_positive && gate->active == NULL)
    return;
  for (gsize unit = 0; unit < n_pixels * stride; unit += LANES)
    store (gradient + unit, pass_gate (gate, load (gradient + unit), unit));
}
