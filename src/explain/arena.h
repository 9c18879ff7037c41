/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where buffers lie in one block of memory: those that live at the same time lie apart. */
#pragma once

#include <glib.h>

/* @n_bytes: that it takes; of all together fewer than 2⁶³
 * @first, @last: the moments between which it is in use, these included
 * @at: (out): of its first byte, a multiple of GBP_ALIGNMENT */
typedef struct {
  gsize n_bytes;
  guint first;
  guint last;
  gsize at;
} GbpBuffer;

/* gbp_arena_place:
 * @buffers: [n_buffers]: in any order, which stays
 * @n_bytes: (out): of the whole
 *
 * Each goes into the smallest gap that it fits into when its life begins.
 *
 * Returns: FALSE if there is no memory */
gboolean gbp_arena_place (GbpBuffer *buffers, guint n_buffers, gsize *n_bytes);
