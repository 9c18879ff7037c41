/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Softmax over the channels of each pixel, and its logarithm. They keep their own gradient in every method. */
#include <math.h>

#include "layer/kinds.h"

/* What differs between the two, for one pixel's channels. Where they write, all is zero before. */
typedef struct {
  void (*forward) (const GbpKernels *kernels, const float *x, float *y, guint n_channels);
  void (*backward) (const float *y, const float *dy, float *dx, guint n_channels);
} Squash;

typedef struct {
  GbpNodeJob job;
  const Squash *squash;
} SquashJob;

static void
squash_block (gpointer data, guint part, guint worker)
{
  const SquashJob *it = data;
  const GbpNodePass *pass = it->job.pass;
  guint n_channels = it->job.node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&it->job.node->output, pass->rows, part, &first);

  memset (pass->output + first * stride, 0, n * stride * sizeof *pass->output);
  for (gsize i = first * stride; i < (first + n) * stride; i += stride)
    it->squash->forward (pass->kernels, pass->inputs[0] + i, pass->output + i, n_channels);
}

static void
differentiate_block (gpointer data, guint part, guint worker)
{
  const SquashJob *it = data;
  const GbpNodePass *pass = it->job.pass;
  guint n_channels = it->job.node->output.channels;
  gsize stride = gbp_pad_channels (n_channels), first;
  gsize n = gbp_block_find (&it->job.node->output, pass->rows, part, &first);
  float *dx = pass->input_gradients[0];

  memset (dx + first * stride, 0, n * stride * sizeof *dx);
  for (gsize i = first * stride; i < (first + n) * stride; i += stride)
    it->squash->backward (pass->output + i, pass->gradient + i, dx + i, n_channels);
}

static void
run_squash (const Squash *squash, const GbpNode *node, const GbpNodePass *pass, GbpTask task)
{
  SquashJob it = {{node, NULL, pass}, squash};

  gbp_team_run (pass->team, task, &it, gbp_block_count (&node->output, pass->rows));
}

static void
squash_channels (const GbpKernels *kernels, const float *x, float *y, guint n_channels)
{
  kernels->softmax (x, y, n_channels);
}

/* dx = y · (dy − Σ dy · y) */
static void
differentiate_channels (const float *y, const float *dy, float *dx, guint n_channels)
{
  double sum = 0;

  for (guint c = 0; c < n_channels; c++)
    sum += (double) dy[c] * y[c];
  for (guint c = 0; c < n_channels; c++)
    dx[c] = (float) (y[c] * (dy[c] - sum));
}

static const Squash softmax = {squash_channels, differentiate_channels};

static void
forward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  run_squash (&softmax, node, pass, squash_block);
}

static void
backward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  run_squash (&softmax, node, pass, differentiate_block);
}

static void
find_logarithms (const GbpKernels *kernels, const float *x, float *y, guint n_channels)
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

static const Squash log_softmax = {find_logarithms, differentiate_logarithms};

static void
forward_log_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  run_squash (&log_softmax, node, pass, squash_block);
}

static void
backward_log_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  run_squash (&log_softmax, node, pass, differentiate_block);
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
