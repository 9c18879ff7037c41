/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes out of an operation, and what it may be given. */
#pragma once

#include "layer/operation.h"

/* Whether a map is not empty, and takes at most GBP_MAX_MAP bytes. */
gboolean gbp_shape_fits (const GbpShape *shape);

/* gbp_shape_infer:
 * @inputs: [n_inputs]
 * @output: (out): what comes out
 *
 * Returns: (transfer full) (nullable): what is wrong with the operation: what is expected, and what was found */
char *gbp_shape_infer (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);

/* What the kinds' own checks share. Each returns (transfer full) (nullable) what is wrong.
 * @what: for the message
 * @n_values: of a tensor, which must be there unless @is_optional */
char *gbp_shape_check_pixel (const GbpShape *input);
char *gbp_shape_check_tensor (
    const GbpTensor *tensor, const char *what, guint64 n_values, gboolean is_optional);

/* @output: (inout): what a window makes of the map; channels stay as they are */
char *gbp_shape_slide (const GbpWindow *window, GbpShape *output);

/* A GbpKindClass' infer() of what makes one pixel of a map. */
char *gbp_shape_infer_pixel (
    const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);

/* Returns: (transfer full): what is wrong with two maps that should fit each other */
char *gbp_shape_describe_mismatch (const GbpShape *first, const GbpShape *other);
