/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/hdf5_file.h"

/* gbp_hdf5_attribute_read:
 * @messages: (element-type GbpHdf5Message): of the object that has the attribute
 * @texts: (out) (transfer full) (nullable): its strings, of fixed or variable length, in UTF-8; NULL if
 *     the object has no attribute @name
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if the attribute is not of strings or is damaged */
gboolean gbp_hdf5_attribute_read (
    GbpHdf5File *file, const GArray *messages, const char *name, GStrv *texts, GError **error);
