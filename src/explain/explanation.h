/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an explanation is made of, and how it computes. */
#pragma once

#include <gbp/explanation.h>

#include "explain/average.h"
#include "explain/outcome.h"
#include "explain/pixels.h"
#include "explain/workplace.h"

/* @given: what it is an explanation of
 * @network: what it computes with: @given, or a copy with random weights that the target wants
 * @seed: of the noise
 * @own: where images are computed one at a time, by all threads; empty without a target
 * @outcome: (nullable): without a target there is none
 * @average: (nullable): where the map is a mean
 * @begun: (nullable), @chooser: (nullable): of the top class
 * @is_stopped: (nullable): whether a mean is to end early */
struct _GbpExplanation {
  GbpNetwork *given;
  GbpNetwork *network;
  GbpTeam *team;
  const GbpKernels *kernels;
  GbpPixels pixels;
  guint64 seed;
  GbpSelection selection;
  GbpWorkplace own;
  GbpOutcome *outcome;
  GbpAverage *average;
  GbpClassChoiceBegun begun;
  GbpClassChooser chooser;
  gpointer chooser_data;
  GbpStopFunction is_stopped;
  gpointer stop_data;
};
