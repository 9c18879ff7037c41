/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of several maps' values, one by one. The gradient goes to whoever has it. */
#include "layer/kinds.h"

/* A NaN stays one. */
static void
choose_larger (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = a[i] >= b[i] || a[i] != a[i] ? a[i] : b[i];
}

static void
find_largest_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  const float *largest = pass->inputs[0] + first * stride;

  for (guint i = 1; i < job->node->n_inputs; i++) {
    choose_larger (
        largest, pass->inputs[i] + first * stride, pass->output + first * stride, n * stride);
    largest = pass->output + first * stride;
  }
}

/* The part of unit @unit's gradient that input @input has. */
static float
find_share (const GbpNodeJob *job, guint input, gsize unit)
{
  const float *const *inputs = job->pass->inputs;
  float largest = job->pass->output[unit];
  gboolean has_first = job->node->operation->corner == GBP_CORNER_ABOVE;
  guint n_equal = 0, n_before = 0;

  if (!(inputs[input][unit] == largest))
    return 0;
  for (guint i = 0; i < job->node->n_inputs; i++) {
    n_equal += inputs[i][unit] == largest;
    n_before += i < input && inputs[i][unit] == largest;
  }
  return has_first ? (float) (n_before == 0) : 1 / (float) n_equal;
}

static void
pass_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  for (guint i = 0; i < job->node->n_inputs; i++)
    for (gsize unit = first * stride;
         unit < (first + n) * stride && pass->input_gradients[i] != NULL; unit++)
      pass->input_gradients[i][unit] = find_share (job, i, unit) * pass->gradient[unit];
}

static void
forward_maximum (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, find_largest_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_maximum (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, pass_block, &job, gbp_block_count (&node->output, pass->rows));
}

static char *
infer_maximum (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  for (guint i = 1; i < operation->n_inputs; i++)
    if (memcmp (&inputs[i], inputs, sizeof *inputs) != 0)
      return gbp_shape_describe_mismatch (inputs, &inputs[i]);
  return NULL;
}

const GbpKindClass gbp_kind_maximum = {
    .name = "maximum",
    .takes_several = TRUE,
    .infer = infer_maximum,
    .keeps_input = TRUE,
    .keeps_output = TRUE,
    .find_rows = gbp_rows_find_same,
    .forward = forward_maximum,
    .backward = backward_maximum,
};
