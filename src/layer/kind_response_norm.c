/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Local response normalization (Krizhevsky et al. 2012): y = x · b^−β with b = k + α · Σ x² over the channels around.
 * On the way back each value is in the sums of the channels around it:
 * dx = dy · b^−β − 2αβ · x · Σ dy · x · b^(−β − 1). */
#include <math.h>

#include "kernel/memory.h"
#include "layer/kinds.h"

typedef struct {
  double k, alpha, beta;
  gsize n_channels;
  gsize n_before, n_behind; /* channels that a sum has beside its own */
} Response;

static Response
get_response (const GbpNode *node)
{
  const float *numbers = node->operation->tensors[0]->values;
  gsize columns = node->operation->window.columns, n_before = (columns - 1) / 2;

  return (Response){
      numbers[0], numbers[1], numbers[2], node->output.channels, n_before, columns - 1 - n_before};
}

/* Doubles of a worker: [channels] each: what is summed up, the bases' powers, and [channels + 1] sums from the first
 * on. */
static gsize
get_response_workspace_size (const GbpNode *node, guint n_workers)
{
  return (3 * (gsize) node->output.channels + 1) * sizeof (double) * n_workers;
}

static double *
get_numbers (const GbpNodeJob *job, guint worker)
{
  return (double *) job->pass->workspace + (3 * (gsize) job->node->output.channels + 1) * worker;
}

/* @sums: (out): [n + 1]: of the first 0 … n of @values */
static void
sum_up (const double *values, gsize n, double *sums)
{
  sums[0] = 0;
  for (gsize c = 0; c < n; c++)
    sums[c + 1] = sums[c] + values[c];
}

static double
get_sum (const double *sums, gsize n, gsize channel, gsize n_before, gsize n_behind)
{
  return sums[MIN (channel + n_behind + 1, n)] - sums[channel - MIN (n_before, channel)];
}

/* Of the exponents that files have, fast. */
static double
get_inverse_power (double base, double beta)
{
  if (beta == 0.5)
    return 1 / sqrt (base);
  if (beta == 0.75)
    return 1 / (sqrt (base) * sqrt (sqrt (base)));
  return pow (base, -beta);
}

/* @bases, @powers: (out): [n_channels]: b and b^−β of a pixel; @sums: [n_channels + 1] */
static void
find_powers (const Response *it, const float *x, double *bases, double *powers, double *sums)
{
  for (gsize c = 0; c < it->n_channels; c++)
    powers[c] = (double) x[c] * x[c];
  sum_up (powers, it->n_channels, sums);
  for (gsize c = 0; c < it->n_channels; c++) {
    bases[c] = it->k + it->alpha * get_sum (sums, it->n_channels, c, it->n_before, it->n_behind);
    powers[c] = get_inverse_power (bases[c], it->beta);
  }
}

static void
normalize_pixel (const Response *it, const float *x, float *y, double *numbers)
{
  double *bases = numbers, *powers = numbers + it->n_channels;

  find_powers (it, x, bases, powers, powers + it->n_channels);
  for (gsize c = 0; c < it->n_channels; c++)
    y[c] = (float) (x[c] * powers[c]);
  for (gsize c = it->n_channels; c < gbp_pad_channels (it->n_channels); c++)
    y[c] = 0;
}

static void
differentiate_pixel (
    const Response *it, const float *x, const float *dy, float *dx, double *numbers)
{
  double *parts = numbers, *powers = numbers + it->n_channels, *sums = powers + it->n_channels;

  find_powers (it, x, parts, powers, sums);
  for (gsize c = 0; c < it->n_channels; c++)
    parts[c] = (double) dy[c] * x[c] * powers[c] / parts[c];
  sum_up (parts, it->n_channels, sums);
  for (gsize c = 0; c < it->n_channels; c++)
    dx[c] = (float) (dy[c] * powers[c]
                     - 2 * it->alpha * it->beta * x[c]
                           * get_sum (sums, it->n_channels, c, it->n_behind, it->n_before));
  for (gsize c = it->n_channels; c < gbp_pad_channels (it->n_channels); c++)
    dx[c] = 0;
}

static void
normalize_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const Response it = get_response (job->node);
  gsize stride = gbp_pad_channels (it.n_channels);
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);

  for (gsize i = first * stride; i < (first + n) * stride; i += stride)
    normalize_pixel (
        &it, job->pass->inputs[0] + i, job->pass->output + i, get_numbers (job, worker));
}

static void
differentiate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  const Response it = get_response (job->node);
  gsize stride = gbp_pad_channels (it.n_channels);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  for (gsize i = first * stride; i < (first + n) * stride; i += stride)
    differentiate_pixel (&it, pass->inputs[0] + i, pass->gradient + i, pass->input_gradients[0] + i,
        get_numbers (job, worker));
}

static void
forward_response_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, normalize_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_response_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, differentiate_block, &job, gbp_block_count (&node->output, pass->rows));
}

static char *
infer_response_norm (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = gbp_shape_check_tensor (operation->tensors[0], "numbers", 3, FALSE);
  const float *numbers;

  if (fault != NULL)
    return fault;
  if (operation->window.columns < 1 || operation->window.columns > 2 * GBP_MAX_CHANNELS)
    return g_strdup_printf (
        "expected sums of 1 or more channels, found %u", operation->window.columns);
  numbers = operation->tensors[0]->values;
  if (!(numbers[0] > 0) || !(numbers[1] >= 0))
    return g_strdup_printf ("expected a k above 0 and an alpha from 0 on, found %g and %g",
        (double) numbers[0], (double) numbers[1]);
  return NULL;
}

const GbpKindClass gbp_kind_response_norm = {
    .name = "local response normalization",
    .infer = infer_response_norm,
    .keeps_input = TRUE,
    .get_workspace_size = get_response_workspace_size,
    .find_rows = gbp_rows_find_same,
    .forward = forward_response_norm,
    .backward = backward_response_norm,
};
