/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_file.h"

#include <string.h>

#include "format/hdf5_checksum.h"
#include "format/hdf5_dataset.h"

#define SIGNATURE        "\x89HDF\r\n\x1a\n"
#define SIGNATURE_SIZE   8
#define FIRST_USER_BLOCK 512

/* Version 1 has the longest superblock. */
#define MAX_SUPERBLOCK_SIZE 100

/* A good file's metadata is read once, its structures' first bytes twice, and what is kept of it is of
 * about its size. */
#define WORK_PER_BYTE     8
#define MAX_METADATA_SIZE (16 << 20)
#define MIN_WORK          (1 << 12)

gboolean
gbp_hdf5_refuse (GError **error, const char *expected, const char *found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected %s, found %s", expected, found);
  return FALSE;
}

gboolean
gbp_hdf5_find_signature (const GbpSource *source, guint64 *base)
{
  guint8 bytes[SIGNATURE_SIZE];

  for (*base = 0; *base < source->size; *base = *base == 0 ? FIRST_USER_BLOCK : *base * 2) {
    if (source->size - *base < SIGNATURE_SIZE
        || !gbp_source_read (source, *base, bytes, sizeof bytes, NULL))
      return FALSE;
    if (memcmp (bytes, SIGNATURE, sizeof bytes) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
gbp_hdf5_file_locate (const GbpHdf5File *file, guint64 *address, guint64 n_bytes)
{
  return g_uint64_checked_add (address, *address, file->base) && *address <= file->source->size
         && n_bytes <= file->source->size - *address;
}

gboolean
gbp_hdf5_file_charge (GbpHdf5File *file, guint64 n_bytes, GError **error)
{
  if (n_bytes > file->n_bytes_left)
    return gbp_hdf5_refuse (error, "parts of its own for each object", "parts that overlap");
  file->n_bytes_left -= n_bytes;
  return TRUE;
}

gboolean
gbp_hdf5_file_read (
    GbpHdf5File *file, guint64 address, guint64 n_bytes, GbpHdf5Cursor *cursor, GError **error)
{
  guint8 *bytes;

  *cursor = (GbpHdf5Cursor){0};
  if (!gbp_hdf5_file_locate (file, &address, n_bytes))
    return gbp_hdf5_refuse (error, "its parts within the file", "one past the end");
  if (!gbp_hdf5_file_charge (file, n_bytes, error))
    return FALSE;
  bytes = g_try_malloc (MAX (n_bytes, 1));
  if (bytes == NULL)
    return gbp_hdf5_refuse (error, "memory for the file's structure", "none");
  g_ptr_array_add (file->blocks, bytes);
  cursor->bytes = bytes;
  cursor->n_left = n_bytes;
  return gbp_source_read (file->source, address, bytes, n_bytes, error);
}

gboolean
gbp_hdf5_file_enter (GbpHdf5File *file, guint64 address, GError **error)
{
  if (g_hash_table_add (file->entered, g_memdup2 (&address, sizeof address)))
    return TRUE;
  return gbp_hdf5_refuse (error, "parts of its own for each object", "one that is part of two");
}

/* What a superblock says.
 * @base, @end: as its writer had them: a file may have been moved behind other bytes since */
typedef struct {
  guint64 base;
  guint64 end;
  guint64 root;
} Superblock;

/* Versions 0 and 1: the root group is an entry of a symbol table. */
static void
parse_old_superblock (GbpHdf5Cursor *cursor, guint version, Superblock *superblock)
{
  gbp_hdf5_take (cursor, 2 + 2 + 4 + (version == 1 ? 4 : 0)); /* sizes of nodes, flags */
  superblock->base = gbp_hdf5_take_number (cursor, 8);
  gbp_hdf5_take (cursor, 8); /* free space */
  superblock->end = gbp_hdf5_take_number (cursor, 8);
  gbp_hdf5_take (cursor, 8 + 8); /* driver, the root's name */
  superblock->root = gbp_hdf5_take_number (cursor, 8);
}

static gboolean
parse_new_superblock (GbpHdf5Cursor block, GbpHdf5Cursor *cursor, Superblock *superblock)
{
  gbp_hdf5_take (cursor, 1); /* flags */
  superblock->base = gbp_hdf5_take_number (cursor, 8);
  gbp_hdf5_take (cursor, 8); /* extension */
  superblock->end = gbp_hdf5_take_number (cursor, 8);
  superblock->root = gbp_hdf5_take_number (cursor, 8);
  block.n_left -= cursor->n_left;
  block.n_left += 4;
  return !cursor->is_past && cursor->n_left >= 4 && gbp_hdf5_check_block (&block);
}

/* @block begins at the signature. */
static gboolean
parse_superblock (GbpHdf5Cursor block, Superblock *superblock, GError **error)
{
  GbpHdf5Cursor cursor = block;
  guint version, address_size, length_size;

  gbp_hdf5_take (&cursor, SIGNATURE_SIZE);
  version = (guint) gbp_hdf5_take_number (&cursor, 1);
  if (version > 3)
    return gbp_hdf5_refuse (error, "a superblock of version 0 to 3", "another version");
  if (version < 2)
    gbp_hdf5_take (&cursor, 4); /* versions of other parts */
  address_size = (guint) gbp_hdf5_take_number (&cursor, 1);
  length_size = (guint) gbp_hdf5_take_number (&cursor, 1);
  if (!cursor.is_past && (address_size != 8 || length_size != 8))
    return gbp_hdf5_refuse (error, "addresses and lengths of 8 bytes", "others");
  if (version < 2) {
    gbp_hdf5_take (&cursor, 1);
    parse_old_superblock (&cursor, version, superblock);
  } else if (!parse_new_superblock (block, &cursor, superblock)) {
    return gbp_hdf5_refuse (error, "a superblock with its checksum", "another checksum");
  }
  return !cursor.is_past || gbp_hdf5_refuse (error, "a superblock", "too few bytes");
}

/* How long the file was when it was written: fewer bytes mean that it is cut off. */
static gboolean
check_end (const GbpHdf5File *file, const Superblock *superblock, GError **error)
{
  guint64 expected;

  if (superblock->end < superblock->base
      || !g_uint64_checked_add (&expected, superblock->end - superblock->base, file->base))
    return gbp_hdf5_refuse (error, "an end behind its start", "another");
  if (expected <= file->source->size)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected %" G_GUINT64_FORMAT " bytes, found %" G_GUINT64_FORMAT ": the file is truncated",
      expected, file->source->size);
  return FALSE;
}

static gboolean
open_at_signature (GbpHdf5File *file, GError **error)
{
  guint64 n_bytes = MIN (file->source->size - file->base, MAX_SUPERBLOCK_SIZE);
  Superblock superblock = {0};
  GbpHdf5Cursor block;

  if (!gbp_hdf5_file_read (file, 0, n_bytes, &block, error)
      || !parse_superblock (block, &superblock, error)) {
    g_prefix_error (error, "not a readable HDF5 file: ");
    return FALSE;
  }
  file->root = superblock.root;
  return check_end (file, &superblock, error);
}

GbpHdf5File *
gbp_hdf5_file_open (const GbpSource *source, GError **error)
{
  g_autoptr (GbpHdf5File) file = g_new0 (GbpHdf5File, 1);

  file->source = source;
  file->blocks = g_ptr_array_new_with_free_func (g_free);
  file->entered = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  file->collections = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  file->datasets = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_hdf5_dataset_free);
  file->groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  file->n_bytes_left = MIN (source->size, MAX_METADATA_SIZE) * WORK_PER_BYTE + MIN_WORK;
  file->n_stored_left = source->size;
  if (!gbp_hdf5_find_signature (source, &file->base)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "not a readable HDF5 file: expected its signature, found none");
    return NULL;
  }
  return open_at_signature (file, error) ? g_steal_pointer (&file) : NULL;
}

void
gbp_hdf5_file_close (GbpHdf5File *file)
{
  g_hash_table_unref (file->groups);
  g_ptr_array_unref (file->datasets);
  g_hash_table_unref (file->collections);
  g_hash_table_unref (file->entered);
  g_ptr_array_unref (file->blocks);
  g_free (file);
}
