/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which values get the colours at the ends of a colour map. */
#pragma once

#include "render/reduce.h"

/* gbp_scale_find:
 * @normalize: any but GBP_NORMALIZE_AUTO
 * @values: [n_values], all finite
 *
 * The style's clip and range count as its normalize says. Where there is nothing but zeros, low and high are equal. */
void gbp_scale_find (GbpMapKind kind, const GbpStyle *style, GbpNormalize normalize,
    const float *values, gsize n_values, GbpScale *scale);

/* The smallest of the absolute values above zero that at least @percent of them do not exceed; 0 if there are
 * none. @percent: above 0 and up to 100. */
float gbp_scale_find_percentile (const float *values, gsize n_values, double percent);
