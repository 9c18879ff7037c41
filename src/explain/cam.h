/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Gradient-weighted class activation maps (Selvaraju et al. 2017). */
#pragma once

#include "network/layer.h"

/* gbp_cam_compute:
 * @map, @gradient: [height][width][padded channels]: the output of @layer, and the derivative of the class's logit with
 *     respect to it
 * @weights: scratch, [padded channels]
 * @cam: (out): [height][width]: max (0, Σₖ αₖ · Aₖ), where αₖ is the mean of the gradient over the map of channel k */
void gbp_cam_compute (
    const GbpLayer *layer, const float *map, const float *gradient, double *weights, float *cam);

/* How a map of one channel is resized.
 * @height, @width: of the map
 * @to_height, @to_width: of what comes out */
typedef struct {
  guint height, width;
  guint to_height, to_width;
} GbpResize;

/* gbp_cam_spread:
 * @cam: [height][width]
 * @output: (inout): [to_height][to_width][3]: becomes in all three channels the map, bilinearly between the centres of
 *     its pixels, and beyond the outermost of them constant
 * @is_factor: that it is multiplied by that instead */
void gbp_cam_spread (const GbpResize *resize, const float *cam, gboolean is_factor, float *output);
