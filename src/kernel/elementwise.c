/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ReLU, gate and pooling over whole rows of maps. */
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
      store (map + unit, get_maximum (x, (Vector){0}));
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

/* The maximum of four vectors of candidates and, as bits, which it was. */
INLINE Vector
choose_maximum (const Vector x[4], guint *is_right, guint *is_lower)
{
  Vector top = get_maximum (x[1], x[0]), bottom = get_maximum (x[3], x[2]);
  guint right_of_top = get_greater (x[1], x[0]), right_of_bottom = get_greater (x[3], x[2]);

  *is_lower = get_greater (bottom, top);
  *is_right = (*is_lower & right_of_bottom) | (~*is_lower & right_of_top);
  return get_maximum (bottom, top);
}

void
LEVEL (pool) (const GbpPoolRow *row, const float *upper, const float *lower, float *output)
{
  gsize stride = row->stride;

  for (gsize pixel = 0; pixel < row->n_pixels; pixel++) {
    gsize left = 2 * pixel * stride, right = left + stride;
    const float *const candidates[4] = {upper + left, upper + right, lower + left, lower + right};
    guint8 *choice = row->choice + pixel * stride / 4;
    guint same_as[4];

    gbp_labels_find_equals (row->upper_labels + 2 * pixel, row->lower_labels + 2 * pixel, same_as);
    for (gsize c = 0; c < stride; c += LANES) {
      const Vector x[4] = {load (candidates[0] + c), load (candidates[same_as[1]] + c),
          load (candidates[same_as[2]] + c), load (candidates[same_as[3]] + c)};
      guint is_right, is_lower;

      store (output + pixel * stride + c, choose_maximum (x, &is_right, &is_lower));
      store_bits (choice, c, is_right);
      store_bits (choice + stride / 8, c, is_lower);
    }
  }
}

void
LEVEL (unpool) (const GbpPoolRow *row, const float *gradient, float *upper, float *lower)
{
  gsize stride = row->stride;

  for (gsize pixel = 0; pixel < row->n_pixels; pixel++)
    for (gsize c = 0; c < stride; c += LANES) {
      gsize left = 2 * pixel * stride + c, right = left + stride;
      const guint8 *choice = row->choice + pixel * stride / 4;
      guint is_right = load_bits (choice, c), is_lower = load_bits (choice + stride / 8, c);
      Vector x = load (gradient + pixel * stride + c);

      store (upper + left, keep (x, ~is_right & ~is_lower));
      store (upper + right, keep (x, is_right & ~is_lower));
      store (lower + left, keep (x, ~is_right & is_lower));
      store (lower + right, keep (x, is_right & is_lower));
    }
}
