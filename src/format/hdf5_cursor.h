/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bytes of an HDF5 file in memory, taken one after the other and never past their end. */
#pragma once

#include <glib.h>

/* An address or offset that a file leaves open. */
#define GBP_HDF5_UNDEFINED G_MAXUINT64

/* @bytes: the next one; not owned
 * @n_left: how many there are
 * @is_past: more was taken than there was; from then on everything taken is 0 */
typedef struct {
  const guint8 *bytes;
  gsize n_left;
  gboolean is_past;
} GbpHdf5Cursor;

/* NULL where there are fewer than @n_bytes. */
const guint8 *gbp_hdf5_take (GbpHdf5Cursor *cursor, guint64 n_bytes);

/* An unsigned little-endian number of 0 to 8 bytes. */
guint64 gbp_hdf5_take_number (GbpHdf5Cursor *cursor, guint n_bytes);

/* The next @n_bytes as a cursor of their own. */
GbpHdf5Cursor gbp_hdf5_take_part (GbpHdf5Cursor *cursor, guint64 n_bytes);

/* TRUE if the next bytes are the four of @signature, which are then taken. */
gboolean gbp_hdf5_take_signature (GbpHdf5Cursor *cursor, const char *signature);
