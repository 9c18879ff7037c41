/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the chunks of a dataset are. */
#pragma once

#include "format/hdf5_filters.h"
#include "format/hdf5_layout.h"

/* @n_bytes: as it is stored
 * @skipped: mask of filters that it goes without */
typedef struct {
  guint64 address;
  guint64 n_bytes;
  guint32 skipped;
} GbpHdf5Chunk;

/* @n: number of chunks along each dimension, the last at an edge not being full
 * @n_bytes: of each, unpacked
 * @list: (owned) (nullable): all of them, the last dimension's neighbours side by side
 * @n_found: how many are in it by now */
typedef struct {
  guint64 n[GBP_ARRAY_MAX_RANK];
  gsize n_chunks;
  gsize n_bytes;
  GbpHdf5Chunk *list;
  gsize n_found;
} GbpHdf5Chunks;

/* gbp_hdf5_chunks_find:
 * @layout: of chunks
 * @array: its shape is known
 * @n_stored: (out): bytes of all chunks as they are stored
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if one is missing, or is there twice, or the index is
 *     one that h5py does not write for weights */
gboolean gbp_hdf5_chunks_find (GbpHdf5File *file, const GbpHdf5Layout *layout,
    const GbpHdf5Filters *filters, const GbpArray *array, GbpHdf5Chunks *chunks, guint64 *n_stored,
    GError **error);

/* gbp_hdf5_chunks_add:
 * @number: its index in the list
 *
 * Called while they are looked for.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there is no such chunk, or it is there already */
gboolean gbp_hdf5_chunks_add (
    GbpHdf5Chunks *chunks, guint64 number, const GbpHdf5Chunk *chunk, GError **error);

/* gbp_hdf5_fixed_array_read:
 * @address: of a fixed array, which lists the chunks in order
 * @is_filtered: its entries have sizes and masks
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_hdf5_fixed_array_read (GbpHdf5File *file, guint64 address, gboolean is_filtered,
    GbpHdf5Chunks *chunks, GError **error);
