/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_chunks.h"

#include <string.h>

#include "format/hdf5_tree.h"

/* Kinds of trees of version 2 with chunks. */
#define PLAIN_TREE_KIND    10
#define FILTERED_TREE_KIND 11

/* A look for chunks in an index; the members are the arguments of gbp_hdf5_chunks_find(). */
typedef struct {
  const GbpHdf5Layout *layout;
  gboolean is_filtered;
  GbpHdf5Chunks *chunks;
} Search;

gboolean
gbp_hdf5_chunks_add (
    GbpHdf5Chunks *chunks, guint64 number, const GbpHdf5Chunk *chunk, GError **error)
{
  if (number >= chunks->n_chunks)
    return gbp_hdf5_refuse (error, "chunks within its shape", "others");
  if (chunks->list[number].address != GBP_HDF5_UNDEFINED)
    return gbp_hdf5_refuse (error, "each of its chunks once", "one twice");
  if (chunk->address == GBP_HDF5_UNDEFINED)
    return gbp_hdf5_refuse (error, "all its chunks in this file", "one missing");
  chunks->list[number] = *chunk;
  chunks->n_found++;
  return TRUE;
}

/* @place: the chunk's, counted in chunks along each dimension */
static gboolean
add_at (const Search *search, const guint64 *place, const GbpHdf5Chunk *chunk, GError **error)
{
  guint64 number = 0;

  for (guint i = 0; i < search->layout->rank; i++) {
    if (place[i] >= search->chunks->n[i])
      return gbp_hdf5_refuse (error, "chunks within its shape", "others");
    number = number * search->chunks->n[i] + place[i];
  }
  return gbp_hdf5_chunks_add (search->chunks, number, chunk, error);
}

/* A leaf's child in a tree of version 1; the key has its place in elements. */
static gboolean
visit_child (gpointer data, GbpHdf5Cursor key, guint64 address, GError **error)
{
  const Search *search = data;
  GbpHdf5Chunk chunk = {.address = address};
  guint64 place[GBP_ARRAY_MAX_RANK];

  chunk.n_bytes = gbp_hdf5_take_number (&key, 4);
  chunk.skipped = (guint32) gbp_hdf5_take_number (&key, 4);
  for (guint i = 0; i < search->layout->rank; i++) {
    guint64 offset = gbp_hdf5_take_number (&key, 8);

    if (offset % search->layout->chunk[i] != 0)
      return gbp_hdf5_refuse (error, "chunks beside each other", "others");
    place[i] = offset / search->layout->chunk[i];
  }
  return add_at (search, place, &chunk, error);
}

/* A record of a tree of version 2. */
static gboolean
visit_record (gpointer data, GbpHdf5Cursor record, GError **error)
{
  const Search *search = data;
  GbpHdf5Chunk chunk = {.n_bytes = search->chunks->n_bytes};
  guint64 place[GBP_ARRAY_MAX_RANK];
  gsize n_size = record.n_left - MIN (record.n_left, 8 + 4 + 8 * search->layout->rank);

  chunk.address = gbp_hdf5_take_number (&record, 8);
  if (search->is_filtered) {
    chunk.n_bytes = gbp_hdf5_take_number (&record, (guint) MIN (n_size, 8));
    chunk.skipped = (guint32) gbp_hdf5_take_number (&record, 4);
  }
  for (guint i = 0; i < search->layout->rank; i++)
    place[i] = gbp_hdf5_take_number (&record, 8);
  return add_at (search, place, &chunk, error);
}

