/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The computation of one target: first the steps of the graph's chain, fused, with what of each is wanted; then the
 * flow of what comes behind it; and where in memory the buffers lie. They are needed only while it computes, so that
 * plans share them. */
#pragma once

#include "explain/flow.h"
#include "explain/prepared.h"
#include "explain/target.h"
#include "kernel/team.h"

/* One layer of the chain, and what is kept of it for the way back.
 * @convolution: (not owned) (nullable): of a convolution
 * @is_fused: a pool that the convolution before it takes along, whose own output is then never written
 * @map: which of the plan's maps its output is in
 * @map_size: floats of the layer's output
 * @region: the part of the output that the target depends on, which is also where its gradient is not
 *     zero
 * @channels: likewise
 * @active: (nullable): behind a ReLU, also one with a pool or flatten behind it: the units above zero, as bits; a fused
 *     pool has those that its convolution would have
 * @argmax: (nullable): of a pool */
typedef struct {
  const GbpLayer *layer;
  const GbpConvolution *convolution;
  gboolean is_fused;
  guint map;
  gsize map_size;
  GbpRegion region;
  GbpChannels channels;
  guint8 *active;
  guint8 *argmax;
} GbpStep;

/* @layer: the target's, where the way back begins
 * @end: where the forward pass ends: @layer, or one behind it
 * @inner: (nullable): a layer before @layer at which a way back may stop
 * @input: the image's shape
 * @steps: [n_steps] (owned): the chain's, from the input to the end, or to where the flow begins
 * @flow: (owned) (nullable): from there to the end; all of what it begins with is wanted
 * @layer_step: the target's step of the chain; -1: it is in the flow
 * @kept_step: the step of @inner, or of a @layer before @end, whose output is kept when others have taken its place;
 *     -1: there is none in the chain
 * @kept: that output
 * @sums_step: the chain's first dense layer, where only pools and flatten are between the inner layer and it: what
 *     comes back to all pixels of a channel can then be had in one; -1: there is more between
 * @pixel_sums: (nullable) (not owned): of that layer
 * @input_region: the part of the image that the target depends on: of a flow's, by rows
 * @n_workers: whom the workspace has room for
 * @n_bytes: of all buffers, which gbp_plan_bind() gives their places
 * @maps: two buffers, each large enough for any step's map: a step reads one and writes the
 *     other
 * @equivalence: the classes of the current map's pixels, see layer/equivalence.h, and as many again as scratch
 * @near_zero: scratch, one bit for each unit of the largest map
 * @sums: scratch, one for each channel of the target, or of the inner layer
 * @workspace: what the hungriest layer needs */
typedef struct {
  const GbpLayer *layer;
  const GbpLayer *end;
  const GbpLayer *inner;
  GbpShape input;
  guint n_steps;
  GbpStep *steps;
  GbpFlow *flow;
  int layer_step;
  int kept_step;
  float *kept;
  int sums_step;
  const float *pixel_sums;
  GbpRegion input_region;
  guint n_workers;
  gsize n_bytes;
  float *maps[2];
  guint64 *equivalence[2];
  guint8 *near_zero;
  double *sums;
  float *workspace;
} GbpPlan;

/* Up to @selection's end, which may be several layers before the network's. All of it is wanted until gbp_plan_select()
 * says otherwise. What is missing of the weights' preparation is made by @team, which computes it later on.
 *
 * Returns: FALSE with @error set (GBP_ERROR_MEMORY); @plan is then empty */
gboolean gbp_plan_init (GbpPlan *plan, GbpNetwork *network, const GbpSelection *selection,
    GbpTeam *team, GError **error);

/* Frees what it owns. */
void gbp_plan_clear (GbpPlan *plan);

/* Puts the buffers in @memory, which has @n_bytes and is aligned to GBP_ALIGNMENT. What is in them does not matter:
 * where all comes from one computation, nothing is read that was not written in it. */
void gbp_plan_bind (GbpPlan *plan, gpointer memory);

/* Wants forward what the selected units, and the end, depend on, and no more. @selection's layers are the plan's. */
void gbp_plan_select (GbpPlan *plan, const GbpSelection *selection);

/* From here on only the gradient of @channel of the selected units is wanted, of all those that were computed. */
void gbp_plan_select_back (GbpPlan *plan, const GbpSelection *selection, int channel);

/* The step whose ReLU @index's outputs have come through: its own, or one with only pools and flatten behind it; @index
 * where there is none. */
guint gbp_plan_find_relu (const GbpPlan *plan, guint index);

/* The pool that step @index takes along, or NULL. */
const GbpStep *gbp_plan_get_fused_pool (const GbpPlan *plan, guint index);

/* Where step @index's output is; that of the network's input is at -1. */
float *gbp_plan_get_map (const GbpPlan *plan, int index);

/* Where the outputs of the target, of the end and of the inner layer are, after the forward pass. */
const float *gbp_plan_get_target (const GbpPlan *plan);
const float *gbp_plan_get_end (const GbpPlan *plan);
const float *gbp_plan_get_inner (const GbpPlan *plan);

/* Where the target's gradient goes, after its output has been looked at. Of a flow's the selected rows are zero. */
float *gbp_plan_begin_seed (const GbpPlan *plan);
