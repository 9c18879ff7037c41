/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which rows of a map are wanted, or there. A row is one run of memory, so that a part of a map is one, too. */
#pragma once

#include "layer/operation.h"

/* Rows @first … @end − 1; none where they are equal. */
typedef struct {
  guint first;
  guint end;
} GbpRows;

static inline GbpRows
gbp_rows_of (const GbpShape *shape)
{
  return (GbpRows){0, shape->height};
}

static inline guint
gbp_rows_count (GbpRows rows)
{
  return rows.end - rows.first;
}

static inline gboolean
gbp_rows_contain (GbpRows rows, gsize row)
{
  return row >= rows.first && row < rows.end;
}

/* The rows of both, and those between. */
static inline GbpRows
gbp_rows_unite (GbpRows one, GbpRows other)
{
  if (gbp_rows_count (one) == 0 || gbp_rows_count (other) == 0)
    return gbp_rows_count (one) == 0 ? other : one;
  return (GbpRows){MIN (one.first, other.first), MAX (one.end, other.end)};
}

/* @before: rows that a map of @height has before its first, which are counted in @rows */
static inline GbpRows
gbp_rows_shift (GbpRows rows, guint before, guint height)
{
  guint first = MAX (rows.first, before) - before;
  guint end = MIN (MAX (rows.end, before) - before, height);

  return first < end ? (GbpRows){first, end} : (GbpRows){0, 0};
}
