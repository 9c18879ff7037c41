/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Softmax over the channels of each pixel, and its logarithm. They keep their own gradient in every method. */
#include <math.h>

#include "layer/kinds.h"

/* dx = y · (dy − Σ dy · y) */
static void
differentiate_pixel (const float *y, const float *dy, float *dx, guint n_channels)
{
  double sum = 0;

  for (guint c = 0; c < n_channels; c++)
    sum += (double) dy[c] * y[c];
  for (guint c = 0; c < n_channels; c++)
    dx[c] = (float) (y[c] * (dy[c] - sum));
}

static void
squash_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  for (gsize i = first; i < first + n; i++)
    pass->kernels->softmax (pass->inputs[0] + i * stride, pass->output + i * stride, n_channels);
}

static void
differentiate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  float *dx = pass->input_gradients[0];

  memset (dx + first * stride, 0, n * stride * sizeof *dx);
  for (gsize i = first; i < first + n; i++)
    differentiate_pixel (
        pass->output + i * stride, pass->gradient + i * stride, dx + i * stride, n_channels);
}

static void
forward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, squash_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, differentiate_block, &job, gbp_block_count (&node->output, pass->rows));
}

/* What a pass makes of one pixel's channels. */
static void
find_logarithms (const float *x, float *y, guint n_channels)
{
  float largest = x[0];
  double sum = 0;

  for (guint c = 1; c < n_channels; c++)
    largest = MAX (largest, x[c]);
  for (guint c = 0; c < n_channels; c++)
    sum += exp ((double) x[c] - largest);
  sum = log (sum);
  for (guint c = 0; c < n_channels; c++)
    y[c] = (float) ((double) x[c] - largest - sum);
}

/* dx = dy − eʸ · Σ dy */
static void
differentiate_logarithms (const float *y, const float *dy, float *dx, guint n_channels)
{
  double sum = 0;

  for (guint c = 0; c < n_channels; c++)
    sum += dy[c];
  for (guint c = 0; c < n_channels; c++)
    dx[c] = (float) (dy[c] - exp (y[c]) * sum);
}

static void
log_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  memset (pass->output + first * stride, 0, n * stride * sizeof *pass->output);
  for (gsize i = first; i < first + n; i++)
    find_logarithms (pass->inputs[0] + i * stride, pass->output + i * stride, n_channels);
}

static void
differentiate_log_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  float *dx = pass->input_gradients[0];

  memset (dx + first * stride, 0, n * stride * sizeof *dx);
  for (gsize i = first; i < first + n; i++)
    differentiate_logarithms (
        pass->output + i * stride, pass->gradient + i * stride, dx + i * stride, n_channels);
}

static void
forward_log_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, log_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_log_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (
      pass->team, differentiate_log_block, &job, gbp_block_count (&node->output, pass->rows));
}

const GbpKindClass gbp_kind_log_softmax = {
    .name = "log-softmax",
    .keeps_output = TRUE,
    .find_rows = gbp_rows_find_same,
    .forward = forward_log_softmax,
    .backward = backward_log_softmax,
};

const GbpKindClass gbp_kind_softmax = {
    .name = "softmax",
    .keeps_output = TRUE,
    .find_rows = gbp_rows_find_same,
    .forward = forward_softmax,
    .backward = backward_softmax,
};
