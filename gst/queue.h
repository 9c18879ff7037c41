/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers, first in, first out: a ring with room for so many, which whoever has it keeps from running over. */
#pragma once

#include <glib.h>

typedef struct {
  int *numbers;
  guint size;
  guint first;
  guint n;
} GstGbpQueue;

void gst_gbp_queue_init (GstGbpQueue *queue, guint size);
void gst_gbp_queue_clear (GstGbpQueue *queue);
void gst_gbp_queue_push (GstGbpQueue *queue, int number);

/* Of one that is not empty. */
int gst_gbp_queue_peek (const GstGbpQueue *queue);
int gst_gbp_queue_pop (GstGbpQueue *queue);

/* Returns: whether it was there; the others keep their order */
gboolean gst_gbp_queue_remove (GstGbpQueue *queue, int number);
