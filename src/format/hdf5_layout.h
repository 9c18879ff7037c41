/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/arrays.h"
#include "format/hdf5_file.h"

/* Where a dataset's values are, by the numbers that files have. */
typedef enum {
  GBP_HDF5_COMPACT = 0,
  GBP_HDF5_CONTIGUOUS = 1,
  GBP_HDF5_CHUNKED = 2,
  GBP_HDF5_VIRTUAL = 3,
} GbpHdf5Storage;

/* How the chunks are found, by the numbers that files have; the first is ours. */
typedef enum {
  GBP_HDF5_INDEX_TREE = 0,
  GBP_HDF5_INDEX_SINGLE = 1,
  GBP_HDF5_INDEX_IMPLICIT = 2,
  GBP_HDF5_INDEX_FIXED_ARRAY = 3,
  GBP_HDF5_INDEX_EXTENSIBLE_ARRAY = 4,
  GBP_HDF5_INDEX_TREE2 = 5,
} GbpHdf5Index;

/* @bytes: the values, if compact
 * @address: of the values, or of the chunks' index
 * @n_bytes: of them, if contiguous; of a single chunk that has gone through filters, else 0
 * @rank, @chunk: shape of a chunk
 * @element_size: in bytes, if chunked
 * @skipped: filters that a single chunk has not gone through */
typedef struct {
  GbpHdf5Storage storage;
  GbpHdf5Cursor bytes;
  guint64 address;
  guint64 n_bytes;
  GbpHdf5Index index;
  guint rank;
  guint64 chunk[GBP_ARRAY_MAX_RANK];
  guint64 element_size;
  guint32 skipped;
} GbpHdf5Layout;

/* FALSE with @error set (GBP_ERROR_READ) if there is none, or one that h5py does not write. */
gboolean gbp_hdf5_layout_read (const GArray *messages, GbpHdf5Layout *layout, GError **error);
