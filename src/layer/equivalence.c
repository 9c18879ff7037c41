/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/equivalence.h"

/* Odd numbers with bits all over. */
#define K1 G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)
#define K2 G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9)
#define K3 G_GUINT64_CONSTANT (0x94D049BB133111EB)
#define K4 G_GUINT64_CONSTANT (0xD6E8FEB86659FD93)

/* Of what lies beyond the edge. */
#define OUTSIDE G_GUINT64_CONSTANT (0x2545F4914F6CDD1D)

static inline guint64
mix (guint64 x)
{
  x ^= x >> 32;
  x *= K4;
  return x ^ x >> 29;
}

void
gbp_equivalence_init (
    guint64 *equivalence, const guint8 *rgb, gsize stride, guint height, guint width)
{
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      const guint8 *pixel = rgb + y * stride + 3 * x;

      *equivalence++ = mix (((guint64) pixel[0] << 16 | pixel[1] << 8 | pixel[2]) * K1);
    }
}

typedef struct {
  const guint64 *input;
  guint64 *output;
  guint height;
  guint width;
} Job;

/* Each pixel with its left and right neighbours. */
static void
combine_columns (gpointer data, guint row, guint worker)
{
  const Job *job = data;
  guint width = job->width;
  const guint64 *in = job->input + (gsize) row * width;
  guint64 *out = job->output + (gsize) row * width;

  for (guint x = 1; x + 1 < width; x++)
    out[x] = mix (in[x - 1] * K1 + in[x] * K2 + in[x + 1] * K3);
  out[0] = mix (OUTSIDE * K1 + in[0] * K2 + (width > 1 ? in[1] : OUTSIDE) * K3);
  if (width > 1)
    out[width - 1] = mix (in[width - 2] * K1 + in[width - 1] * K2 + OUTSIDE * K3);
}

/* Each of those with the ones above and below. */
static void
combine_rows (gpointer data, guint row, guint worker)
{
  const Job *job = data;
  guint width = job->width;
  const guint64 *in = job->input + (gsize) row * width;
  guint64 *out = job->output + (gsize) row * width;

  for (guint x = 0; x < width; x++) {
    guint64 above = row > 0 ? in[(gssize) x - width] : OUTSIDE;
    guint64 below = row + 1 < job->height ? in[x + width] : OUTSIDE;

    out[x] = mix (above * K1 + in[x] * K2 + below * K3);
  }
}

void
gbp_equivalence_convolve (
    guint64 *equivalence, guint64 *scratch, guint height, guint width, GbpTeam *team)
{
  Job columns = {equivalence, scratch, height, width};
  Job rows = {scratch, equivalence, height, width};

  gbp_team_run (team, combine_columns, &columns, height);
  gbp_team_run (team, combine_rows, &rows, height);
}

void
gbp_equivalence_pool (guint64 *pooled, const guint64 *equivalence, guint height, guint width)
{
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      const guint64 *upper = equivalence + (gsize) 4 * y * width + 2 * x,
                    *lower = upper + 2 * width;

      pooled[(gsize) y * width + x] =
          mix (upper[0] * K1 + upper[1] * K2 + lower[0] * K3 + lower[1] * K4);
    }
}
