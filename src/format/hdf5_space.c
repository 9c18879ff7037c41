/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_space.h"

/* Kinds of dataspaces of version 2: no dimension, some, or not even one element. */
#define KIND_NULL 2

gboolean
gbp_hdf5_space_parse (GbpHdf5Cursor content, guint *rank, guint64 *shape)
{
  guint version = (guint) gbp_hdf5_take_number (&content, 1);
  guint kind;

  *rank = (guint) gbp_hdf5_take_number (&content, 1);
  gbp_hdf5_take (&content, 1); /* flags */
  kind = (guint) gbp_hdf5_take_number (&content, 1);
  gbp_hdf5_take (&content, version == 1 ? 4 : 0);
  if (version < 1 || version > 2 || (version == 2 && kind == KIND_NULL)
      || *rank > GBP_HDF5_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < *rank; i++)
    shape[i] = gbp_hdf5_take_number (&content, 8);
  return !content.is_past;
}

gboolean
gbp_hdf5_space_count (GbpHdf5Cursor content, guint64 *n)
{
  guint64 shape[GBP_HDF5_MAX_RANK];
  guint rank;

  if (!gbp_hdf5_space_parse (content, &rank, shape))
    return FALSE;
  *n = 1;
  for (guint i = 0; i < rank; i++)
    if (!g_uint64_checked_mul (n, *n, shape[i]))
      return FALSE;
  return TRUE;
}
