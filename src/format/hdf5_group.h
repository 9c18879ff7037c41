/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/hdf5_file.h"

/* A hard link: others may lead out of the file, and are not followed.
 * @name: of @name_length bytes, with no NUL among them nor behind them; they stay until the file is closed
 * @address: of the object's header */
typedef struct {
  const char *name;
  gsize name_length;
  guint64 address;
} GbpHdf5Link;

/* TRUE if an object with these messages (element-type GbpHdf5Message) is a group. */
gboolean gbp_hdf5_is_group (const GArray *messages);

/* gbp_hdf5_group_read:
 * @messages: (element-type GbpHdf5Message): of a group
 *
 * Reads all hard links of a group, whether they are in a symbol table, in messages, or in a heap.
 *
 * Returns: (transfer full) (element-type GbpHdf5Link): NULL with @error set (GBP_ERROR_READ) */
GArray *gbp_hdf5_group_read (GbpHdf5File *file, const GArray *messages, GError **error);
