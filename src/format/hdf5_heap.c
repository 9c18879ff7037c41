/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_heap.h"

#include "format/hdf5_checksum.h"

#define LOCAL_HEAD_SIZE 32
#define HEAD_SIZE       146
#define MAX_SIZE_BITS   40 /* h5py makes heaps of at most 32 */

/* @offset_size, @length_size: bytes of each in an object's place
 * @width: blocks in a row
 * @start_size: of a block in the first two rows; from there each row's blocks are twice as large
 * @max_direct_size: of a block that holds objects; larger ones hold blocks
 * @root, @n_root_rows: a block with objects if there are no rows, else one with blocks
 * @blocks: (element-type guint64 GbpHdf5Cursor): those that are read, by their address */
struct _GbpHdf5Heap {
  GbpHdf5File *file;
  guint64 address;
  gsize id_size;
  guint offset_size;
  guint length_size;
  guint64 width;
  guint64 start_size;
  guint64 max_direct_size;
  guint64 root;
  guint n_root_rows;
  GHashTable *blocks;
};

/* A block of a heap.
 * @offset: of its first byte in the heap
 * @size: if it holds objects
 * @n_rows: if it holds blocks, else 0 */
typedef struct {
  guint64 address;
  guint64 offset;
  guint64 size;
  guint n_rows;
} Block;

gboolean
gbp_hdf5_local_heap_read (GbpHdf5File *file, guint64 address, GbpHdf5Cursor *data, GError **error)
{
  GbpHdf5Cursor head;
  guint64 size;

  if (!gbp_hdf5_file_enter (file, address, error)
      || !gbp_hdf5_file_read (file, address, LOCAL_HEAD_SIZE, &head, error))
    return FALSE;
  if (!gbp_hdf5_take_signature (&head, "HEAP"))
    return gbp_hdf5_refuse (error, "a heap of names", "other bytes");
  gbp_hdf5_take (&head, 1 + 3); /* version, reserved */
  size = gbp_hdf5_take_number (&head, 8);
  gbp_hdf5_take (&head, 8); /* free list */
  return gbp_hdf5_file_read (file, gbp_hdf5_take_number (&head, 8), size, data, error);
}

static guint
count_bits (guint64 number)
{
  guint n = 0;

  while (number >>= 1)
    n++;
  return n;
}

static gboolean
is_power_of_two (guint64 number)
{
  return number != 0 && (number & (number - 1)) == 0;
}

/* @head: the signature is taken */
static gboolean
parse_head (GbpHdf5Heap *heap, GbpHdf5Cursor *head, GError **error)
{
  guint64 max_object_size, n_filter_bytes, n_bits;

  gbp_hdf5_take (head, 1); /* version */
  heap->id_size = gbp_hdf5_take_number (head, 2);
  n_filter_bytes = gbp_hdf5_take_number (head, 2);
  gbp_hdf5_take (head, 1); /* flags */
  max_object_size = gbp_hdf5_take_number (head, 4);
  gbp_hdf5_take (head, 12 * 8); /* objects outside of the blocks, statistics */
  heap->width = gbp_hdf5_take_number (head, 2);
  heap->start_size = gbp_hdf5_take_number (head, 8);
  heap->max_direct_size = gbp_hdf5_take_number (head, 8);
  n_bits = gbp_hdf5_take_number (head, 2);
  gbp_hdf5_take (head, 2); /* rows at first */
  heap->root = gbp_hdf5_take_number (head, 8);
  heap->n_root_rows = (guint) gbp_hdf5_take_number (head, 2);
  if (n_filter_bytes != 0)
    return gbp_hdf5_refuse (error, "names that are not packed", "packed ones");
  if (n_bits == 0 || n_bits > MAX_SIZE_BITS || !is_power_of_two (heap->width)
      || !is_power_of_two (heap->start_size) || !is_power_of_two (heap->max_direct_size)
      || heap->start_size > heap->max_direct_size || heap->max_direct_size >> n_bits != 0
      || heap->n_root_rows > n_bits)
    return gbp_hdf5_refuse (error, "a heap of a usual shape", "another");
  heap->offset_size = (guint) (n_bits + 7) / 8;
  heap->length_size =
      MIN ((count_bits (heap->max_direct_size) + 7) / 8, count_bits (max_object_size) / 8 + 1);
  return TRUE;
}

GbpHdf5Heap *
gbp_hdf5_heap_open (GbpHdf5File *file, guint64 address, GError **error)
{
  g_autoptr (GbpHdf5Heap) heap = g_new0 (GbpHdf5Heap, 1);
  GbpHdf5Cursor head;

  heap->file = file;
  heap->address = address;
  heap->blocks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  if (!gbp_hdf5_file_enter (file, address, error)
      || !gbp_hdf5_file_read (file, address, HEAD_SIZE, &head, error))
    return NULL;
  if (!gbp_hdf5_check_block (&head) || !gbp_hdf5_take_signature (&head, "FRHP")) {
    gbp_hdf5_refuse (error, "a heap with its checksum", "other bytes");
    return NULL;
  }
  return parse_head (heap, &head, error) ? g_steal_pointer (&heap) : NULL;
}

