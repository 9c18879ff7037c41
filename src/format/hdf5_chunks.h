/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <hdf5.h>

#include "format/arrays.h"

/* gbp_hdf5_check_chunks:
 * @dataset: in chunks
 * @creation: how it was created
 * @array: its shape is known
 * @element_size: in bytes
 *
 * libhdf5 trusts a chunk to unpack to its full size, and reads past the end of one that does not; and
 * where a chunk is missing it makes up zeros. So each is looked at before.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if one is missing or of another size, or is packed by
 *     other means than shuffle, deflate and checksum */
gboolean gbp_hdf5_check_chunks (
    hid_t dataset, hid_t creation, const GbpArray *array, gsize element_size, GError **error);
