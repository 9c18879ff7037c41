/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/elements.h"
#include "format/hdf5_file.h"

/* gbp_hdf5_type_read:
 * @messages: (element-type GbpHdf5Message): of a dataset
 * @element: (out): GBP_ELEMENT_OTHER if it is none of those that weights have
 * @byte_order: (out): G_LITTLE_ENDIAN or G_BIG_ENDIAN
 *
 * Knows IEEE 754 in 16, 32 and 64 bits and bfloat16, which Keras writes as opaque bytes with an attribute
 * that says so.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if that attribute cannot be read */
gboolean gbp_hdf5_type_read (GbpHdf5File *file, const GArray *messages, GbpElement *element,
    int *byte_order, GError **error);
