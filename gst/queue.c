/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue.h"

void
gst_gbp_queue_init (GstGbpQueue *queue, guint size)
{
  *queue = (GstGbpQueue){.numbers = g_new (int, size), .size = size};
}

void
gst_gbp_queue_clear (GstGbpQueue *queue)
{
  g_clear_pointer (&queue->numbers, g_free);
  queue->n = 0;
}

int
gst_gbp_queue_peek (const GstGbpQueue *queue)
{
  return queue->numbers[queue->first];
}

void
gst_gbp_queue_push (GstGbpQueue *queue, int number)
{
  queue->numbers[(queue->first + queue->n++) % queue->size] = number;
}

int
gst_gbp_queue_pop (GstGbpQueue *queue)
{
  int number = queue->numbers[queue->first];

  queue->first = (queue->first + 1) % queue->size;
  queue->n--;
  return number;
}

gboolean
gst_gbp_queue_remove (GstGbpQueue *queue, int number)
{
  guint n = queue->n;
  gboolean is_there = FALSE;

  for (guint i = 0; i < n; i++) {
    int next = gst_gbp_queue_pop (queue);

    if (next == number)
      is_there = TRUE;
    else
      gst_gbp_queue_push (queue, next);
  }
  return is_there;
}
