/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/dense.h"

#include <string.h>

/* Rows of the kernel in one part of the way back: a multiple of 8, for parts of bits. */
#define ROWS 256

/* Columns in one part of the way forward: long stretches come faster from memory, and few parts occupy few threads. */
#define LEAST_COLUMNS 256
#define MOST_COLUMNS  1024

/* @wanted: (nullable): backward: the outputs that the gate may let through, as bits */
typedef struct {
  const GbpDense *dense;
  const float *input;
  const guint8 *wanted;
  float *output;
} Job;

/* It hangs on the layer alone, not on the threads. */
static gsize
get_columns (const GbpDense *dense)
{
  return CLAMP (dense->n_outputs / 4, LEAST_COLUMNS, MOST_COLUMNS);
}

static void
multiply_forward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  gsize first = part * get_columns (dense), n = MIN (get_columns (dense), dense->n_outputs - first);
  GbpMatrix columns = {dense->kernel + first, dense->n_inputs, n, dense->n_outputs};

  dense->kernels->multiply_from_left (&columns, job->input, job->output + first);
  for (gsize i = first; i < first + n; i++)
    job->output[i] += dense->bias[i];
}

static void
multiply_backward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  gsize first = (gsize) part * ROWS, n = MIN (ROWS, dense->n_inputs - first);
  GbpMatrix rows = {
      dense->kernel + first * dense->n_outputs, n, dense->n_outputs, dense->n_outputs};

  dense->kernels->multiply_from_right (
      &rows, job->input, job->wanted != NULL ? job->wanted + first / 8 : NULL, job->output + first);
}

static void
run_parts (const Job *job, GbpTask task, gsize n_outputs, gsize per_part)
{
  gsize padded = gbp_pad_channels (n_outputs);

  gbp_team_run (
      job->dense->team, task, (gpointer) job, (guint) ((n_outputs + per_part - 1) / per_part));
  memset (job->output + n_outputs, 0, (padded - n_outputs) * sizeof *job->output);
}

void
gbp_dense_forward (const GbpDense *dense, const float *input, float *output, guint8 *active)
{
  static const float no_bias[GBP_LANES] __attribute__ ((aligned (GBP_ALIGNMENT)));
  gsize padded = gbp_pad_channels (dense->n_outputs);
  Job job = {dense, input, NULL, output};

  run_parts (&job, multiply_forward_part, dense->n_outputs, get_columns (dense));
  if (dense->has_relu)
    dense->kernels->bias_relu (output, no_bias, active, padded / GBP_LANES, GBP_LANES);
}

void
gbp_dense_backward (
    const GbpDense *dense, const float *gradient, const GbpGate *gate, float *output)
{
  Job job = {dense, gradient, gate->active, output};

  run_parts (&job, multiply_backward_part, dense->n_inputs, ROWS);
  dense->kernels->gate (output, gate, 1, gbp_pad_channels (dense->n_inputs));
}

void
gbp_flatten_forward (const float *input, float *output, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels), n = n_pixels * n_channels;

  for (gsize i = 0; i < n_pixels; i++)
    memcpy (output + i * n_channels, input + i * stride, n_channels * sizeof *output);
  memset (output + n, 0, (gbp_pad_channels (n) - n) * sizeof *output);
}

void
gbp_flatten_backward (const float *gradient, float *output, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels);

  for (gsize i = 0; i < n_pixels; i++) {
    float *pixel = output + i * stride;

    memcpy (pixel, gradient + i * n_channels, n_channels * sizeof *output);
    memset (pixel + n_channels, 0, (stride - n_channels) * sizeof *output);
  }
}
