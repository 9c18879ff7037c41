/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Noise that is the same whenever and by whomever it is computed. */
#pragma once

#include "kernel/team.h"

/* @seed: of all
 * @sample: which of its images
 * @deviation: of a value */
typedef struct {
  guint64 seed;
  guint sample;
  double deviation;
} GbpNoise;

/* gbp_noise_add:
 * @values: (inout): [n]: to each its own number of a normal distribution around zero is added, which hangs on the seed,
 *     the sample and the value's place alone */
void gbp_noise_add (const GbpNoise *noise, GbpTeam *team, float *values, gsize n);
