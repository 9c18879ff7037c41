/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ways of one image through a workplace, which its thread has entered. */
#pragma once

#include "explain/explanation.h"
#include "explain/method.h"
#include "explain/passes.h"

/* @method: how
 * @channel: that is explained, after the image itself has been looked at
 * @cam: (not owned): [cam_height][cam_width]: where the class activation map goes */
typedef struct {
  const GbpExplanation *explanation;
  const GbpMethodEntry *method;
  GbpWorkplace *workplace;
  GbpPasses passes;
  float *cam;
  int channel;
} GbpRun;

void gbp_run_init (
    GbpRun *run, const GbpExplanation *explanation, GbpWorkplace *workplace, float *cam);

/* The image itself, forward: what the target and the classes are, which stays in the explanation's @outcome, and @run's
 * channel. */
GbpResult gbp_run_look (GbpRun *run, const guint8 *rgb, gsize stride, GbpOutcome *outcome);

/* The image that the workplace's pixels are, or another one on the way to it, forward.
 * @rgb, @stride: (nullable): of which it has the equal pixels; NULL: no two are equal, as in noise */
void gbp_run_forward (GbpRun *run, const GbpPath *path, const guint8 *rgb, gsize stride);

/* From what the forward pass has left to the map.
 * @map: (out): [height][width][3] */
void gbp_run_backward (GbpRun *run, float *map);

/* The image as floats, into the workplace's pixels.
 * Returns: the difference between the largest and the smallest */
double gbp_run_copy_pixels (const GbpRun *run, const guint8 *rgb, gsize stride);
