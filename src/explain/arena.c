/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/arena.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/kernels.h"
#include "kernel/memory.h"

static int
compare_by_first (gconstpointer a, gconstpointer b)
{
  const GbpBuffer *const *one = a, *const *other = b;

  if ((*one)->first != (*other)->first)
    return (*one)->first < (*other)->first ? -1 : 1;
  return *one < *other ? -1 : *one > *other;
}

static gsize
align (gsize n_bytes)
{
  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* Lets go of those whose life ended before @moment. Returns: how many are left */
static guint
expire (GbpBuffer **live, guint n_live, guint moment)
{
  guint n_left = 0;

  for (guint i = 0; i < n_live; i++)
    if (live[i]->last >= moment)
      live[n_left++] = live[i];
  return n_left;
}

/* @live: [n_live]: by place
 * Returns: behind how many of them @n_bytes fit best */
static guint
find_gap (GbpBuffer **live, guint n_live, gsize n_bytes)
{
  gsize end = 0, best = G_MAXSIZE;
  guint found = n_live;

  for (guint i = 0; i < n_live; i++) {
    gsize gap = live[i]->at - end;

    if (gap >= n_bytes && gap < best) {
      best = gap;
      found = i;
    }
    end = live[i]->at + align (live[i]->n_bytes);
  }
  return found;
}

/* @live: (inout): gets @buffer among those by place */
static void
place_buffer (GbpBuffer *buffer, GbpBuffer **live, guint n_live)
{
  guint gap = find_gap (live, n_live, align (buffer->n_bytes));

  buffer->at = gap > 0 ? live[gap - 1]->at + align (live[gap - 1]->n_bytes) : 0;
  memmove (live + gap + 1, live + gap, (n_live - gap) * sizeof *live);
  live[gap] = buffer;
}

gboolean
gbp_arena_place (GbpBuffer *buffers, guint n_buffers, gsize *n_bytes)
{
  GbpBuffer **order = gbp_memory_new (n_buffers + 1, sizeof *order);
  GbpBuffer **live = gbp_memory_new (n_buffers + 1, sizeof *live);
  gboolean has_memory = order != NULL && live != NULL;
  guint n_live = 0;

  *n_bytes = 0;
  for (guint i = 0; has_memory && i < n_buffers; i++)
    order[i] = &buffers[i];
  if (has_memory)
    qsort (order, n_buffers, sizeof *order, compare_by_first);
  for (guint i = 0; has_memory && i < n_buffers; i++) {
    n_live = expire (live, n_live, order[i]->first);
    place_buffer (order[i], live, n_live++);
    *n_bytes = MAX (*n_bytes, order[i]->at + align (order[i]->n_bytes));
  }
  gbp_memory_free (order);
  gbp_memory_free (live);
  return has_memory;
}
