/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The computation of one target: its steps, what of each is wanted, and every buffer they need. */
#pragma once

#include "explain/prepared.h"
#include "explain/target.h"
#include "kernel/team.h"

/* One layer, and what is kept of it for the way back.
 * @convolution: (not owned) (nullable): of a convolution
 * @is_fused: a pool that the convolution before it takes along, whose own output is then never written
 * @map: which of the plan's maps its output is in
 * @map_size: floats of the layer's output
 * @region: the part of the output that the target depends on, which is also where its gradient is not
 *     zero
 * @channels: likewise
 * @active: (owned) (nullable): behind a ReLU, or a ReLU and a pool: the units above zero, as bits; a fused pool has
 *     those that its convolution would have
 * @choice: (owned) (nullable): of a pool */
typedef struct {
  const GbpLayer *layer;
  const GbpConvolution *convolution;
  gboolean is_fused;
  guint map;
  gsize map_size;
  GbpRegion region;
  GbpChannels channels;
  guint8 *active;
  guint8 *choice;
} GbpStep;

/* @steps: [n_steps], from the input to the cut
 * @input_region: the part of the image that the target depends on
 * @maps: (owned): two buffers, each large enough for any step's map: a step reads one and writes the
 *     other
 * @labels: (owned): of the current map's pixels, and the same again as scratch
 * @unsure: (owned): scratch, one bit for each unit of the largest map
 * @sums: (owned): scratch, one for each channel of the cut
 * @workspace: (owned): what the hungriest convolution needs */
typedef struct {
  guint n_steps;
  GbpStep steps[GBP_MAX_LAYERS];
  GbpRegion input_region;
  float *maps[2];
  guint64 *labels[2];
  guint8 *unsure;
  double *sums;
  float *workspace;
} GbpPlan;

/* Up to @cut. All of it is wanted until gbp_plan_select() says otherwise. */
void gbp_plan_init (GbpPlan *plan, GbpNetwork *network, guint cut, GbpTeam *team);
void gbp_plan_clear (GbpPlan *plan);

/* Wants what the selected units depend on, and no more. @selection's cut is the plan's. */
void gbp_plan_select (GbpPlan *plan, const GbpSelection *selection);

/* From here on only the gradient of @channel is wanted, of all those that were computed. */
void gbp_plan_select_channel (GbpPlan *plan, int channel);

/* The pool that step @index takes along, or NULL. */
const GbpStep *gbp_plan_get_fused_pool (const GbpPlan *plan, guint index);

/* Where step @index's output is; that of the network's input is at -1. */
float *gbp_plan_get_map (const GbpPlan *plan, int index);
