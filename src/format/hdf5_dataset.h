/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/arrays.h"
#include "format/hdf5_file.h"

/* A dataset, from the listing of the file on. */
typedef struct _GbpHdf5Dataset GbpHdf5Dataset;

/* @messages: (transfer full) (element-type GbpHdf5Message): its header */
GbpHdf5Dataset *gbp_hdf5_dataset_new (GArray *messages);
void gbp_hdf5_dataset_free (GbpHdf5Dataset *dataset);

/* gbp_hdf5_describe:
 * @array: a listed one, and no second time; rank and shape are set, and that it is a bias if it has one
 *     dimension
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if it is not of floating-point numbers in 16, 32 or
 *     64 bits, is larger than what the file can hold, or is not stored in the file */
gboolean gbp_hdf5_describe (GbpHdf5File *file, GbpArray *array, GError **error);

/* Reads a described dataset in the file's own order, as 32 bits. @file is a GbpHdf5File; a
 * GbpArrayRead. */
gboolean gbp_hdf5_read (
    gpointer file, const GbpArray *array, const GbpArraySize *size, float *values, GError **error);
