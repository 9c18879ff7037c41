/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

#include <gbp/gbp.h>

#define N_VALUES (3 * GBP_INPUT_SIZE * GBP_INPUT_SIZE)

/* How a block begins that nobody has taken. */
typedef struct _Idle Idle;
struct _Idle {
  Idle *next;
};

/* @size: of a block
 * @n_each: that a user has all the time: the map that it shows, the image of that and the one that waits
 * @n_blocks: taken and idle ones */
typedef struct {
  gsize size;
  guint n_each;
  guint n_blocks;
  Idle *idle;
} Kind;

/* Under the lock.
 * @n_most: the most of a kind that one of the users takes at once */
static struct {
  GMutex lock;
  guint n_users;
  guint n_most;
  Kind kinds[2];
} store = {
    .kinds = {[GST_GBP_BLOCK_MAP] = {.size = N_VALUES * sizeof (float), .n_each = 1},
        [GST_GBP_BLOCK_IMAGE] = {.size = N_VALUES, .n_each = 2}},
};

gsize
gst_gbp_block_get_size (GstGbpBlock kind)
{
  return store.kinds[kind].size;
}

/* What the users have all the time, some that are on their way, and what a user alone needs: so many stay, so that
 * nothing is allocated for a frame. */
static guint
count_kept (const Kind *kind)
{
  return store.n_users > 0 ? store.n_users * kind->n_each + store.n_users / 8 + store.n_most : 0;
}

/* Takes one out of the idle ones if there are more than are to be kept. */
static Idle *
find_surplus (Kind *kind)
{
  Idle *block = kind->idle;

  if (block == NULL || kind->n_blocks <= count_kept (kind))
    return NULL;
  kind->idle = block->next;
  kind->n_blocks--;
  return block;
}

void
gst_gbp_blocks_add_user (guint n_blocks)
{
  g_mutex_lock (&store.lock);
  store.n_users++;
  store.n_most = MAX (store.n_most, n_blocks);
  g_mutex_unlock (&store.lock);
}

void
gst_gbp_blocks_remove_user (void)
{
  Idle *surplus;

  g_mutex_lock (&store.lock);
  if (--store.n_users == 0)
    store.n_most = 0;
  for (guint i = 0; i < G_N_ELEMENTS (store.kinds); i++)
    while ((surplus = find_surplus (&store.kinds[i])) != NULL)
      g_free (surplus);
  g_mutex_unlock (&store.lock);
}

gpointer
gst_gbp_block_take (GstGbpBlock kind_number)
{
  Kind *kind = &store.kinds[kind_number];
  Idle *block;

  g_mutex_lock (&store.lock);
  block = kind->idle;
  if (block != NULL)
    kind->idle = block->next;
  else if ((block = g_try_malloc (kind->size)) != NULL)
    kind->n_blocks++;
  g_mutex_unlock (&store.lock);
  return block;
}

void
gst_gbp_block_give_back (GstGbpBlock kind_number, gpointer memory)
{
  Kind *kind = &store.kinds[kind_number];
  Idle *block = memory;

  g_mutex_lock (&store.lock);
  block->next = kind->idle;
  kind->idle = block;
  g_free (find_surplus (kind));
  g_mutex_unlock (&store.lock);
}
