/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/json.h"

#include "format/arrays.h"
#include "format/elements.h"
#include "format/source.h"

/* gbp_safetensors_read_header:
 * @data_offset: (out): where the arrays' bytes begin
 *
 * Returns: (transfer full): an object; NULL with @error set (GBP_ERROR_READ) */
json_t *gbp_safetensors_read_header (const GbpSource *source, guint64 *data_offset, GError **error);

/* Every array that the header names, with nothing but its name. (transfer full) (element-type
 * GbpArray) */
GPtrArray *gbp_safetensors_list (const json_t *header);

/* gbp_safetensors_describe:
 * @n_bytes: behind the header
 *
 * Sets element, rank, shape and offset (from the header's end) of a listed array.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if the header contradicts itself or the file's size */
gboolean gbp_safetensors_describe (
    const json_t *header, guint64 n_bytes, GbpArray *array, GError **error);

/* Takes preprocessing, training and class names from the header's metadata, as far as it has them. */
gboolean gbp_safetensors_read_metadata (const json_t *header, GbpWeights *weights, GError **error);
