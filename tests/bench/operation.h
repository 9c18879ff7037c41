/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operation by itself, with maps and weights of its own. */
#pragma once

#include "layer/kind.h"

#define BENCH_MOST_INPUTS 2

/* What values are made of, see bench_fill(). */
typedef enum {
  BENCH_FIRST_INPUT,
  BENCH_SECOND_INPUT,
  BENCH_KERNEL,
  BENCH_BIAS,
  BENCH_GRADIENT,
} BenchSeed;

/* All members are owned; @node and @pass point to the others.
 * @chained: (nullable): the map of a chain in place, where the kind allows that */
typedef struct {
  GbpOperation operation;
  GbpOperation activation;
  GbpShape inputs[BENCH_MOST_INPUTS];
  GbpNode node;
  GbpNodePass pass;
  const GbpKindClass *kind;
  gpointer prepared;
  float *maps[BENCH_MOST_INPUTS];
  float *gradients[BENCH_MOST_INPUTS];
  GbpRows input_rows[BENCH_MOST_INPUTS];
  float *gradient;
  float *chained;
} BenchOperation;

/* The operation @operation, which gives its tensors away; where it has none they are made.
 * @activation: (nullable): computed along
 * @inputs: [n_inputs]
 * @n_outputs: channels of a convolution or a dense layer; of an activation that has a slope for each channel other than
 *     0
 * @rule: at an activation, on the way back
 * Returns: (transfer full): free with bench_operation_free() */
BenchOperation *bench_operation_new (const GbpOperation *operation, const GbpOperation *activation,
    const GbpShape *inputs, guint n_inputs, guint n_outputs, GbpRule rule, GbpTeam *team);
void bench_operation_free (BenchOperation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchOperation, bench_operation_free)

void bench_operation_forward (BenchOperation *self);
/* After a forward pass. */
void bench_operation_backward (BenchOperation *self);

/* Seconds that one of the two takes. */
double bench_operation_time (BenchOperation *self, gboolean is_backward);

/* Layers in a row that bench_operation_time_chain() has. */
#define BENCH_CHAIN 8

/* Seconds that one of the two takes in a chain of BENCH_CHAIN such layers, each in place over the one before, and the
 * first over a copy, which is timed too: as it runs in a network. Of a kind that is not computed in place:
 * bench_operation_time(). The maps that bench_operation_forward() and bench_operation_backward() leave stay. */
double bench_operation_time_chain (BenchOperation *self, gboolean is_backward);

/* Numbers from −0.5 to 0.5, that do not repeat soon: number i is (((i + 1000 · @seed) · 7919) mod 2503 + 0.5) / 2503 −
 * 0.5. */
void bench_fill (float *values, gsize n, BenchSeed seed);
