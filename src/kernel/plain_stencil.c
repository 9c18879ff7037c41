/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stencils in plain C. */
#include "kernel/plain.h"

/* Of channel @c of pixel @i. */
static float
get_source (const GbpStencil *stencil, const GbpTap *tap, gsize i, gsize c)
{
  return stencil->source[tap->offset + i * stencil->source_step + c];
}

void
gbp_plain_weigh (const GbpStencil *stencil, const float *weights, const GbpEnding *ending)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c++) {
      double sum = 0;

      for (gsize t = 0; t < stencil->n_taps; t++) {
        const GbpTap *tap = &stencil->taps[t];

        sum += (double) get_source (stencil, tap, i, c)
               * weights[tap->number * stencil->n_channels + c];
      }
      stencil->target[i * stencil->target_step + c] =
          gbp_plain_end (ending, sum, i * stencil->target_step + c, c);
    }
}

void
gbp_plain_sum_up (const GbpStencil *stencil, float factor)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c++) {
      double sum = 0;

      for (gsize t = 0; t < stencil->n_taps; t++)
        sum += get_source (stencil, &stencil->taps[t], i, c);
      stencil->target[i * stencil->target_step + c] = (float) (sum * factor);
    }
}

void
gbp_plain_find_maximum (const GbpStencil *stencil, guint16 *argmax)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c++) {
      float best = 0;
      guint16 chosen = GBP_ARGMAX_NONE;

      for (gsize t = 0; t < stencil->n_taps; t++) {
        float x = get_source (stencil, &stencil->taps[t], i, c);

        if (t == 0 || x > best || x != x) {
          best = x;
          chosen = (guint16) stencil->taps[t].number;
        }
      }
      stencil->target[i * stencil->target_step + c] = best;
      argmax[i * stencil->target_step + c] = chosen;
    }
}

void
gbp_plain_give_to_maximum (const GbpStencil *stencil, const guint16 *argmax)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c++) {
      double sum = 0;

      for (gsize t = 0; t < stencil->n_taps; t++) {
        const GbpTap *tap = &stencil->taps[t];
        gsize unit = tap->offset + i * stencil->source_step + c;

        if (argmax[unit] == tap->number)
          sum += stencil->source[unit];
      }
      stencil->target[i * stencil->target_step + c] = (float) sum;
    }
}
