/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

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
 * @info: of the images
 * @n_most: the most of a kind that one of the users takes at once */
struct _GstGbpBlocks {
  GstGbpBlocks *next;
  GstVideoInfo info;
  guint n_users;
  guint n_most;
  Kind kinds[2];
};

/* @all: those that have users */
static struct {
  GMutex lock;
  GstGbpBlocks *all;
} store;

const GstVideoInfo *
gst_gbp_blocks_get_info (const GstGbpBlocks *blocks)
{
  return &blocks->info;
}

gsize
gst_gbp_block_get_size (const GstGbpBlocks *blocks, GstGbpBlock kind)
{
  return blocks->kinds[kind].size;
}

/* What the users have all the time, some that are on their way, and what a user alone needs: so many stay, so that
 * nothing is allocated for a frame. */
static guint
count_kept (const GstGbpBlocks *blocks, const Kind *kind)
{
  return blocks->n_users > 0 ? blocks->n_users * kind->n_each + blocks->n_users / 8 + blocks->n_most
                             : 0;
}

/* Takes one out of the idle ones if there are more than are to be kept. */
static Idle *
find_surplus (const GstGbpBlocks *blocks, Kind *kind)
{
  Idle *block = kind->idle;

  if (block == NULL || kind->n_blocks <= count_kept (blocks, kind))
    return NULL;
  kind->idle = block->next;
  kind->n_blocks--;
  return block;
}

static GstGbpBlocks *
find_blocks (guint height, guint width)
{
  GstGbpBlocks *blocks = store.all;

  while (blocks != NULL
         && !((guint) GST_VIDEO_INFO_HEIGHT (&blocks->info) == height
              && (guint) GST_VIDEO_INFO_WIDTH (&blocks->info) == width))
    blocks = blocks->next;
  return blocks;
}

static GstGbpBlocks *
add_blocks (guint height, guint width)
{
  GstGbpBlocks *blocks = g_new0 (GstGbpBlocks, 1);

  if (!gst_video_info_set_format (&blocks->info, GST_VIDEO_FORMAT_RGB, width, height))
    g_assert_not_reached (); /* networks of larger ones are refused */
  blocks->kinds[GST_GBP_BLOCK_MAP] =
      (Kind){.size = 3 * (gsize) height * width * sizeof (float), .n_each = 1};
  blocks->kinds[GST_GBP_BLOCK_IMAGE] =
      (Kind){.size = GST_VIDEO_INFO_SIZE (&blocks->info), .n_each = 2};
  blocks->next = store.all;
  store.all = blocks;
  return blocks;
}

GstGbpBlocks *
gst_gbp_blocks_join (guint height, guint width, guint n_blocks)
{
  GstGbpBlocks *blocks;

  g_mutex_lock (&store.lock);
  blocks = find_blocks (height, width);
  if (blocks == NULL)
    blocks = add_blocks (height, width);
  blocks->n_users++;
  blocks->n_most = MAX (blocks->n_most, n_blocks);
  g_mutex_unlock (&store.lock);
  return blocks;
}

static void
remove_blocks (GstGbpBlocks *blocks)
{
  GstGbpBlocks **link = &store.all;

  while (*link != blocks)
    link = &(*link)->next;
  *link = blocks->next;
  g_free (blocks);
}

void
gst_gbp_blocks_leave (GstGbpBlocks *blocks)
{
  Idle *surplus;

  g_mutex_lock (&store.lock);
  blocks->n_users--;
  for (guint i = 0; i < G_N_ELEMENTS (blocks->kinds); i++)
    while ((surplus = find_surplus (blocks, &blocks->kinds[i])) != NULL)
      g_free (surplus);
  if (blocks->n_users == 0)
    remove_blocks (blocks);
  g_mutex_unlock (&store.lock);
}

gpointer
gst_gbp_block_take (GstGbpBlocks *blocks, GstGbpBlock kind_number)
{
  Kind *kind = &blocks->kinds[kind_number];
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
gst_gbp_block_give_back (GstGbpBlocks *blocks, GstGbpBlock kind_number, gpointer memory)
{
  Kind *kind = &blocks->kinds[kind_number];
  Idle *block = memory;

  g_mutex_lock (&store.lock);
  block->next = kind->idle;
  kind->idle = block;
  g_free (find_surplus (blocks, kind));
  g_mutex_unlock (&store.lock);
}
