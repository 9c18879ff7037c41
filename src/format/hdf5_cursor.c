/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_cursor.h"

#include <string.h>

const guint8 *
gbp_hdf5_take (GbpHdf5Cursor *cursor, guint64 n_bytes)
{
  const guint8 *bytes = cursor->bytes;

  if (n_bytes > cursor->n_left) {
    cursor->n_left = 0;
    cursor->is_past = TRUE;
    return NULL;
  }
  cursor->bytes += n_bytes;
  cursor->n_left -= n_bytes;
  return bytes;
}

guint64
gbp_hdf5_take_number (GbpHdf5Cursor *cursor, guint n_bytes)
{
  const guint8 *bytes = gbp_hdf5_take (cursor, n_bytes);
  guint64 number = 0;

  for (guint i = 0; bytes != NULL && i < n_bytes; i++)
    number |= (guint64) bytes[i] << (8 * i);
  return number;
}

GbpHdf5Cursor
gbp_hdf5_take_part (GbpHdf5Cursor *cursor, guint64 n_bytes)
{
  GbpHdf5Cursor part = {.bytes = gbp_hdf5_take (cursor, n_bytes)};

  part.n_left = part.bytes != NULL ? n_bytes : 0;
  part.is_past = part.bytes == NULL;
  return part;
}

gboolean
gbp_hdf5_take_signature (GbpHdf5Cursor *cursor, const char *signature)
{
  const guint8 *bytes = gbp_hdf5_take (cursor, 4);

  return bytes != NULL && memcmp (bytes, signature, 4) == 0;
}
