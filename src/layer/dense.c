/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/dense.h"

#include <string.h>

/* Rows of the kernel in one part of the way back: a multiple of 8, for parts of bits. */
#define ROWS 256

/* Of one part of the way forward. Whole rows, for long runs come faster from memory; the sums of a part lie by
 * themselves until all are there, so that they are added in the same order by however many threads. */
#define LEAST_FORWARD_ROWS 128
#define MOST_FORWARD_PARTS 16

/* @output: backward: [n_inputs]; forward: of each part, [padded n_outputs]
 * @wanted: (nullable): backward: the outputs that the gate may let through, as bits
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
get_forward_rows (guint n_inputs)
{
  return MAX (LEAST_FORWARD_ROWS, (n_inputs + MOST_FORWARD_PARTS - 1) / MOST_FORWARD_PARTS);
}

static guint
count_forward_parts (guint n_inputs)
{
  gsize n_rows = get_forward_rows (n_inputs);

  return (guint) ((n_inputs + n_rows - 1) / n_rows);
}

gsize
gbp_dense_get_workspace (guint n_inputs, guint n_outputs)
{
  return count_forward_parts (n_inputs) * gbp_pad_channels (n_outputs);
}

static void
multiply_forward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  gsize n_columns = dense->n_outputs, n_rows = get_forward_rows (dense->n_inputs);
  gsize first = part * n_rows, n = MIN (n_rows, dense->n_inputs - first);
  GbpMatrix rows = {dense->kernel + first * n_columns, n, n_columns, n_columns};

  dense->kernels->multiply_from_left (
      &rows, job->input + first, job->output + part * gbp_pad_channels (n_columns));
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

/* Values behind the last one are zero. */
static void
clear_padding (float *values, gsize n)
{
  memset (values + n, 0, (gbp_pad_channels (n) - n) * sizeof *values);
}

void
gbp_dense_forward (
    const GbpDense *dense, float *workspace, const float *input, float *output, guint8 *active)
{
  static const float no_bias[GBP_LANES] __attribute__ ((aligned (GBP_ALIGNMENT)));
  gsize n = dense->n_outputs, padded = gbp_pad_channels (n);
  guint n_parts = count_forward_parts (dense->n_inputs);
  Job job = {.dense = dense, .input = input, .output = workspace};

  gbp_team_run (dense->team, multiply_forward_part, &job, n_parts);
  memcpy (output, workspace, n * sizeof *output);
  clear_padding (output, n);
  for (guint part = 1; part < n_parts; part++) {
    clear_padding (workspace + part * padded, n);
    dense->kernels->add (output, workspace + part * padded, output, padded);
  }
  for (gsize i = 0; i < n; i++)
    output[i] += dense->bias[i];
  if (dense->has_relu)
    dense->kernels->bias_relu (output, no_bias, active, padded / GBP_LANES, GBP_LANES);
}

void
gbp_dense_backward (
    const GbpDense *dense, const float *gradient, const GbpGate *gate, float *output)
{
  Job job = {.dense = dense, .input = gradient, .wanted = gate->active, .output = output};
  gboolean is_one = count_nonzero (gradient, dense->n_outputs, &job.column) == 1;

  gbp_team_run (dense->team, is_one ? multiply_column_part : multiply_backward_part, &job,
      (dense->n_inputs + ROWS - 1) / ROWS);
  clear_padding (output, dense->n_inputs);
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
