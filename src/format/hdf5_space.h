/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/hdf5_cursor.h"

/* More than HDF5 allows. */
#define GBP_HDF5_MAX_RANK 32

/* Parses a dataspace. @shape: (out) (array length=rank): of GBP_HDF5_MAX_RANK; FALSE if there is none
 * or it is damaged. */
gboolean gbp_hdf5_space_parse (GbpHdf5Cursor content, guint *rank, guint64 *shape);

/* How many elements a dataspace has; FALSE if that cannot be said in 64 bits. */
gboolean gbp_hdf5_space_count (GbpHdf5Cursor content, guint64 *n);
