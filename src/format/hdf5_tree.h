/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two kinds of B-trees, walked from the first leaf to the last. */
#pragma once

#include "format/hdf5_file.h"

/* Kinds of trees of version 1, by the numbers that files have. */
typedef enum {
  GBP_HDF5_TREE_GROUP = 0,
  GBP_HDF5_TREE_CHUNKS = 1,
} GbpHdf5TreeKind;

/* gbp_hdf5_tree_walk:
 * @key_size: of the key before each child, in bytes
 * @visit: called with each leaf's child and its key
 *
 * Walks a tree of version 1.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ), by @visit too */
gboolean gbp_hdf5_tree_walk (GbpHdf5File *file, guint64 address, GbpHdf5TreeKind kind,
    gsize key_size,
    gboolean (*visit) (gpointer data, GbpHdf5Cursor key, guint64 child, GError **error),
    gpointer data, GError **error);

/* gbp_hdf5_tree2_walk:
 * @kind: the number that the file must have for it
 * @visit: called with each record
 *
 * Walks a tree of version 2.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ), by @visit too */
gboolean gbp_hdf5_tree2_walk (GbpHdf5File *file, guint64 address, guint kind,
    gboolean (*visit) (gpointer data, GbpHdf5Cursor record, GError **error), gpointer data,
    GError **error);
