/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_checksum.h"
#include "format/hdf5_tree.h"

#define HEAD_SIZE 38
#define NODE_HEAD 6  /* signature, version, kind */
#define OVERHEAD  10 /* the same and the checksum */

/* A walk over a tree of version 2.
 * @n_count: bytes of a number of records in a child
 * @n_total: the same below the child, by the child's level above the leaves */
typedef struct {
  GbpHdf5File *file;
  guint kind;
  gsize node_size;
  gsize record_size;
  guint n_count;
  guint n_total[GBP_HDF5_MAX_DEPTH];
  gboolean (*visit) (gpointer data, GbpHdf5Cursor record, GError **error);
  gpointer data;
} Walk;

/* @level: of the node, above the leaves
 * @n: its number of records */
typedef struct {
  guint64 address;
  guint64 n;
  guint level;
} Node;

/* How many bytes a number up to @most has. */
static guint
count_bytes (guint64 most)
{
  guint n = 1;

  while (most >>= 8)
    n++;
  return n;
}

static gsize
get_pointer_size (const Walk *walk, guint level)
{
  return 8 + walk->n_count + (level > 1 ? walk->n_total[level - 1] : 0);
}

/* How wide the pointers are follows from how many records there can be. */
static void
plan_widths (Walk *walk, guint depth)
{
  guint64 most_below = (walk->node_size - OVERHEAD) / walk->record_size;

  walk->n_count = count_bytes (most_below);
  for (guint level = 1; level <= depth; level++) {
    gsize pointer_size = get_pointer_size (walk, level);
    guint64 n_records =
        (walk->node_size - OVERHEAD - MIN (pointer_size, walk->node_size - OVERHEAD))
        / (walk->record_size + pointer_size);

    if (!g_uint64_checked_mul (&most_below, most_below, n_records + 1)
        || !g_uint64_checked_add (&most_below, most_below, n_records))
      most_below = G_MAXUINT64;
    walk->n_total[level] = count_bytes (most_below);
  }
}

static gboolean
read_node (const Walk *walk, const Node *node, GbpHdf5Cursor *block, GError **error)
{
  gsize pointer_size = node->level > 0 ? get_pointer_size (walk, node->level) : 0;
  guint64 n_bytes = node->n * (walk->record_size + pointer_size) + pointer_size + OVERHEAD;

  if (n_bytes > walk->node_size)
    return gbp_hdf5_refuse (error, "a B-tree's records within their node", "more");
  if (!gbp_hdf5_file_enter (walk->file, node->address, error)
      || !gbp_hdf5_file_read (walk->file, node->address, n_bytes, block, error))
    return FALSE;
  if (!gbp_hdf5_check_block (block))
    return gbp_hdf5_refuse (error, "a node of a B-tree with its checksum", "another checksum");
  if (!gbp_hdf5_take_signature (block, node->level > 0 ? "BTIN" : "BTLF")
      || gbp_hdf5_take_number (block, 1) != 0 || gbp_hdf5_take_number (block, 1) != walk->kind)
    return gbp_hdf5_refuse (error, "a node of a B-tree", "other bytes");
  return TRUE;
}

static gboolean
visit_records (const Walk *walk, const Node *node, GbpHdf5Cursor *block, GError **error)
{
  for (guint64 i = 0; i < node->n; i++)
    if (!walk->visit (walk->data, gbp_hdf5_take_part (block, walk->record_size), error))
      return FALSE;
  return TRUE;
}

/* Calls itself, at most GBP_HDF5_MAX_DEPTH deep. */
static gboolean
walk_node (const Walk *walk, const Node *node, GError **error)
{
  GbpHdf5Cursor block;

  if (!read_node (walk, node, &block, error) || !visit_records (walk, node, &block, error))
    return FALSE;
  while (node->level > 0 && block.n_left > 0) {
    Node child = {.level = node->level - 1};

    child.address = gbp_hdf5_take_number (&block, 8);
    child.n = gbp_hdf5_take_number (&block, walk->n_count);
    gbp_hdf5_take (&block, get_pointer_size (walk, node->level) - 8 - walk->n_count);
    if (!walk_node (walk, &child, error))
      return FALSE;
  }
  return TRUE;
}

/* @root: (out) */
static gboolean
read_tree (Walk *walk, guint64 address, Node *root, GError **error)
{
  GbpHdf5Cursor head;

  if (!gbp_hdf5_file_enter (walk->file, address, error)
      || !gbp_hdf5_file_read (walk->file, address, HEAD_SIZE, &head, error))
    return FALSE;
  if (!gbp_hdf5_check_block (&head) || !gbp_hdf5_take_signature (&head, "BTHD")
      || gbp_hdf5_take_number (&head, 1) != 0 || gbp_hdf5_take_number (&head, 1) != walk->kind)
    return gbp_hdf5_refuse (error, "a B-tree of its kind with its checksum", "other bytes");
  walk->node_size = gbp_hdf5_take_number (&head, 4);
  walk->record_size = gbp_hdf5_take_number (&head, 2);
  root->level = (guint) gbp_hdf5_take_number (&head, 2);
  gbp_hdf5_take (&head, 2); /* when to split and to merge */
  root->address = gbp_hdf5_take_number (&head, 8);
  root->n = gbp_hdf5_take_number (&head, 2);
  if (root->level >= GBP_HDF5_MAX_DEPTH || walk->record_size == 0 || walk->node_size <= OVERHEAD)
    return gbp_hdf5_refuse (error, "a B-tree of a usual depth and size", "another");
  plan_widths (walk, root->level);
  return TRUE;
}

gboolean
gbp_hdf5_tree2_walk (GbpHdf5File *file, guint64 address, guint kind,
    gboolean (*visit) (gpointer data, GbpHdf5Cursor record, GError **error), gpointer data,
    GError **error)
{
  Walk walk = {.file = file, .kind = kind, .visit = visit, .data = data};
  Node root;

  if (!read_tree (&walk, address, &root, error))
    return FALSE;
  return root.n == 0 || walk_node (&walk, &root, error);
}
