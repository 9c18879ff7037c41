/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_checksum.h"
#include "format/hdf5_chunks.h"

#define HEAD_SIZE       28
#define BLOCK_HEAD_SIZE 14
#define CHECKSUM_SIZE   4

/* @entry_size: bytes of one chunk's entry
 * @n_page: entries in a page, of which an array has several if it has more
 * @address: of the entries, behind a head of their own */
typedef struct {
  GbpHdf5File *file;
  gboolean is_filtered;
  guint64 entry_size;
  guint64 n_page;
  guint64 address;
} FixedArray;

static gboolean
read_head (FixedArray *array, guint64 address, const GbpHdf5Chunks *chunks, GError **error)
{
  GbpHdf5Cursor head;
  guint page_bits, client;

  if (!gbp_hdf5_file_enter (array->file, address, error)
      || !gbp_hdf5_file_read (array->file, address, HEAD_SIZE, &head, error))
    return FALSE;
  if (!gbp_hdf5_check_block (&head) || !gbp_hdf5_take_signature (&head, "FAHD"))
    return gbp_hdf5_refuse (error, "a list of chunks with its checksum", "other bytes");
  gbp_hdf5_take (&head, 1); /* version */
  client = (guint) gbp_hdf5_take_number (&head, 1);
  array->entry_size = gbp_hdf5_take_number (&head, 1);
  page_bits = (guint) gbp_hdf5_take_number (&head, 1);
  if (client != (guint) array->is_filtered || page_bits > 31
      || array->entry_size < (array->is_filtered ? 8 + 1 + 4 : 8)
      || array->entry_size > (array->is_filtered ? 8 + 8 + 4 : 8)
      || gbp_hdf5_take_number (&head, 8) != chunks->n_chunks)
    return gbp_hdf5_refuse (error, "a list of all its chunks", "another list");
  array->n_page = (guint64) 1 << page_bits;
  array->address = gbp_hdf5_take_number (&head, 8);
  return array->address != GBP_HDF5_UNDEFINED
         || gbp_hdf5_refuse (error, "all its chunks in this file", "one missing");
}

/* @block: entries; @first: number of the first one's chunk */
static gboolean
parse_entries (const FixedArray *array, GbpHdf5Cursor block, guint64 first, guint64 n,
    GbpHdf5Chunks *chunks, GError **error)
{
  for (guint64 i = 0; i < n; i++) {
    GbpHdf5Chunk chunk = {.n_bytes = chunks->n_bytes};

    chunk.address = gbp_hdf5_take_number (&block, 8);
    if (array->is_filtered) {
      chunk.n_bytes = gbp_hdf5_take_number (&block, (guint) array->entry_size - 8 - 4);
      chunk.skipped = (guint32) gbp_hdf5_take_number (&block, 4);
    }
    if (!gbp_hdf5_chunks_add (chunks, first + i, &chunk, error))
      return FALSE;
  }
  return TRUE;
}

/* Entries of one block, or of one page. @head_size: bytes before them */
static gboolean
read_entries (const FixedArray *array, guint64 address, gsize head_size, guint64 first, guint64 n,
    GbpHdf5Chunks *chunks, GError **error)
{
  GbpHdf5Cursor block;

  if (!gbp_hdf5_file_read (
          array->file, address, head_size + n * array->entry_size + CHECKSUM_SIZE, &block, error))
    return FALSE;
  if (!gbp_hdf5_check_block (&block))
    return gbp_hdf5_refuse (error, "a list of chunks with its checksum", "another checksum");
  if (head_size > 0 && !gbp_hdf5_take_signature (&block, "FADB"))
    return gbp_hdf5_refuse (error, "a list of chunks", "other bytes");
  gbp_hdf5_take (&block, head_size > 0 ? head_size - 4 : 0);
  return parse_entries (array, block, first, n, chunks, error);
}

/* Behind the block's head come a bit for each page, whether it was written, and a checksum; a page that
 * was not has no place that a chunk could be at. */
static gboolean
read_pages (const FixedArray *array, GbpHdf5Chunks *chunks, GError **error)
{
  guint64 n_pages = (chunks->n_chunks - 1) / array->n_page + 1;
  guint64 address = array->address + BLOCK_HEAD_SIZE + (n_pages + 7) / 8 + CHECKSUM_SIZE;

  for (guint64 first = 0; first < chunks->n_chunks; first += array->n_page) {
    guint64 n = MIN (array->n_page, chunks->n_chunks - first);

    if (!read_entries (array, address, 0, first, n, chunks, error))
      return FALSE;
    address += n * array->entry_size + CHECKSUM_SIZE;
  }
  return TRUE;
}

gboolean
gbp_hdf5_fixed_array_read (
    GbpHdf5File *file, guint64 address, gboolean is_filtered, GbpHdf5Chunks *chunks, GError **error)
{
  FixedArray array = {.file = file, .is_filtered = is_filtered};

  if (!read_head (&array, address, chunks, error)
      || !gbp_hdf5_file_enter (file, array.address, error))
    return FALSE;
  if (chunks->n_chunks > array.n_page)
    return read_pages (&array, chunks, error);
  return read_entries (&array, array.address, BLOCK_HEAD_SIZE, 0, chunks->n_chunks, chunks, error);
}
