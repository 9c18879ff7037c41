/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions of a pixel's channels, computed for some pixels: by their values normalizations are found. */
#pragma once

#include "format/onnx_values.h"

#define GBP_ONNX_N_PROBES 6

guint gbp_onnx_count_channels (const GbpOnnx *onnx, const GbpOnnxValue *map);

/* [GBP_ONNX_N_PROBES][@channels], of any numbers; (transfer full): NULL with @error set */
double *gbp_onnx_new_probes (GbpOnnx *onnx, guint channels, GError **error);

/* Sets @value's probes, if it has none. Comes to itself as deep as functions are pending in a row.
 * Returns: FALSE: @value is not of @base, or @error is set */
gboolean gbp_onnx_find_probes (
    GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxValue *base, GError **error);

/* Sets @value's probes to what a node makes of its operands'.
 * Returns: FALSE: they are of something else, or @error is set */
gboolean gbp_onnx_compute_probes (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxMeaning *meaning,
    const GbpOnnxValue *base, GError **error);
