/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The part of a graph between one value and another, each operation by its kind: forward, and back again. */
#pragma once

#include "explain/arena.h"
#include "explain/prepared.h"

/* An operation of the part.
 * @node: the index of its node
 * @value: that it makes
 * @first_link: of its inputs among the links
 * @saved: the buffer of what its kind keeps for the way back */
typedef struct {
  guint node;
  guint value;
  guint first_link;
  guint saved;
} GbpFlowStep;

/* What a step reads.
 * @value: which it is
 * @gradient: the buffer into which its gradient is written
 * @earlier: the buffer of what the value's other users have brought before, which is added then; GBP_FLOW_NONE: it is
 *     the first on the way back */
typedef struct {
  guint value;
  guint gradient;
  guint earlier;
} GbpFlowLink;

/* The part, by values.
 * @entry: that it begins with, on which alone the others depend, and whose map is somebody else's
 * @end: that it ends with
 * @seed: where the way back begins: @end, or one before it; @entry: there is none in this part
 * @kept: whose map outlives what reads it, until the way back has come to it; @entry: none here
 * @stop: which no way back goes beyond: @entry, or @kept
 * @is_repeated: whether the way back may be gone again */
typedef struct {
  guint entry;
  guint end;
  guint seed;
  guint kept;
  guint stop;
  gboolean is_repeated;
} GbpFlowRange;

/* Several values' gradients are one buffer where an addition passes it on; it is written as long as one of them needs
 * it.
 * @is_wanted: whether the end, or what is kept, is made of it
 * @leads_back: whether a way back goes through the step that makes it
 * @step: which makes it; what the part begins with has none
 * @map, @gradient: its buffers
 * @last_use: when its map is last read
 * @rows: of its map, that the selected rows of the end are made of
 * @gradient_rows: that the selected rows of the seed are made of: elsewhere its gradient is zero, and not written */
typedef struct {
  gboolean is_wanted;
  gboolean leads_back;
  guint step;
  guint map;
  guint gradient;
  guint last_use;
  GbpRows rows;
  GbpRows gradient_rows;
} GbpFlowValue;

#define GBP_FLOW_NONE G_MAXUINT

/* @wanted: [2 · n_operations]: which nodes it needs
 * @steps: [n_steps]: these, in order
 * @links: [n_links]; @inputs, @gradients: [n_links]: where they lie, as gbp_flow_bind() has set them; a gradient that
 *     leads nowhere is NULL
 * @gradient_rows: [n_links]: which rows of them are written
 * @values: [n_operations + 1]
 * @workspace: the buffer that the hungriest kind needs
 * @n_bytes: of all buffers */
typedef struct {
  const GbpPrepared *prepared;
  GbpFlowRange range;
  gboolean *wanted;
  guint n_steps;
  GbpFlowStep *steps;
  guint n_links;
  GbpFlowLink *links;
  const float **inputs;
  float **gradients;
  GbpRows *gradient_rows;
  GbpFlowValue *values;
  guint n_buffers;
  GbpBuffer *buffers;
  guint workspace;
  gsize n_bytes;
  guint8 *memory;
} GbpFlow;

/* gbp_flow_new:
 * @n_workers: whom the workspace has room for
 *
 * Returns: (transfer full): NULL if there is no memory */
GbpFlow *gbp_flow_new (const GbpPrepared *prepared, const GbpFlowRange *range, guint n_workers);
void gbp_flow_free (GbpFlow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpFlow, gbp_flow_free)

/* Puts the buffers in @memory, which has @n_bytes and is aligned, of any content.
 * @entry: the map of the first value */
void gbp_flow_bind (GbpFlow *flow, gpointer memory, const float *entry);

/* Wants all, both ways, as at first. */
void gbp_flow_select_all (GbpFlow *flow);
/* Wants @rows of the end's map, and no more than these are made of; where something is kept, all of the end's. */
void gbp_flow_select (GbpFlow *flow, GbpRows rows);
/* Wants the gradient of @rows of the seed, outside of which the seed is zero; they have been computed. Not where there
 * is no seed. */
void gbp_flow_select_back (GbpFlow *flow, GbpRows rows);
/* The rows of @value's map that are made: of the first value's, that are read, one at least. */
GbpRows gbp_flow_get_rows (const GbpFlow *flow, guint value);
/* The rows of @value's gradient that are written. */
GbpRows gbp_flow_get_gradient_rows (const GbpFlow *flow, guint value);

/* The map of the part's end, or of what is kept, after gbp_flow_forward(). */
float *gbp_flow_get_map (const GbpFlow *flow, guint value);
/* The gradient of @value: of the seed before gbp_flow_backward(), where the selected rows are wanted; of the value at
 * which that stopped after it. */
float *gbp_flow_get_gradient (const GbpFlow *flow, guint value);

/* What has been prepared of the nodes is there. */
void gbp_flow_forward (const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team);
/* @stop: the value whose gradient is wanted: the first, or what is kept */
void gbp_flow_backward (
    const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team, GbpRule rule, guint stop);
