/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an explanation is made of, and how it computes. */
#pragma once

#include <gbp/explanation.h>

#include "explain/outcome.h"
#include "explain/passes.h"
#include "explain/pixels.h"
#include "kernel/scratch.h"

/* @given: what it is an explanation of
 * @network: what it computes with: @given, or a copy with random weights that the target wants
 * @seed: of the noise
 * @scratch: (nullable): without a target there is none
 * @plan: of the selection
 * @outcome: (nullable): likewise
 * @chooser: (nullable): of the top class */
struct _GbpExplanation {
  GbpNetwork *given;
  GbpNetwork *network;
  GbpTeam *team;
  const GbpKernels *kernels;
  GbpPixels pixels;
  guint64 seed;
  GbpSelection selection;
  GbpPlan plan;
  GbpScratch *scratch;
  GbpOutcome *outcome;
  GbpClassChooser chooser;
  gpointer chooser_data;
};

/* gbp_explanation_run:
 * @map: (out): [height][width][3]
 *
 * From pixels to the map, in the memory that the plan is bound to, with the team in a session. */
GbpResult gbp_explanation_run (
    GbpExplanation *explanation, const guint8 *rgb, gsize stride, float *map);
