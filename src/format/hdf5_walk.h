/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/hdf5_file.h"

/* gbp_hdf5_list:
 *
 * Every dataset of the file as an array, by its path, but those of an optimizer's state. An object with
 * several paths is listed by the first of them. An array's offset is its index in @file's datasets.
 *
 * Returns: (transfer full) (element-type GbpArray): NULL with @error set (GBP_ERROR_READ) */
GPtrArray *gbp_hdf5_list (GbpHdf5File *file, GError **error);
