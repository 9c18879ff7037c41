/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_group.h"

#include <string.h>

#include "format/hdf5_heap.h"
#include "format/hdf5_object.h"
#include "format/hdf5_tree.h"

#define NAME_TREE_KIND   5 /* of a tree of version 2 with links by their names */
#define TABLE_HEAD_SIZE  8
#define TABLE_ENTRY_SIZE 40
#define MAX_NAME_LENGTH  1024

/* In an entry of a symbol table: the link is a soft one. */
#define CACHES_SOFT_LINK 2

/* Flags of a link, and of the message about links. */
#define HAS_ORDER         (1 << 2)
#define HAS_KIND          (1 << 3)
#define HAS_CHARACTER_SET (1 << 4)
#define HAS_NEXT_ORDER    (1 << 0)

/* @names: a group's names, if they are in a local heap
 * @heap: else the links' heap, if they are in one */
typedef struct {
  GbpHdf5File *file;
  GbpHdf5Cursor names;
  GbpHdf5Heap *heap;
  GArray *links;
} Group;

gboolean
gbp_hdf5_is_group (const GArray *messages)
{
  return gbp_hdf5_object_find (messages, GBP_HDF5_SYMBOL_TABLE) != NULL
         || gbp_hdf5_object_find (messages, GBP_HDF5_LINK_INFO) != NULL
         || gbp_hdf5_object_find (messages, GBP_HDF5_LINK) != NULL;
}

static gboolean
add_link (Group *group, const guint8 *name, guint64 name_length, guint64 address, GError **error)
{
  GbpHdf5Link link = {(const char *) name, name_length, address};

  if (name == NULL || name_length == 0 || name_length > MAX_NAME_LENGTH
      || memchr (name, '\0', name_length) != NULL)
    return gbp_hdf5_refuse (error, "names of 1 to 1024 bytes", "another");
  if (!gbp_hdf5_file_charge (group->file, sizeof link, error))
    return FALSE;
  g_array_append_val (group->links, link);
  return TRUE;
}

/* An entry of a symbol table. */
static gboolean
parse_entry (Group *group, GbpHdf5Cursor entry, GError **error)
{
  guint64 name_offset = gbp_hdf5_take_number (&entry, 8);
  guint64 address = gbp_hdf5_take_number (&entry, 8);
  guint cached = (guint) gbp_hdf5_take_number (&entry, 4);
  GbpHdf5Cursor name = group->names;
  const guint8 *end;

  if (cached == CACHES_SOFT_LINK || address == GBP_HDF5_UNDEFINED)
    return TRUE;
  gbp_hdf5_take (&name, name_offset);
  end = name.n_left > 0 ? memchr (name.bytes, '\0', MIN (name.n_left, MAX_NAME_LENGTH + 1)) : NULL;
  if (end == NULL)
    return gbp_hdf5_refuse (error, "names of 1 to 1024 bytes", "another");
  return add_link (group, name.bytes, (guint64) (end - name.bytes), address, error);
}

/* A leaf of a group's tree: a few entries in the order of their names. */
static gboolean
visit_table (gpointer data, GbpHdf5Cursor key, guint64 address, GError **error)
{
  Group *group = data;
  GbpHdf5Cursor block;
  guint64 n;

  if (!gbp_hdf5_file_enter (group->file, address, error)
      || !gbp_hdf5_file_read (group->file, address, TABLE_HEAD_SIZE, &block, error))
    return FALSE;
  if (!gbp_hdf5_take_signature (&block, "SNOD"))
    return gbp_hdf5_refuse (error, "a table of a group's links", "other bytes");
  gbp_hdf5_take (&block, 1 + 1); /* version, reserved */
  n = gbp_hdf5_take_number (&block, 2);
  if (!gbp_hdf5_file_read (
          group->file, address + TABLE_HEAD_SIZE, n * TABLE_ENTRY_SIZE, &block, error))
    return FALSE;
  while (block.n_left > 0)
    if (!parse_entry (group, gbp_hdf5_take_part (&block, TABLE_ENTRY_SIZE), error))
      return FALSE;
  return TRUE;
}

