/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/dense.h"

#include <string.h>

#include "kernel/blas.h"

/* Rows, or columns, of the kernel in one part. */
#define PART 256

typedef struct {
  const GbpDense *dense;
  const float *input;
  float *output;
} Job;

static void
forward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  guint first = part * PART, n = MIN (PART, dense->n_outputs - first);

  gbp_blas_multiply_row (
      dense->n_inputs, n, dense->kernel + first, dense->n_outputs, job->input, job->output + first);
  for (guint i = first; i < first + n; i++)
    job->output[i] += dense->bias[i];
}

static void
backward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpDense *dense = job->dense;
  guint first = part * PART, n = MIN (PART, dense->n_inputs - first);

  gbp_blas_multiply_column (n, dense->n_outputs, dense->kernel + (gsize) first * dense->n_outputs,
      dense->n_outputs, job->input, job->output + first);
}

static void
run (const GbpDense *dense, GbpTask task, const float *input, float *output, gsize n_outputs)
{
  Job job = {dense, input, output};
  gsize padded = gbp_pad_channels (n_outputs);

  gbp_blas_begin ();
  gbp_team_run (dense->team, task, &job, (guint) ((n_outputs + PART - 1) / PART));
  gbp_blas_end ();
  memset (output + n_outputs, 0, (padded - n_outputs) * sizeof *output);
}

void
gbp_dense_forward (const GbpDense *dense, const float *input, float *output, guint8 *active)
{
  static const float no_bias[GBP_LANES] __attribute__ ((aligned (GBP_ALIGNMENT)));
  gsize padded = gbp_pad_channels (dense->n_outputs);

  run (dense, forward_part, input, output, dense->n_outputs);
  if (dense->has_relu)
    dense->kernels->bias_relu (output, no_bias, active, padded / GBP_LANES, GBP_LANES);
}

void
gbp_dense_backward (
    const GbpDense *dense, const float *gradient, const GbpGate *gate, float *output)
{
  run (dense, backward_part, gradient, output, dense->n_inputs);
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
