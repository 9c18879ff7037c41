/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One kind of operation, both directions, behind one table. Maps are [height][width][padded channels] as
 * kernel/kernels.h has them; the padding is zero and stays so. A layer knows no graph: it gets shapes, parameters,
 * weights and pointers. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/team.h"
#include "layer/rows.h"

/* How a method treats a rectifier on the way back (f its function, x its input, dy the gradient of its output):
 *   gradient: f′(x) · dy;  guided: f′(x) · max (dy, 0) · [f (x) > 0];  deconvnet: max (dy, 0)
 * Strict comparisons. Sigmoid, hard-sigmoid, tanh and softmax keep f′(x) · dy in every rule. */
typedef enum {
  GBP_RULE_GRADIENT,
  GBP_RULE_GUIDED,
  GBP_RULE_DECONVNET,
} GbpRule;

/* An operation between maps of given shapes. Immutable.
 * @activation: (nullable): an ACTIVATION behind it that is computed along, where the kind takes_activation: the output,
 *     its gradient and what is saved are then those of the activation */
typedef struct {
  const GbpOperation *operation;
  const GbpOperation *activation;
  guint n_inputs;
  const GbpShape *inputs; /* [n_inputs] */
  GbpShape output;
} GbpNode;

/* One pass over a node.
 * @inputs: [n_inputs]: forward: read; backward: read where the kind's keeps_input says so, else NULL
 * @output: forward: (out); backward: read where the kind's keeps_output says so, else NULL
 * @rows: forward: of the output, that are wanted; find_rows() says which of the inputs are there then. Backward: of
 *     @gradient, outside of which it is zero, but nothing is there
 * @gradient: backward: of the output; its other rows are the pass' to zero
 * @input_gradients: [n_inputs]: backward: (out): written, not added to; NULL: not wanted
 * @input_rows: [n_inputs]: backward: of these, that are wanted: of a part, those that find_rows() says; of all, all
 * @saved: get_saved_size() bytes that forward leaves for backward, such as a pool's argmax
 * @rule: backward
 * @workspace: get_workspace_size() bytes, aligned, of any content */
typedef struct {
  const GbpKernels *kernels;
  GbpTeam *team;
  const float *const *inputs;
  float *output;
  GbpRows rows;
  float *gradient;
  float *const *input_gradients;
  const GbpRows *input_rows;
  gpointer saved;
  GbpRule rule;
  gpointer workspace;
} GbpNodePass;

/* @name: for people: "max pooling"
 * @takes_several: two or more inputs, else one
 * @scales: see gbp_kind_scales()
 * @infer: (nullable): @output: (inout): the first input's shape; what comes out. What the inputs, parameters and
 *     weights are expected to be, and what they are, is (transfer full) what it returns, NULL if nothing is wrong; that
 *     weights are finite, and the map not too large, is looked at elsewhere
 * @in_place: the output may be the first input's memory, where it has its shape if there are several, and the gradient
 *     of a single input that of the output; else no two overlap
 * @passes_gradient: the gradient of an input of the output's shape is that of the output: it may be the same memory
 * @replaces_kernel: that prepare() makes another form of tensors[0], which is not read again
 * @prepare: (nullable): what is made of the weights, once; passes only read it. NULL back: no memory
 * @find_rows: (nullable): the rows of an input of which the output's @rows are made; backward: to which their gradient
 *     goes, which are among those. What a pass makes of a part has the bits that it has in a pass over all, so that a
 *     kind may ask for more than a window sees; but for the rounding of Winograd's tiles, which hangs on what else is
 *     in them, and is nothing where no window sees anything. NULL: all, of a kind whose output is one row
 * Sizes are in bytes; those functions may be NULL, which is 0. Results never depend on the number of threads. A pass
 * may write more rows than are wanted. */
typedef struct {
  const char *name;
  gboolean takes_several;
  gboolean scales;
  char *(*infer) (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);
  gboolean keeps_input, keeps_output;
  gboolean in_place;
  gboolean passes_gradient;
  gboolean takes_activation;
  gboolean replaces_kernel;
  gsize (*get_saved_size) (const GbpNode *node);
  gsize (*get_workspace_size) (const GbpNode *node, guint n_workers);
  gpointer (*prepare) (const GbpNode *node, const GbpKernels *kernels);
  void (*free) (gpointer prepared);
  GbpRows (*find_rows) (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward);
  void (*forward) (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass);
  void (*backward) (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass);
} GbpKindClass;

/* What a kind's own file says of it. */
const GbpKindClass *gbp_kind_get (GbpKind kind);
