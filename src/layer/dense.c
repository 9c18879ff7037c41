/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/dense.h"

#include <string.h>

/* Rows of the kernel in one part of the way back: a multiple of 8, for parts of bits. */
#define ROWS 256

/* Columns in one part of the way forward: long stretches come faster from memory, and few parts occupy few threads. */
#define LEAST_COLUMNS 256
#define MOST_COLUMNS  1024

/* @wanted: (nullable): backward: the outputs that the gate may let through, as bits
 * @column: backward: the input that alone is not zero */
typedef struct {
  const GbpDense *dense;
  const float *input;
  const guint8 *wanted;
  float *output;
  gsize column;
} Job;

/* How many of the first @n values are not zero, and which is the last of those. NaN is not. */
static gsize
count_nonzero (const float *values, gsize n, gsize *last)
{
  gsize count = 0;

  for (gsize i = 0; i < n; i++)
    if (values[i] != 0) {
      *last = i;
      count++;
    }
  return count;
}

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

/* Of one column of the kernel alone the rest need not be read. */
static void
multiply_column_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  gsize first = (gsize) part * ROWS, end = MIN (first + ROWS, dense->n_inputs);
  const float *column = dense->kernel + job->column;

  for (gsize i = first; i < end; i++) {
    gboolean is_wanted = job->wanted == NULL || (job->wanted[i / 8] >> i % 8 & 1) != 0;

    /* the sum with the zeros of the other columns: no -0 comes of it */
    job->output[i] = is_wanted ? 0.0f + column[i * dense->n_outputs] * job->input[job->column] : 0;
  }
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
  Job job = {.dense = dense, .input = input, .output = output};

  run_parts (&job, multiply_forward_part, dense->n_outputs, get_columns (dense));
  if (dense->has_relu)
    dense->kernels->bias_relu (output, no_bias, active, padded / GBP_LANES, GBP_LANES);
}

void
gbp_dense_backward (
    const GbpDense *dense, const float *gradient, const GbpGate *gate, float *output)
{
  Job job = {.dense = dense, .input = gradient, .wanted = gate->active, .output = output};
  gboolean is_one = count_nonzero (gradient, dense->n_outputs, &job.column) == 1;

  run_parts (&job, is_one ? multiply_column_part : multiply_backward_part, dense->n_inputs, ROWS);
  dense->kernels->gate (output, gate, 1, gbp_pad_channels (dense->n_inputs));
}

typedef struct {
  const GbpDense *dense;
  gsize n_channels;
  float *sums;
} SumJob;

static void
sum_channel (gpointer data, guint channel, guint worker)
{
  const SumJob *job = data;
  gsize n_outputs = job->dense->n_outputs;
  float *sums = job->sums + channel * n_outputs;

  memset (sums, 0, n_outputs * sizeof *sums);
  for (gsize row = channel; row < job->dense->n_inputs; row += job->n_channels)
    for (gsize i = 0; i < n_outputs; i++)
      sums[i] += job->dense->kernel[row * n_outputs + i];
}

void
gbp_dense_sum_pixels (const GbpDense *dense, gsize n_channels, float *sums)
{
  SumJob job = {dense, n_channels, sums};

  gbp_team_run (dense->team, sum_channel, &job, (guint) n_channels);
}

void
gbp_flatten_forward (
    const float *input, float *output, guint8 *active, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels), n = n_pixels * n_channels;

  for (gsize i = 0; i < n_pixels; i++)
    memcpy (output + i * n_channels, input + i * stride, n_channels * sizeof *output);
  memset (output + n, 0, (gbp_pad_channels (n) - n) * sizeof *output);
  for (gsize i = 0; active != NULL && i < gbp_pad_channels (n); i += 8) {
    active[i / 8] = 0;
    for (guint bit = 0; bit < 8; bit++)
      active[i / 8] |= (guint8) ((output[i + bit] > 0) << bit);
  }
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
