/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The heaps that hold names and texts. */
#pragma once

#include "format/hdf5_file.h"

/* A fractal heap: blocks of doubling size, seen as one row of bytes. */
typedef struct _GbpHdf5Heap GbpHdf5Heap;

/* NULL with @error set (GBP_ERROR_READ). It is to be freed before @file is closed. */
GbpHdf5Heap *gbp_hdf5_heap_open (GbpHdf5File *file, guint64 address, GError **error);
void gbp_hdf5_heap_free (GbpHdf5Heap *heap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpHdf5Heap, gbp_hdf5_heap_free)

/* gbp_hdf5_heap_find:
 * @id: where an object is, as a tree's record has it
 * @object: (out): its bytes
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_hdf5_heap_find (
    GbpHdf5Heap *heap, GbpHdf5Cursor id, GbpHdf5Cursor *object, GError **error);

/* gbp_hdf5_local_heap_read:
 * @data: (out): the bytes that a group's names are in, each with a NUL behind it
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_hdf5_local_heap_read (
    GbpHdf5File *file, guint64 address, GbpHdf5Cursor *data, GError **error);
