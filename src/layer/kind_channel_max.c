/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of each pixel's channels. The gradient goes to whoever has it. */
#include "layer/kinds.h"

static void
find_largest_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->inputs->channels;
  gsize first, n = gbp_block_find (job->node->inputs, pass->rows, part, &first);

  pass->kernels->find_largest_channels (pass->inputs[0] + first * gbp_pad_channels (n_channels),
      pass->output + first * gbp_pad_channels (1), n, n_channels);
}

static void
share_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gboolean has_first = job->node->operation->corner == GBP_CORNER_ABOVE;
  guint n_channels = job->node->inputs->channels;
  gsize stride = gbp_pad_channels (n_channels), stride_out = gbp_pad_channels (1), first;
  gsize n = gbp_block_find (job->node->inputs, pass->rows, part, &first);

  pass->kernels->share_largest_channels (pass->inputs[0] + first * stride,
      pass->output + first * stride_out, pass->gradient + first * stride_out, has_first,
      pass->input_gradients[0] + first * stride, n, n_channels);
}

static void
forward_channel_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, find_largest_block, &job, gbp_block_count (node->inputs, pass->rows));
}

static void
backward_channel_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, share_block, &job, gbp_block_count (node->inputs, pass->rows));
}

static char *
infer_channel_max (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  output->channels = 1;
  return NULL;
}

const GbpKindClass gbp_kind_channel_max = {
    .name = "maximum of the channels",
    .infer = infer_channel_max,
    .keeps_input = TRUE,
    .keeps_output = TRUE,
    .find_rows = gbp_rows_find_same,
    .forward = forward_channel_max,
    .backward = backward_channel_max,
};
