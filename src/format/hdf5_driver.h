/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <hdf5.h>

#include "format/source.h"

/* gbp_hdf5_driver_use:
 * @access: a list of file access properties
 * @source: to be kept until the file is closed
 *
 * Makes H5Fopen() read @source, by a driver of our own: libhdf5's would lock the file, open it by its
 * path once more, copy an image, and keep an accumulator of metadata that crashes on some damaged files.
 *
 * Returns: the driver's handle, for H5FDunregister() once the file is closed */
hid_t gbp_hdf5_driver_use (hid_t access, const GbpSource *source);
