/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HDF5 in every way in which h5py can be made to write it. */
#pragma once

#include <hdf5.h>

#include "sample.h"

/* How the chunks of arrays with several dimensions are laid out. */
typedef enum {
  VARIANT_CONTIGUOUS,
  VARIANT_COMPACT,
  VARIANT_SINGLE,   /* one chunk */
  VARIANT_HALVES,   /* chunks that end beyond the array's edge */
  VARIANT_ELEMENTS, /* a chunk for each element of the last two dimensions */
  VARIANT_EARLY,    /* as before, room for all made at once */
} VariantChunks;

/* @is_latest: the newest version of each structure
 * @user_block: bytes before the file
 * @n_growing: dimensions that may grow
 * @has_filters: shuffle, deflate and checksum
 * @type: 4: binary32; 8: binary64; 2: binary16
 * @n_others: groups beside the arrays' */
typedef struct {
  const char *name;
  gboolean is_latest;
  guint user_block;
  VariantChunks chunks;
  guint n_growing;
  gboolean has_filters;
  guint type;
  gboolean is_big_endian;
  guint n_others;
} Variant;

extern const Variant variants[];
extern const guint n_variants;

/* Those of @arrays, which all have values. */
void variant_write (const char *path, GPtrArray *arrays, const Variant *variant);