void
gbp_hdf5_heap_free (GbpHdf5Heap *heap)
{
  g_hash_table_unref (heap->blocks);
  g_free (heap);
}

/* Of a block in this row. */
static guint64
get_block_size (const GbpHdf5Heap *heap, guint row)
{
  return row == 0 ? heap->start_size : heap->start_size << (row - 1);
}

static guint
count_direct_rows (const GbpHdf5Heap *heap)
{
  return count_bits (heap->max_direct_size) - count_bits (heap->start_size) + 2;
}

/* What of an indirect block's size is entries. */
static guint64
get_size (const GbpHdf5Heap *heap, const Block *block)
{
  return block->n_rows == 0 ? block->size
                            : 17 + heap->offset_size + block->n_rows * heap->width * 8;
}

/* Reads a block whole, or finds it among those that have been. @cursor: (out): from its first byte on */
static gboolean
read_block (GbpHdf5Heap *heap, const Block *block, GbpHdf5Cursor *cursor, GError **error)
{
  const GbpHdf5Cursor *found = g_hash_table_lookup (heap->blocks, &block->address);
  GbpHdf5Cursor head;

  if (found != NULL) {
    *cursor = *found;
    return cursor->n_left == get_size (heap, block)
           || gbp_hdf5_refuse (error, "one size of a heap's block", "two");
  }
  if (!gbp_hdf5_file_enter (heap->file, block->address, error)
      || !gbp_hdf5_file_read (heap->file, block->address, get_size (heap, block), cursor, error))
    return FALSE;
  head = *cursor;
  if (block->n_rows > 0 && !gbp_hdf5_check_block (&head))
    return gbp_hdf5_refuse (error, "a heap's block with its checksum", "another checksum");
  if (!gbp_hdf5_take_signature (&head, block->n_rows == 0 ? "FHDB" : "FHIB")
      || gbp_hdf5_take_number (&head, 1) != 0 || gbp_hdf5_take_number (&head, 8) != heap->address
      || gbp_hdf5_take_number (&head, heap->offset_size) != block->offset)
    return gbp_hdf5_refuse (error, "a block of the heap", "other bytes");
  g_hash_table_insert (heap->blocks, g_memdup2 (&block->address, sizeof block->address),
      g_memdup2 (cursor, sizeof *cursor));
  return TRUE;
}

/* Moves from a block of blocks to the one in it that has @offset. */
static gboolean
descend (GbpHdf5Heap *heap, Block *block, guint64 offset, GError **error)
{
  guint64 inner = offset - block->offset, first = heap->width * heap->start_size;
  guint row = inner < first ? 0 : count_bits (inner / first) + 1;
  guint64 size = get_block_size (heap, row), column;
  GbpHdf5Cursor entries;

  if (row >= block->n_rows)
    return gbp_hdf5_refuse (error, "names within their heap", "one outside");
  if (!read_block (heap, block, &entries, error))
    return FALSE;
  inner -= row == 0 ? 0 : first << (row - 1);
  column = inner / size;
  gbp_hdf5_take (&entries, 13 + heap->offset_size + (row * heap->width + column) * 8);
  block->address = gbp_hdf5_take_number (&entries, 8);
  block->offset = offset - inner % size;
  block->size = size;
  block->n_rows = 0;
  if (row >= count_direct_rows (heap)) {
    if (size < first)
      return gbp_hdf5_refuse (error, "a heap of a usual shape", "another");
    block->n_rows = count_bits (size) - count_bits (first) + 1;
  }
  return TRUE;
}

gboolean
gbp_hdf5_heap_find (GbpHdf5Heap *heap, GbpHdf5Cursor id, GbpHdf5Cursor *object, GError **error)
{
  Block block = {.address = heap->root, .size = heap->start_size, .n_rows = heap->n_root_rows};
  guint kind = (guint) gbp_hdf5_take_number (&id, 1);
  guint64 offset = gbp_hdf5_take_number (&id, heap->offset_size);
  guint64 length = gbp_hdf5_take_number (&id, heap->length_size);

  if (id.is_past || kind != 0)
    return gbp_hdf5_refuse (error, "names within their heap", "one outside");
  while (block.n_rows > 0) /* each block within is smaller, so there is an end */
    if (!descend (heap, &block, offset, error))
      return FALSE;
  if (!read_block (heap, &block, object, error))
    return FALSE;
  gbp_hdf5_take (object, offset - block.offset);
  *object = gbp_hdf5_take_part (object, length);
  return !object->is_past || gbp_hdf5_refuse (error, "names within their heap", "one outside");
}
