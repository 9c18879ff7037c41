/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The memory for maps and what they are of, which all elements with networks of one input size share: an element has as
 * much of it as it computes or still shows, and what one gives back another takes. */
#pragma once

#include <gst/video/video.h>

/* GstGbpBlock:
 * @GST_GBP_BLOCK_MAP: [height][width][3] floats
 * @GST_GBP_BLOCK_IMAGE: 8-bit RGB as GStreamer lays it out */
typedef enum {
  GST_GBP_BLOCK_MAP,
  GST_GBP_BLOCK_IMAGE,
} GstGbpBlock;

/* Those of one size. */
typedef struct _GstGbpBlocks GstGbpBlocks;

/* gst_gbp_blocks_join:
 * @height, @width: of the network's input
 * @n_blocks: the most of each kind that the user takes at once: so many are kept for whoever needs them next
 *
 * Whoever may take blocks is a user from here to gst_gbp_blocks_leave(). */
GstGbpBlocks *gst_gbp_blocks_join (guint height, guint width, guint n_blocks);
void gst_gbp_blocks_leave (GstGbpBlocks *blocks);

/* The image that a block is for. */
const GstVideoInfo *gst_gbp_blocks_get_info (const GstGbpBlocks *blocks);
gsize gst_gbp_block_get_size (const GstGbpBlocks *blocks, GstGbpBlock kind);

/* Returns: a block, with whatever is in it; NULL if there is no memory for it */
gpointer gst_gbp_block_take (GstGbpBlocks *blocks, GstGbpBlock kind);
void gst_gbp_block_give_back (GstGbpBlocks *blocks, GstGbpBlock kind, gpointer block);
