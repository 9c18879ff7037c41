/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of each pixel's channels. The gradient goes to whoever has it. */
#include "layer/kinds.h"

/* A NaN stays one. */
static float
find_largest (const float *x, guint n_channels)
{
  float largest = x[0];

  for (guint c = 1; c < n_channels; c++)
    largest = largest >= x[c] || largest != largest ? largest : x[c];
  return largest;
}

/* Gives @dy to the first of the largest, or a share of it to each. */
static void
share_gradient (
    const float *x, float largest, float dy, gboolean has_first, float *dx, guint n_channels)
{
  guint n = 0;

  for (guint c = 0; c < n_channels; c++)
    n += x[c] == largest;
  for (guint c = 0; c < n_channels; c++) {
    if (x[c] != largest)
      continue;
    dx[c] = has_first ? dy : dy / (float) n;
    if (has_first)
      break;
  }
}

static void
find_largest_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->inputs->channels;
  gsize stride = gbp_pad_channels (n_channels), stride_out = gbp_pad_channels (1), first;
  gsize n = gbp_block_find (job->node->inputs, pass->rows, part, &first);

  memset (pass->output + first * stride_out, 0, n * stride_out * sizeof *pass->output);
  for (gsize i = first; i < first + n; i++)
    pass->output[i * stride_out] = find_largest (pass->inputs[0] + i * stride, n_channels);
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
  float *dx = pass->input_gradients[0];

  memset (dx + first * stride, 0, n * stride * sizeof *dx);
  for (gsize i = first; i < first + n; i++)
    share_gradient (pass->inputs[0] + i * stride, pass->output[i * stride_out],
        pass->gradient[i * stride_out], has_first, dx + i * stride, n_channels);
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
