/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rows of 3×3 patches times the kernel as a matrix. The way back is the same with the kernel rotated by
 * 180° and its channels exchanged. */
#include "layer/convolution.h"

#include <string.h>

#include "kernel/blas.h"
#include "kernel/memory.h"

/* Pixels in a product, always: enough for it to run at speed, few enough for the patches to stay in the
 * cache; and such that equal neighbourhoods have equal outputs wherever they lie, as far as
 * gbp_blas_multiply_even() can see to it, since a pool's ties have to be ties. */
#define PIXELS 96

typedef struct {
  float *forward;  /* [3][3][padded n_inputs][padded n_outputs] */
  float *backward; /* [3][3][padded n_outputs][padded n_inputs], rotated by 180° */
  float *bias;     /* [padded n_outputs] */
} Prepared;

static void
free_prepared (gpointer data)
{
  Prepared *prepared = data;

  gbp_memory_free (prepared->forward);
  gbp_memory_free (prepared->backward);
  gbp_memory_free (prepared->bias);
  gbp_memory_free (prepared);
}

static void
copy_weights (const GbpConvolutionShape *shape, const float *kernel, Prepared *prepared)
{
  gsize inputs = gbp_pad_channels (shape->n_inputs), outputs = gbp_pad_channels (shape->n_outputs);

  for (gsize tap = 0; tap < 9; tap++)
    for (gsize c = 0; c < shape->n_inputs; c++)
      for (gsize o = 0; o < shape->n_outputs; o++) {
        float weight = kernel[(tap * shape->n_inputs + c) * shape->n_outputs + o];

        prepared->forward[(tap * inputs + c) * outputs + o] = weight;
        prepared->backward[((8 - tap) * outputs + o) * inputs + c] = weight;
      }
}

static gpointer
prepare (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpKernels *kernels)
{
  Prepared *prepared = gbp_memory_new (1, sizeof *prepared);
  gsize inputs = gbp_pad_channels (shape->n_inputs), outputs = gbp_pad_channels (shape->n_outputs);

  if (prepared == NULL)
    return NULL;
  prepared->forward = gbp_memory_new (9 * inputs * outputs, sizeof *kernel);
  prepared->backward = gbp_memory_new (9 * inputs * outputs, sizeof *kernel);
  prepared->bias = gbp_memory_new_copy (outputs, bias, shape->n_outputs);
  if (prepared->forward == NULL || prepared->backward == NULL || prepared->bias == NULL) {
    free_prepared (prepared);
    return NULL;
  }
  copy_weights (shape, kernel, prepared);
  return prepared;
}

/* Patches, and what comes of them. */
static gsize
get_worker_floats (const GbpConvolutionShape *shape)
{
  return (gsize) PIXELS * 10 * gbp_pad_channels (MAX (shape->n_inputs, shape->n_outputs));
}

static gsize
get_workspace (const GbpConvolutionShape *shape, guint n_workers)
{
  return get_worker_floats (shape) * n_workers;
}

/* One of the two ways, as a product.
 * @matrix: [9 · inputs][outputs], with padded channels */
typedef struct {
  const GbpConvolutionShape *shape;
  const GbpConvolutionPass *pass;
  const float *matrix;
  const float *bias; /* forward only */
  gsize inputs;
  gsize outputs;
} Job;

/* The 3×3 neighbourhood of one pixel, [3][3][inputs], zero beyond the input. */
static void
copy_patch (const Job *job, gsize pixel, float *patch)
{
  guint width = job->shape->width;
  int y = (int) (pixel / width), x = (int) (pixel % width);

  for (int tap = 0; tap < 9; tap++, patch += job->inputs) {
    int row = y + tap / 3 - 1, column = x + tap % 3 - 1;
    gsize neighbour = (gsize) row * width + (gsize) column;

    if (gbp_region_contains (&job->pass->input_region, row, column))
      memcpy (patch, job->pass->input + neighbour * job->inputs, job->inputs * sizeof *patch);
    else
      memset (patch, 0, job->inputs * sizeof *patch);
  }
}

/* Some pixels of a row, from @first on. */
static void
multiply_pixels (const Job *job, gsize first, gsize n_pixels, float *patches)
{
  const GbpConvolutionPass *pass = job->pass;
  gsize depth = 9 * job->inputs;
  float *products = patches + PIXELS * depth, *output = pass->output + first * job->outputs;
  GbpGate gate = gbp_gate_at (&pass->gate, first, job->outputs);

  for (gsize i = 0; i < n_pixels; i++)
    copy_patch (job, first + i, patches + i * depth);
  memset (patches + n_pixels * depth, 0, (PIXELS - n_pixels) * depth * sizeof *patches);
  gbp_blas_multiply_even (PIXELS, job->outputs, depth, patches, job->matrix, products);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize o = 0; o < job->outputs; o++)
      output[i * job->outputs + o] = products[o * PIXELS + i];
  if (job->bias != NULL)
    gbp_convolution_finish (pass, job->bias, first, n_pixels, job->outputs);
  else
    pass->kernels->gate (output, &gate, n_pixels, job->outputs);
}

static void
multiply_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpRegion *region = &job->pass->output_region;
  gsize row = (gsize) (region->top + part) * job->shape->width;
  float *patches = job->pass->workspace + get_worker_floats (job->shape) * worker;

  for (gsize column = region->left; column < region->right; column += PIXELS)
    multiply_pixels (job, row + column, MIN (PIXELS, region->right - column), patches);
}

static void
run (const Job *job)
{
  const GbpRegion *region = &job->pass->output_region;

  gbp_team_run (job->pass->team, multiply_row, (gpointer) job, region->bottom - region->top);
}

static void
forward (const GbpConvolutionShape *shape, gconstpointer data, const GbpConvolutionPass *pass)
{
  const Prepared *prepared = data;
  Job job = {shape, pass, prepared->forward, prepared->bias, gbp_pad_channels (shape->n_inputs),
      gbp_pad_channels (shape->n_outputs)};

  run (&job);
}

static void
backward (const GbpConvolutionShape *shape, gconstpointer data, const GbpConvolutionPass *pass)
{
  const Prepared *prepared = data;
  Job job = {shape, pass, prepared->backward, NULL, gbp_pad_channels (shape->n_outputs),
      gbp_pad_channels (shape->n_inputs)};

  run (&job);
}

const GbpConvolutionAlgorithm gbp_convolution_blas = {
    .name = "blas",
    .prepare = prepare,
    .free = free_prepared,
    .get_workspace = get_workspace,
    .forward = forward,
    .backward = backward,
};
