/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An HDF5 file of the subset that Keras and h5py write, read with bounds on work, memory and depth: it
 * is whatever someone downloaded. A file has no state outside of it, so any number may be read at once. */
#pragma once

#include "format/hdf5_cursor.h"
#include "format/source.h"

/* What is deeper is no weight file's. */
#define GBP_HDF5_MAX_DEPTH 16

/* @base: where the signature is, which addresses are relative to
 * @root: address of the root group's header
 * @blocks: (element-type guint8*): memory that cursors point into, until the file is closed
 * @entered: (element-type guint64): addresses of the structures that have been read, each only once, so
 *     that there is no way round in circles
 * @collections: (element-type guint64 GbpHdf5Cursor): heaps of texts that have been read, by address
 * @n_bytes_left: what may still be read of metadata and made of it; a file that wants more says the same
 *     bytes again and again
 * @n_stored_left: what datasets may still have of values as they are stored
 * @datasets: (element-type GbpHdf5Dataset): indexed by a GbpArray's @offset
 * @groups: (element-type utf8 GArray): the messages of each group that a listing has met, by its path; the root's
 *     is empty */
typedef struct {
  const GbpSource *source;
  guint64 base;
  guint64 root;
  GPtrArray *blocks;
  GHashTable *entered;
  GHashTable *collections;
  guint64 n_bytes_left;
  guint64 n_stored_left;
  GPtrArray *datasets;
  GHashTable *groups;
} GbpHdf5File;

/* gbp_hdf5_find_signature:
 * @base: (out): where it is: at 0, or at 512, 1024, 2048, … behind someone else's bytes
 *
 * Returns: FALSE if @source is no HDF5 file, or cannot be read */
gboolean gbp_hdf5_find_signature (const GbpSource *source, guint64 *base);

/* gbp_hdf5_file_open:
 * @source: to be kept until it is closed
 *
 * Returns: NULL with @error set (GBP_ERROR_READ) */
GbpHdf5File *gbp_hdf5_file_open (const GbpSource *source, GError **error);

void gbp_hdf5_file_close (GbpHdf5File *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpHdf5File, gbp_hdf5_file_close)

/* gbp_hdf5_file_read:
 * @cursor: (out): on @n_bytes at @address
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if they are not there or the file wants too much */
gboolean gbp_hdf5_file_read (
    GbpHdf5File *file, guint64 address, guint64 n_bytes, GbpHdf5Cursor *cursor, GError **error);

/* Charges @n_bytes of memory, which is made for what the file has, as if they were read; FALSE with
 * @error set (GBP_ERROR_READ) if the file wants too much. */
gboolean gbp_hdf5_file_charge (GbpHdf5File *file, guint64 n_bytes, GError **error);

/* Must be asked before a structure at @address is followed; FALSE with @error set (GBP_ERROR_READ) if
 * it was followed already. */
gboolean gbp_hdf5_file_enter (GbpHdf5File *file, guint64 address, GError **error);

/* Moves @address, a file's, to the source's offsets; FALSE if @n_bytes are not there. */
gboolean gbp_hdf5_file_locate (const GbpHdf5File *file, guint64 *address, guint64 n_bytes);

/* Sets @error (GBP_ERROR_READ); FALSE. */
gboolean gbp_hdf5_refuse (GError **error, const char *expected, const char *found);
