/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two ways through a plan. */
#pragma once

#include "explain/plan.h"

typedef struct {
  const GbpPlan *plan;
  const GbpKernels *kernels;
  GbpTeam *team;
} GbpPasses;

/* From the input, in the plan's map -1, to the end's output. */
void gbp_passes_forward (const GbpPasses *passes);

/* From the seed to the gradient of the input, in map -1. */
void gbp_passes_backward (const GbpPasses *passes, GbpRule rule);

/* From the seed to the gradient of the inner layer's output, behind its activation: [height][width][padded channels],
 * which stays until the next pass. Returns: where it is */
const float *gbp_passes_backward_to_inner (const GbpPasses *passes, GbpRule rule);
