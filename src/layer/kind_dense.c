/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix times the channels of one pixel. The kernel is used as it is. */
#include "kernel/memory.h"
#include "layer/dense.h"
#include "layer/kinds.h"

/* What is made of the weights is the bias, zero where there is none. */
static gpointer
prepare_dense (const GbpNode *node, const GbpKernels *kernels)
{
  const GbpTensor *bias = node->operation->tensors[1];

  return gbp_memory_new_copy (node->output.channels, bias != NULL ? bias->values : NULL,
      bias != NULL ? node->output.channels : 0);
}

static GbpDense
make_dense (const GbpNode *node, const float *bias, const GbpNodePass *pass)
{
  return (GbpDense){
      .kernels = pass->kernels,
      .team = pass->team,
      .n_inputs = node->inputs[0].channels,
      .n_outputs = node->output.channels,
      .kernel = node->operation->tensors[0]->values,
      .bias = bias,
  };
}

static gsize
get_dense_workspace_size (const GbpNode *node, guint n_workers)
{
  return gbp_dense_get_workspace (node->inputs[0].channels, node->output.channels) * sizeof (float);
}

static void
forward_dense (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpDense dense = make_dense (node, prepared, pass);

  gbp_dense_forward (&dense, pass->workspace, pass->inputs[0], pass->output, NULL);
}

static void
backward_dense (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpDense dense = make_dense (node, prepared, pass);
  GbpGate open = {FALSE, NULL};

  gbp_dense_backward (&dense, pass->gradient, &open, pass->input_gradients[0]);
}

static char *
infer_dense (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpTensor *kernel = operation->tensors[0];
  char *fault = gbp_shape_check_pixel (inputs);

  if (fault != NULL)
    return fault;
  if (kernel == NULL)
    return g_strdup ("expected a kernel, found none");
  if (kernel->n_values == 0 || kernel->n_values % inputs->channels != 0
      || kernel->n_values / inputs->channels > GBP_MAX_CHANNELS)
    return g_strdup_printf ("expected a kernel of %u times outputs, found %" G_GSIZE_FORMAT
                            " values",
        inputs->channels, kernel->n_values);
  output->channels = (guint) (kernel->n_values / inputs->channels);
  return gbp_shape_check_tensor (operation->tensors[1], "a bias", output->channels, TRUE);
}

const GbpKindClass gbp_kind_dense = {
    .name = "dense",
    .infer = infer_dense,
    .get_workspace_size = get_dense_workspace_size,
    .prepare = prepare_dense,
    .free = gbp_memory_free,
    .forward = forward_dense,
    .backward = backward_dense,
};
