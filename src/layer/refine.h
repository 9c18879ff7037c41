/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winograd's filtering rounds a little more than a direct sum. For a value that is nothing, but a gradient
 * goes through a ReLU or not: outputs so near zero that rounding would decide are computed again, directly and
 * in double precision. They are one in a hundred thousand. */
#pragma once

#include "layer/convolution.h"

typedef struct _GbpRefinement GbpRefinement;

/* @kernel: [3][3][n_inputs][n_outputs], not kept
 * Returns: NULL if there is no memory */
GbpRefinement *gbp_refinement_new (
    const GbpConvolutionShape *shape, const float *kernel, const float *bias);
void gbp_refinement_free (GbpRefinement *refinement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpRefinement, gbp_refinement_free)

/* How far off an output may be, by channel: a small part of its kernel's norm times the root mean square
 * of the inputs. Zero, so that nothing is computed again, where that is no finite number: then the layer overflows, and
 * no sign hangs on rounding.
 * @tolerance: (out): [padded n_outputs] */
void gbp_refinement_get_tolerance (
    const GbpRefinement *refinement, const GbpConvolutionPass *pass, float *tolerance);

/* So many units are always computed again, however few a pass makes. */
#define GBP_REFINEMENT_LEAST 64

/* Computes the outputs that @pass->near_zero marks again, in @pass->output and @pass->active; and behind a pool, in
 * @pass->argmax. Where it marks more than one in 64 it does nothing: such a layer is zero but for rounding, there is
 * nothing to gain, and it would take ten times as long.
 * Returns: how many were computed again */
gsize gbp_refinement_run (const GbpRefinement *refinement, const GbpConvolutionPass *pass);
