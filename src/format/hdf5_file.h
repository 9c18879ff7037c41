/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An HDF5 file, open for reading through libhdf5. No two threads at once: not every libhdf5 allows it. */
#pragma once

#include <hdf5.h>

#include "format/source.h"

/* @id: libhdf5's handle
 * @driver: handle of the driver that reads the source
 * @size: of the file, in bytes
 * @report, @report_data: what libhdf5 did with errors before: it prints them unless told not to */
typedef struct {
  hid_t id;
  hid_t driver;
  guint64 size;
  H5E_auto2_t report;
  void *report_data;
} GbpHdf5File;

/* gbp_hdf5_file_open:
 * @source: to be kept until it is closed
 *
 * Returns: NULL with @error set (GBP_ERROR_READ) */
GbpHdf5File *gbp_hdf5_file_open (const GbpSource *source, GError **error);

void gbp_hdf5_file_close (GbpHdf5File *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpHdf5File, gbp_hdf5_file_close)

/* Sets @error (GBP_ERROR_READ) to @what and the cause that libhdf5 gives. */
void gbp_hdf5_set_error (GError **error, const char *what);
