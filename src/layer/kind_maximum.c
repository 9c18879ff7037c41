/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of several maps' values, one by one. The gradient goes to whoever has it. */
#include "layer/kinds.h"

static void
find_largest_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  const float *largest = pass->inputs[0] + first * stride;

  for (guint i = 1; i < job->node->n_inputs; i++) {
    pass->kernels->take_larger (
        largest, pass->inputs[i] + first * stride, pass->output + first * stride, n * stride);
    largest = pass->output + first * stride;
  }
}

static void
share_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  GbpContest contest = {pass->inputs, job->node->n_inputs, pass->output,
      job->node->operation->corner == GBP_CORNER_ABOVE};

  for (guint i = 0; i < job->node->n_inputs; i++)
    if (pass->input_gradients[i] != NULL)
      pass->kernels->share_largest (&contest, i, pass->gradient, pass->input_gradients[i],
          first * stride, (first + n) * stride);
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

  gbp_team_run (pass->team, share_block, &job, gbp_block_count (&node->output, pass->rows));
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
