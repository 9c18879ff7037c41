/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The memory for maps and what they are of, which all elements share: an element has as much of it as it computes or
 * still shows, and what one gives back another takes. */
#pragma once

#include <glib.h>

/* GstGbpBlock:
 * @GST_GBP_BLOCK_MAP: [224][224][3] floats
 * @GST_GBP_BLOCK_IMAGE: [224][224][3] bytes */
typedef enum {
  GST_GBP_BLOCK_MAP,
  GST_GBP_BLOCK_IMAGE,
} GstGbpBlock;

gsize gst_gbp_block_get_size (GstGbpBlock kind);

/* Whoever may take blocks is a user from the first to the second call.
 * @n_blocks: the most of each kind that it takes at once: so many are kept for whoever needs them next */
void gst_gbp_blocks_add_user (guint n_blocks);
void gst_gbp_blocks_remove_user (void);

/* Returns: a block, with whatever is in it; NULL if there is no memory for it */
gpointer gst_gbp_block_take (GstGbpBlock kind);
void gst_gbp_block_give_back (GstGbpBlock kind, gpointer block);
