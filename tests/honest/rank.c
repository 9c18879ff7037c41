/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  float value;
  guint index;
} Item;

/* By value, and of equals by place, so that every machine sorts alike. */
static int
compare_items (gconstpointer a, gconstpointer b)
{
  const Item *first = a, *second = b;

  if (first->value != second->value)
    return first->value < second->value ? -1 : 1;
  return (first->index > second->index) - (first->index < second->index);
}

static Item *
sort_items (const float *values, guint n, float sign)
{
  Item *items = g_new (Item, n);

  for (guint i = 0; i < n; i++)
    items[i] = (Item){sign * values[i], i};
  qsort (items, n, sizeof *items, compare_items);
  return items;
}

/* From 0, less their mean. */
static double *
find_ranks (const float *values, guint n)
{
  g_autofree Item *items = sort_items (values, n, 1);
  double *ranks = g_new (double, n);

  for (guint first = 0, end; first < n; first = end) {
    for (end = first + 1; end < n && items[end].value == items[first].value;)
      end++;
    for (guint i = first; i < end; i++)
      ranks[items[i].index] = (first + end - (double) n) / 2;
  }
  return ranks;
}

double
gbp_rank_correlation (const float *a, const float *b, guint n)
{
  g_autofree double *first = find_ranks (a, n), *second = find_ranks (b, n);
  double both = 0, squares[2] = {0, 0};

  for (guint i = 0; i < n; i++) {
    both += first[i] * second[i];
    squares[0] += first[i] * first[i];
    squares[1] += second[i] * second[i];
  }
  return squares[0] > 0 && squares[1] > 0 ? both / sqrt (squares[0] * squares[1]) : 0;
}

void
gbp_order_descending (const float *map, guint n, guint *order)
{
  g_autofree Item *items = sort_items (map, n, -1);

  for (guint i = 0; i < n; i++)
    order[i] = items[i].index;
}
