/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An object of an HDF5 file is a header of messages, each of which says one thing about it. */
#pragma once

#include "format/hdf5_file.h"

/* Messages that a reader needs, by the numbers that files have. */
typedef enum {
  GBP_HDF5_DATASPACE = 0x01,
  GBP_HDF5_LINK_INFO = 0x02,
  GBP_HDF5_DATATYPE = 0x03,
  GBP_HDF5_LINK = 0x06,
  GBP_HDF5_EXTERNAL_FILES = 0x07,
  GBP_HDF5_LAYOUT = 0x08,
  GBP_HDF5_FILTERS = 0x0b,
  GBP_HDF5_ATTRIBUTE = 0x0c,
  GBP_HDF5_CONTINUATION = 0x10,
  GBP_HDF5_SYMBOL_TABLE = 0x11,
} GbpHdf5Kind;

/* @is_shared: @content does not have the message but says where it is */
typedef struct {
  GbpHdf5Kind kind;
  gboolean is_shared;
  GbpHdf5Cursor content;
} GbpHdf5Message;

/* gbp_hdf5_object_read:
 * @address: of the header, of version 1 or 2
 *
 * Returns: (transfer full) (element-type GbpHdf5Message): those of the kinds above, while @file is open;
 *     NULL with @error set (GBP_ERROR_READ) */
GArray *gbp_hdf5_object_read (GbpHdf5File *file, guint64 address, GError **error);

/* NULL if there is none of @kind. */
const GbpHdf5Message *gbp_hdf5_object_find (const GArray *messages, GbpHdf5Kind kind);
