/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/hdf5_file.h"

/* What the chunks of a dataset have gone through, in this order: each is the filter's bit in a chunk's
 * mask of filters that it goes without; 0: the dataset goes without. */
typedef struct {
  guint32 shuffle;
  guint32 deflate;
  guint32 checksum;
} GbpHdf5Filters;

/* gbp_hdf5_filters_read:
 * @messages: (element-type GbpHdf5Message): of a dataset
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there are others, or in another order */
gboolean gbp_hdf5_filters_read (const GArray *messages, GbpHdf5Filters *filters, GError **error);

/* gbp_hdf5_filters_undo:
 * @skipped: a chunk's mask of filters that it goes without
 * @element_size: in bytes
 * @packed: a chunk as it is stored
 * @chunk: (out) (array length=n_chunk): what it was, of @n_chunk bytes exactly
 * @spare: as long as @chunk
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if it is another number of bytes or the checksum
 *     differs */
gboolean gbp_hdf5_filters_undo (const GbpHdf5Filters *filters, guint32 skipped, gsize element_size,
    GbpHdf5Cursor packed, guint8 *chunk, gsize n_chunk, guint8 *spare, GError **error);
