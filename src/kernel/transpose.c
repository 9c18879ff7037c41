/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A block of a matrix transposed in registers (Eklundh 1972): in every round, rows a power of two apart
 * exchange the halves of their groups that lie off the diagonal. */
#include "kernel/level.h"

/* For rows @s apart: lanes of the first row, with those of the second where the lane has bit @s; and the
 * other way round. */
#define UPPER(s, lane) ((lane) & (s) ? LANES + (lane) - (s) : (lane))
#define LOWER(s, lane) ((lane) & (s) ? LANES + (lane) : (lane) + (s))

#define EIGHT(pick, s, lane)                                                                       \
  pick (s, lane), pick (s, lane + 1), pick (s, lane + 2), pick (s, lane + 3), pick (s, lane + 4),  \
      pick (s, lane + 5), pick (s, lane + 6), pick (s, lane + 7)
#if LANES == 16
#define ALL(pick, s) EIGHT (pick, s, 0), EIGHT (pick, s, 8)
#else
#define ALL(pick, s) EIGHT (pick, s, 0)
#endif

/* @s has to be a literal. */
#define EXCHANGE(rows, s)                                                                          \
  for (guint i = 0; i < LANES; i++)                                                                \
    if ((i & s) == 0) {                                                                            \
      Vector upper = rows[i], lower = rows[i + s];                                                 \
                                                                                                   \
      rows[i] = __builtin_shufflevector (upper, lower, ALL (UPPER, s));                            \
      rows[i + s] = __builtin_shufflevector (upper, lower, ALL (LOWER, s));                        \
    }

INLINE void
transpose_square (const float *from, gsize from_stride, float *to, gsize to_stride)
{
  Vector rows[LANES];

#pragma GCC unroll 16
  for (guint i = 0; i < LANES; i++)
    rows[i] = load (from + i * from_stride);
#pragma GCC unroll 16
  EXCHANGE (rows, 1)
#pragma GCC unroll 16
  EXCHANGE (rows, 2)
#pragma GCC unroll 16
  EXCHANGE (rows, 4)
#if LANES == 16
#pragma GCC unroll 16
  EXCHANGE (rows, 8)
#endif
#pragma GCC unroll 16
  for (guint i = 0; i < LANES; i++)
    store (to + i * to_stride, rows[i]);
}

void
LEVEL (transpose) (const float *from, gsize n_rows, gsize n_columns, float *to)
{
  for (gsize row = 0; row < n_rows; row += LANES)
    for (gsize column = 0; column < n_columns; column += LANES)
      transpose_square (
          from + row * n_columns + column, n_columns, to + column * n_rows + row, n_rows);
}
