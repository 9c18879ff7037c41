/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "maps.h"

#include <gbp/gbp.h>

/* A map that nobody has taken holds the pointer to the next one. */
typedef union _Block Block;
union _Block {
  Block *next;
  float map[3 * GBP_INPUT_SIZE * GBP_INPUT_SIZE];
};

/* Under the lock.
 * @n_blocks: taken and idle ones
 * @n_most: the most that one of the users takes at once */
static struct {
  GMutex lock;
  Block *idle;
  guint n_blocks;
  guint n_users;
  guint n_most;
} store;

/* The one that each user shows, some that are on their way, and what a user alone needs: so many stay, so that nothing
 * is allocated for a frame. */
static guint
count_kept (void)
{
  return store.n_users > 0 ? store.n_users + store.n_users / 4 + store.n_most : 0;
}

/* Takes one out of the idle ones if there are more than are to be kept. */
static Block *
find_surplus (void)
{
  Block *block = store.idle;

  if (block == NULL || store.n_blocks <= count_kept ())
    return NULL;
  store.idle = block->next;
  store.n_blocks--;
  return block;
}

void
gst_gbp_maps_add_user (guint n_maps)
{
  g_mutex_lock (&store.lock);
  store.n_users++;
  store.n_most = MAX (store.n_most, n_maps);
  g_mutex_unlock (&store.lock);
}

void
gst_gbp_maps_remove_user (void)
{
  Block *surplus;

  g_mutex_lock (&store.lock);
  if (--store.n_users == 0)
    store.n_most = 0;
  while ((surplus = find_surplus ()) != NULL)
    g_free (surplus);
  g_mutex_unlock (&store.lock);
}

float *
gst_gbp_maps_take (void)
{
  Block *block;

  g_mutex_lock (&store.lock);
  block = store.idle;
  if (block != NULL)
    store.idle = block->next;
  else if ((block = g_try_new (Block, 1)) != NULL)
    store.n_blocks++;
  g_mutex_unlock (&store.lock);
  return block != NULL ? block->map : NULL;
}

void
gst_gbp_maps_give_back (float *map)
{
  Block *block = (Block *) map;

  g_mutex_lock (&store.lock);
  block->next = store.idle;
  store.idle = block;
  g_free (find_surplus ());
  g_mutex_unlock (&store.lock);
}
