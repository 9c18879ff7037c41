/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operation by itself, with maps and weights of its own, for the tests of kinds. */
#pragma once

#include "harness.h"
#include "layer/kind.h"

#define MOST_INPUTS 3

/* Vector levels, from plain C on. */
#define N_LEVELS 4

/* Maps are padded as kernels have them, weights are random. What passes should write is NaN before, and what they may
 * not read is not there.
 * @kernels: NULL where the CPU lacks the level: nothing else is set then
 * @rows, @input_rows: as passes have them: at first all */
typedef struct {
  const GbpKernels *kernels;
  GbpTeam *team;
  GbpOperation operation;
  GbpShape shapes[MOST_INPUTS];
  GbpNode node;
  const GbpKindClass *kind;
  gpointer prepared;
  gpointer saved;
  gpointer workspace;
  gsize workspace_size;
  float *inputs[MOST_INPUTS];
  float *output;
  float *gradient;
  float *input_gradients[MOST_INPUTS];
  GbpRows rows;
  GbpRows input_rows[MOST_INPUTS];
} TestNode;

/* @operation: its kind and parameters; its tensors are made
 * @activation: (nullable): computed along
 * @n_weights: values of tensors[0], or 0: none; @n_shifts: of tensors[1]
 * @level: 0 … N_LEVELS − 1 */
TestNode *test_node_new (int level, guint n_threads, const GbpOperation *operation,
    const GbpOperation *activation, const GbpShape *inputs, guint n_inputs, gsize n_weights,
    gsize n_shifts);
void test_node_free (TestNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestNode, test_node_free)

void test_node_forward (TestNode *node);
void test_node_backward (TestNode *node, GbpRule rule);

/* Floats of a map with its padding. */
gsize test_shape_get_size (const GbpShape *shape);

/* Where the unpadded unit @i of a map lies in it. */
gsize test_shape_find (const GbpShape *shape, gsize i);

/* Units without padding. */
gsize test_shape_count (const GbpShape *shape);

/* Whether @found is @expected, unpadded, but for rounding, and its padding is zero.
 * @slack: of the norm */
void test_assert_map (
    const GbpShape *shape, const double *expected, const float *found, double slack);