/* No index at all: one chunk behind the other. */
static gboolean
list_implicit (GbpHdf5Chunks *chunks, guint64 address, GError **error)
{
  for (gsize i = 0; i < chunks->n_chunks; i++) {
    GbpHdf5Chunk chunk = {.address = address + i * chunks->n_bytes, .n_bytes = chunks->n_bytes};

    if (!gbp_hdf5_chunks_add (chunks, i, &chunk, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
list_single (GbpHdf5Chunks *chunks, const GbpHdf5Layout *layout, GError **error)
{
  GbpHdf5Chunk chunk = {.address = layout->address, .skipped = layout->skipped};

  chunk.n_bytes = layout->n_bytes != 0 ? layout->n_bytes : chunks->n_bytes;
  return gbp_hdf5_chunks_add (chunks, 0, &chunk, error);
}

static gboolean
search_index (GbpHdf5File *file, Search *search, GError **error)
{
  const GbpHdf5Layout *layout = search->layout;
  gsize key_size = 4 + 4 + 8 * (layout->rank + 1);

  switch (layout->index) {
    case GBP_HDF5_INDEX_TREE:
      return gbp_hdf5_tree_walk (
          file, layout->address, GBP_HDF5_TREE_CHUNKS, key_size, visit_child, search, error);
    case GBP_HDF5_INDEX_SINGLE:
      return list_single (search->chunks, layout, error);
    case GBP_HDF5_INDEX_IMPLICIT:
      return list_implicit (search->chunks, layout->address, error);
    case GBP_HDF5_INDEX_FIXED_ARRAY:
      return gbp_hdf5_fixed_array_read (
          file, layout->address, search->is_filtered, search->chunks, error);
    case GBP_HDF5_INDEX_TREE2:
      return gbp_hdf5_tree2_walk (file, layout->address,
          search->is_filtered ? FILTERED_TREE_KIND : PLAIN_TREE_KIND, visit_record, search, error);
    default:
      return gbp_hdf5_refuse (
          error, "an array that does not grow, whose chunks are not in an extensible array", "one");
  }
}

/* How many chunks there must be, and how large they are. */
static gboolean
count_chunks (
    const GbpHdf5Layout *layout, const GbpArray *array, GbpHdf5Chunks *chunks, GError **error)
{
  guint64 n_chunks = 1, n_bytes = layout->element_size;

  if (layout->rank != array->rank)
    return gbp_hdf5_refuse (error, "chunks of its own rank", "others");
  for (guint i = 0; i < array->rank; i++) {
    if (layout->chunk[i] == 0 || layout->chunk[i] > array->shape[i])
      return gbp_hdf5_refuse (error, "chunks within its shape", "larger ones");
    chunks->n[i] = (array->shape[i] - 1) / layout->chunk[i] + 1;
    n_chunks *= chunks->n[i]; /* at most the array's elements, which are known to be few enough */
    n_bytes *= layout->chunk[i];
  }
  chunks->n_chunks = n_chunks;
  chunks->n_bytes = n_bytes;
  return TRUE;
}

static gboolean
sum_stored (const GbpHdf5File *file, const GbpHdf5Chunks *chunks, guint64 *n_stored, GError **error)
{
  *n_stored = 0;
  for (gsize i = 0; i < chunks->n_found; i++) {
    guint64 address = chunks->list[i].address;

    if (!gbp_hdf5_file_locate (file, &address, chunks->list[i].n_bytes))
      return gbp_hdf5_refuse (error, "values in this file", "them past its end");
    *n_stored += chunks->list[i].n_bytes;
  }
  return TRUE;
}

gboolean
gbp_hdf5_chunks_find (GbpHdf5File *file, const GbpHdf5Layout *layout, const GbpHdf5Filters *filters,
    const GbpArray *array, GbpHdf5Chunks *chunks, guint64 *n_stored, GError **error)
{
  Search search = {.layout = layout, .chunks = chunks};
  gsize n_table;

  search.is_filtered = (filters->shuffle | filters->deflate | filters->checksum) != 0;
  if (!count_chunks (layout, array, chunks, error))
    return FALSE;
  n_table = chunks->n_chunks * sizeof *chunks->list;
  if (!gbp_hdf5_file_charge (file, n_table, NULL))
    return gbp_hdf5_refuse (error, "as many chunks as the file has room for", "more");
  chunks->list = g_try_malloc (n_table);
  if (chunks->list == NULL)
    return gbp_hdf5_refuse (error, "memory for its chunks' places", "none");
  memset (chunks->list, 0xff, n_table); /* all undefined */
  if (!search_index (file, &search, error))
    return FALSE;
  if (chunks->n_found < chunks->n_chunks)
    return gbp_hdf5_refuse (error, "all its chunks in this file", "one missing");
  return sum_stored (file, chunks, n_stored, error);
}
