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
 * @is_added: and from there added to the value's, as its other users' are */
typedef struct {
  guint value;
  guint gradient;
  gboolean is_added;
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

/* @is_wanted: whether the end, or what is kept, is made of it
 * @leads_back: whether a way back goes through the step that makes it
 * @step: which makes it; what the part begins with has none
 * @map, @gradient: its buffers
 * @last_use: when its map is last read
 * @has_gradient: whether a step that reads it has been given a place for its gradient */
typedef struct {
  gboolean is_wanted;
  gboolean leads_back;
  guint step;
  guint map;
  guint gradient;
  guint last_use;
  gboolean has_gradient;
} GbpFlowValue;

#define GBP_FLOW_NONE G_MAXUINT

/* @wanted: [2 · n_operations]: which nodes it needs
 * @steps: [n_steps]: these, in order
 * @links: [n_links]; @inputs, @gradients: [n_links]: where they lie, as gbp_flow_bind() has set them; a gradient that
 *     leads nowhere is NULL
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

/* The map of the part's end, or of what is kept, after gbp_flow_forward(). */
float *gbp_flow_get_map (const GbpFlow *flow, guint value);
/* The gradient of @value: of the seed before gbp_flow_backward(), where all of it is wanted; of the value at which that
 * stopped after it. */
float *gbp_flow_get_gradient (const GbpFlow *flow, guint value);

/* What has been prepared of the nodes is there. */
void gbp_flow_forward (const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team);
/* @stop: the value whose gradient is wanted: the first, or what is kept */
void gbp_flow_backward (
    const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team, GbpRule rule, guint stop);
