/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over 2×2 pixels, of one unit. Which of the four was the first maximum in raster order is kept as
 * two bits, its argmax: [pixel][2][stride / 8] bytes for a pooled map, the first half for the right column, the
 * second for the lower row. */
#pragma once

#include <glib.h>

static inline gboolean
gbp_get_bit (const guint8 *bits, gsize i)
{
  return bits[i / 8] >> (i % 8) & 1;
}

static inline void
gbp_set_bit (guint8 *bits, gsize i, gboolean value)
{
  bits[i / 8] = (guint8) ((bits[i / 8] & ~(1u << i % 8)) | (guint) value << i % 8);
}

/* Which of a window's four pixels stands for which: itself, unless an earlier one is in its equivalence class. Those
 * count as equal in every channel, whatever rounding made of them.
 * @equivalence: the class of the window's upper left pixel; the row below is @width on */
static inline void
gbp_equivalence_find_equals (const guint64 *equivalence, gsize width, guint same_as[4])
{
  const guint64 window[4] = {
      equivalence[0], equivalence[1], equivalence[width], equivalence[width + 1]};

  for (guint i = 0; i < 4; i++) {
    same_as[i] = 0;
    while (window[same_as[i]] != window[i])
      same_as[i]++;
  }
}

/* The first maximum of four; NaN counts as larger than all. */
static inline guint
gbp_choose_maximum (const float x[4], const guint same_as[4])
{
  guint best = 0;

  for (guint k = 1; k < 4; k++)
    if (same_as[k] == k && (x[k] > x[best] || x[k] != x[k]))
      best = k;
  return best;
}

/* Of the unit @unit of a pooled map. */
static inline guint
gbp_argmax_get (const guint8 *argmax, gsize stride, gsize unit)
{
  const guint8 *bits = argmax + unit / stride * stride / 4;

  return gbp_get_bit (bits, unit % stride) | gbp_get_bit (bits + stride / 8, unit % stride) << 1;
}

static inline void
gbp_argmax_set (guint8 *argmax, gsize stride, gsize unit, guint chosen)
{
  guint8 *bits = argmax + unit / stride * stride / 4;

  gbp_set_bit (bits, unit % stride, chosen & 1);
  gbp_set_bit (bits + stride / 8, unit % stride, chosen >> 1);
}
