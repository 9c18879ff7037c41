/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_tree.h"

#define HEAD_SIZE 24
#define ANY_LEVEL G_MAXUINT

/* A walk over a tree of version 1; the members are the arguments of gbp_hdf5_tree_walk(). */
typedef struct {
  GbpHdf5File *file;
  GbpHdf5TreeKind kind;
  gsize key_size;
  gboolean (*visit) (gpointer data, GbpHdf5Cursor key, guint64 child, GError **error);
  gpointer data;
} Walk;

/* Reads the node's head and children.
 * @level: that it must have, above the leaves; ANY_LEVEL in the root
 * @entries: (out): keys and children in turn */
static gboolean
read_node (const Walk *walk, guint64 address, guint *level, GbpHdf5Cursor *entries, GError **error)
{
  GbpHdf5Cursor head;
  guint kind, found;
  guint64 n;

  if (!gbp_hdf5_file_enter (walk->file, address, error)
      || !gbp_hdf5_file_read (walk->file, address, HEAD_SIZE, &head, error))
    return FALSE;
  if (!gbp_hdf5_take_signature (&head, "TREE"))
    return gbp_hdf5_refuse (error, "a node of a B-tree", "other bytes");
  kind = (guint) gbp_hdf5_take_number (&head, 1);
  found = (guint) gbp_hdf5_take_number (&head, 1);
  n = gbp_hdf5_take_number (&head, 2);
  if (kind != walk->kind || found >= GBP_HDF5_MAX_DEPTH || (*level != ANY_LEVEL && *level != found))
    return gbp_hdf5_refuse (error, "a B-tree of its kind, each level below its own", "another");
  *level = found;
  return gbp_hdf5_file_read (
      walk->file, address + HEAD_SIZE, n * (walk->key_size + 8), entries, error);
}

/* Calls itself, at most GBP_HDF5_MAX_DEPTH deep, for each level is lower by one. */
static gboolean
walk_node (const Walk *walk, guint64 address, guint level, GError **error)
{
  GbpHdf5Cursor entries;

  if (!read_node (walk, address, &level, &entries, error))
    return FALSE;
  while (entries.n_left > 0) {
    GbpHdf5Cursor key = gbp_hdf5_take_part (&entries, walk->key_size);
    guint64 child = gbp_hdf5_take_number (&entries, 8);

    if (!(level == 0 ? walk->visit (walk->data, key, child, error)
                     : walk_node (walk, child, level - 1, error)))
      return FALSE;
  }
  return TRUE;
}

gboolean
gbp_hdf5_tree_walk (GbpHdf5File *file, guint64 address, GbpHdf5TreeKind kind, gsize key_size,
    gboolean (*visit) (gpointer data, GbpHdf5Cursor key, guint64 child, GError **error),
    gpointer data, GError **error)
{
  Walk walk = {file, kind, key_size, visit, data};

  return walk_node (&walk, address, ANY_LEVEL, error);
}
