/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two checksums of HDF5. */
#pragma once

#include "format/hdf5_cursor.h"

/* Of metadata: Bob Jenkins' lookup3, hashlittle() from 0. */
guint32 gbp_hdf5_checksum (const guint8 *bytes, gsize n_bytes);

/* TRUE if the last four bytes of @block are the checksum of those before them; they are cut off then. */
gboolean gbp_hdf5_check_block (GbpHdf5Cursor *block);

/* Of chunks: Fletcher's, over big-endian words of 16 bits. */
guint32 gbp_hdf5_fletcher (const guint8 *bytes, gsize n_bytes);

/* Whether a checksum that differs is an error. A fuzzer cannot guess them, so its build passes them. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define GBP_HDF5_CHECKSUMS_COUNT FALSE
#else
#define GBP_HDF5_CHECKSUMS_COUNT TRUE
#endif
