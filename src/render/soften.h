/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* gbp_soften:
 * @deviation: of the Gaussian, in pixels, above 0 and up to GBP_SOFTNESS_MAX
 * @n_values: for each pixel, 1 or 3, each softened by itself
 * @values: (inout): [@height][@width][@n_values]
 * @scratch: of gbp_soften_count_scratch() floats
 *
 * A pixel becomes the mean of those around it that there are, so that a constant stays what it is up to the
 * border. */
void gbp_soften (
    double deviation, guint n_values, guint height, guint width, float *values, float *scratch);

/* For up to three values for each pixel. */
gsize gbp_soften_count_scratch (guint height, guint width);
