/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The networks of this process, so that whoever loads the same file gets the same one. */
#pragma once

#include <gbp/network.h>

/* Which file it is, as it was at one time. All zero: none. */
typedef struct {
  guint64 device;
  guint64 inode;
  guint64 size;
  gint64 seconds; /* of its last change */
  gint64 nanoseconds;
} GbpFileIdentity;

gboolean gbp_file_identity_is_equal (const GbpFileIdentity *a, const GbpFileIdentity *b);

/* What makes two loads the same.
 * @file: the weights; none: the built-in network
 * @classes: the names of its classes, where they are in a file of their own
 * @height, @width: of the input, where they are asked for */
typedef struct {
  GbpFileIdentity file;
  GbpFileIdentity classes;
  GbpPreprocess preprocess;
  GbpScoring scoring;
  guint height, width;
} GbpNetworkKey;

gboolean gbp_network_key_is_equal (const GbpNetworkKey *a, const GbpNetworkKey *b);

/* gbp_shared_network:
 * @make: loads the network; called by one thread at a time for a key, by any number for different ones
 *
 * Who wants a key that another thread is loading waits for that load alone. Should it fail, the first who
 * waited tries anew: what failed may have been its memory, or a file that was being written. A child of fork()
 * finds the networks of its parent, and loads itself what a thread of the parent was loading.
 *
 * Returns: (transfer full): the network of @key that is alive, else what @make returns */
GbpNetwork *gbp_shared_network (const GbpNetworkKey *key,
    GbpNetwork *(*make) (gpointer data, GError **error), gpointer data, GError **error);
