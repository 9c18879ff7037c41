/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A factor and a shift for each channel. */
#include "kernel/memory.h"
#include "layer/kinds.h"

/* @values: [2][padded channels]: factors, shifts */
typedef struct {
  float *values;
  gsize stride;
} Scaling;

static void
free_scaling (gpointer prepared)
{
  Scaling *scaling = prepared;

  gbp_memory_free (scaling->values);
  gbp_memory_free (scaling);
}

static gpointer
prepare_scaling (const GbpNode *node, const GbpKernels *kernels)
{
  Scaling *scaling = gbp_memory_new (1, sizeof *scaling);
  guint n = node->output.channels;

  if (scaling == NULL)
    return NULL;
  scaling->stride = gbp_pad_channels (n);
  scaling->values = gbp_memory_new (2 * scaling->stride, sizeof *scaling->values);
  if (scaling->values == NULL) {
    free_scaling (scaling);
    return NULL;
  }
  for (guint i = 0; i < 2; i++)
    if (node->operation->tensors[i] != NULL)
      memcpy (scaling->values + i * scaling->stride, node->operation->tensors[i]->values,
          n * sizeof *scaling->values);
  return scaling;
}

static void
scale_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const Scaling *scaling = job->prepared;
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);

  job->pass->kernels->scale (job->pass->inputs[0] + first * scaling->stride, scaling->values,
      scaling->values + scaling->stride, job->pass->output + first * scaling->stride, n,
      scaling->stride);
}

static void
scale_gradient_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const Scaling *scaling = job->prepared;
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);

  job->pass->kernels->scale (job->pass->gradient + first * scaling->stride, scaling->values, NULL,
      job->pass->input_gradients[0] + first * scaling->stride, n, scaling->stride);
}

static void
forward_scale (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, scale_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_scale (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (
      pass->team, scale_gradient_block, &job, gbp_block_count (&node->output, pass->rows));
}

static char *
infer_scale (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = gbp_shape_check_tensor (operation->tensors[0], "a factor", inputs->channels, FALSE);

  return fault != NULL
             ? fault
             : gbp_shape_check_tensor (operation->tensors[1], "a shift", inputs->channels, TRUE);
}

const GbpKindClass gbp_kind_scale = {
    .name = "scale",
    .scales = TRUE,
    .infer = infer_scale,
    .in_place = TRUE,
    .prepare = prepare_scaling,
    .free = free_scaling,
    .find_rows = gbp_rows_find_same,
    .forward = forward_scale,
    .backward = backward_scale,
};