static gboolean
read_symbol_table (Group *group, GbpHdf5Cursor content, GError **error)
{
  guint64 tree = gbp_hdf5_take_number (&content, 8);
  guint64 names = gbp_hdf5_take_number (&content, 8);

  return gbp_hdf5_local_heap_read (group->file, names, &group->names, error)
         && gbp_hdf5_tree_walk (
             group->file, tree, GBP_HDF5_TREE_GROUP, 8, visit_table, group, error);
}

/* @content: a link message, wherever it stands */
static gboolean
parse_link (Group *group, GbpHdf5Cursor content, GError **error)
{
  guint version = (guint) gbp_hdf5_take_number (&content, 1);
  guint flags = (guint) gbp_hdf5_take_number (&content, 1);
  guint kind = (flags & HAS_KIND) != 0 ? (guint) gbp_hdf5_take_number (&content, 1) : 0;
  const guint8 *name;
  guint64 name_length;

  if (version != 1)
    return gbp_hdf5_refuse (error, "links of version 1", "another version");
  if (kind != 0)
    return TRUE;
  gbp_hdf5_take (
      &content, ((flags & HAS_ORDER) != 0 ? 8 : 0) + ((flags & HAS_CHARACTER_SET) != 0 ? 1 : 0));
  name_length = gbp_hdf5_take_number (&content, 1u << (flags & 3));
  name = gbp_hdf5_take (&content, name_length);
  return add_link (group, name, name_length, gbp_hdf5_take_number (&content, 8), error);
}

static gboolean
visit_record (gpointer data, GbpHdf5Cursor record, GError **error)
{
  Group *group = data;
  GbpHdf5Cursor link;

  gbp_hdf5_take (&record, 4); /* the name's hash */
  return gbp_hdf5_heap_find (group->heap, record, &link, error) && parse_link (group, link, error);
}

static gboolean
read_dense_links (Group *group, GbpHdf5Cursor content, GError **error)
{
  guint version = (guint) gbp_hdf5_take_number (&content, 1);
  guint flags = (guint) gbp_hdf5_take_number (&content, 1);
  guint64 heap, tree;
  gboolean is_read;

  if (version != 0)
    return gbp_hdf5_refuse (error, "links of version 0", "another version");
  gbp_hdf5_take (&content, (flags & HAS_NEXT_ORDER) != 0 ? 8 : 0);
  heap = gbp_hdf5_take_number (&content, 8);
  tree = gbp_hdf5_take_number (&content, 8);
  if (heap == GBP_HDF5_UNDEFINED)
    return TRUE;
  group->heap = gbp_hdf5_heap_open (group->file, heap, error);
  if (group->heap == NULL)
    return FALSE;
  is_read = gbp_hdf5_tree2_walk (group->file, tree, NAME_TREE_KIND, visit_record, group, error);
  gbp_hdf5_heap_free (group->heap);
  return is_read;
}

GArray *
gbp_hdf5_group_read (GbpHdf5File *file, const GArray *messages, GError **error)
{
  g_autoptr (GArray) links = g_array_new (FALSE, FALSE, sizeof (GbpHdf5Link));
  Group group = {.file = file, .links = links};
  gboolean is_read = TRUE;

  for (guint i = 0; is_read && i < messages->len; i++) {
    const GbpHdf5Message *message = &g_array_index (messages, GbpHdf5Message, i);

    if (message->kind == GBP_HDF5_SYMBOL_TABLE)
      is_read = read_symbol_table (&group, message->content, error);
    else if (message->kind == GBP_HDF5_LINK_INFO)
      is_read = read_dense_links (&group, message->content, error);
    else if (message->kind == GBP_HDF5_LINK)
      is_read = parse_link (&group, message->content, error);
  }
  return is_read ? g_steal_pointer (&links) : NULL;
}
