/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The definition of the convolution and of its transpose, with nothing clever. */
#include "layer/convolution.h"

#include "kernel/memory.h"

typedef struct {
  float *kernel; /* [3][3][n_inputs][n_outputs] */
  float *bias;   /* [padded n_outputs] */
} Prepared;

static void
free_prepared (gpointer data)
{
  Prepared *prepared = data;

  gbp_memory_free (prepared->kernel);
  gbp_memory_free (prepared->bias);
  gbp_memory_free (prepared);
}

static gpointer
prepare (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpKernels *kernels)
{
  Prepared *prepared = gbp_memory_new (1, sizeof *prepared);
  gsize n_kernel = (gsize) 9 * shape->n_inputs * shape->n_outputs;

  if (prepared == NULL)
    return NULL;
  prepared->kernel = gbp_memory_new_copy (n_kernel, kernel, n_kernel);
  prepared->bias =
      gbp_memory_new_copy (gbp_pad_channels (shape->n_outputs), bias, shape->n_outputs);
  if (prepared->kernel == NULL || prepared->bias == NULL) {
    free_prepared (prepared);
    return NULL;
  }
  return prepared;
}

static gsize
get_workspace (const GbpConvolutionShape *shape, guint n_workers)
{
  return 0;
}

typedef struct {
  const GbpConvolutionShape *shape;
  const Prepared *prepared;
  const GbpConvolutionPass *pass;
} Job;

/* One output of the forward pass, before its bias. */
static float
correlate (const Job *job, int y, int x, guint output)
{
  const GbpConvolutionShape *shape = job->shape;
  gsize stride = gbp_pad_channels (shape->n_inputs);
  double sum = 0;

  for (int tap = 0; tap < 9; tap++) {
    int row = y + tap / 3 - 1, column = x + tap % 3 - 1;
    const float *pixel, *kernel;

    if (!gbp_region_contains (&job->pass->input_region, row, column))
      continue;
    pixel = job->pass->input + ((gsize) row * shape->width + column) * stride;
    kernel = job->prepared->kernel + (gsize) tap * shape->n_inputs * shape->n_outputs + output;
    for (guint c = 0; c < shape->n_inputs; c++)
      sum += (double) pixel[c] * kernel[(gsize) c * shape->n_outputs];
  }
  return (float) sum;
}

/* One output of the backward pass: the same sum with the roles of the maps exchanged. */
static float
correlate_transposed (const Job *job, int y, int x, guint input)
{
  const GbpConvolutionShape *shape = job->shape;
  gsize stride = gbp_pad_channels (shape->n_outputs);
  double sum = 0;

  for (int tap = 0; tap < 9; tap++) {
    int row = y - (tap / 3 - 1), column = x - (tap % 3 - 1);
    const float *pixel, *kernel;

    if (!gbp_region_contains (&job->pass->input_region, row, column))
      continue;
    pixel = job->pass->input + ((gsize) row * shape->width + column) * stride;
    kernel = job->prepared->kernel + ((gsize) tap * shape->n_inputs + input) * shape->n_outputs;
    for (guint o = 0; o < shape->n_outputs; o++)
      sum += (double) pixel[o] * kernel[o];
  }
  return (float) sum;
}

static void
forward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpConvolutionShape *shape = job->shape;
  const GbpConvolutionPass *pass = job->pass;
  const GbpRegion *region = &pass->output_region;
  gsize stride = gbp_pad_channels (shape->n_outputs);
  gsize row = region->top + part, first = row * shape->width + region->left;

  for (guint x = region->left; x < region->right; x++)
    for (guint o = 0; o < stride; o++)
      pass->output[(row * shape->width + x) * stride + o] =
          o < shape->n_outputs ? correlate (job, (int) row, (int) x, o) : 0;
  gbp_convolution_finish (pass, job->prepared->bias, first, region->right - region->left, stride);
}

static void
backward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpConvolutionShape *shape = job->shape;
  const GbpConvolutionPass *pass = job->pass;
  const GbpRegion *region = &pass->output_region;
  gsize stride = gbp_pad_channels (shape->n_inputs);
  gsize row = region->top + part, first = row * shape->width + region->left;
  GbpGate gate = gbp_gate_at (&pass->gate, first, stride);

  for (guint x = region->left; x < region->right; x++)
    for (guint c = 0; c < stride; c++)
      pass->output[(row * shape->width + x) * stride + c] =
          c < shape->n_inputs ? correlate_transposed (job, (int) row, (int) x, c) : 0;
  pass->kernels->gate (pass->output + first * stride, &gate, region->right - region->left, stride);
}

static void
run (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass,
    GbpTask task)
{
  Job job = {shape, prepared, pass};

  gbp_team_run (pass->team, task, &job, pass->output_region.bottom - pass->output_region.top);
}

static void
forward (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass)
{
  run (shape, prepared, pass, forward_row);
}

static void
backward (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass)
{
  run (shape, prepared, pass, backward_row);
}

const GbpConvolutionAlgorithm gbp_convolution_direct = {
    .name = "direct",
    .prepare = prepare,
    .free = free_prepared,
    .get_workspace = get_workspace,
    .forward = forward,
    .backward = backward,
};
