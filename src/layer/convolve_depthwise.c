/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution of each channel by itself: a stencil with weights, both ways. Memory decides its speed. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/reach.h"

/* @weights: [rows · columns][padded channels] */
typedef struct {
  GbpReach *forward;
  GbpReach *backward;
  float *weights;
  GbpFinish finish;
} Depthwise;

static void
free_depthwise (gpointer prepared)
{
  Depthwise *depthwise = prepared;

  g_clear_pointer (&depthwise->forward, gbp_reach_free);
  g_clear_pointer (&depthwise->backward, gbp_reach_free);
  gbp_memory_free (depthwise->weights);
  gbp_finish_clear (&depthwise->finish);
  gbp_memory_free (depthwise);
}

static gsize
count_taps (const GbpNode *node)
{
  return (gsize) node->operation->window.rows * node->operation->window.columns;
}

/* Returns: [rows · columns][padded channels], NULL if there is no memory */
static float *
pad_weights (const GbpNode *node)
{
  gsize n = node->output.channels, stride = gbp_pad_channels (n), n_taps = count_taps (node);
  float *weights = gbp_memory_new (n_taps * stride, sizeof *weights);

  for (gsize t = 0; t < n_taps && weights != NULL; t++)
    memcpy (weights + t * stride, node->operation->tensors[0]->values + t * n, n * sizeof *weights);
  return weights;
}

static gpointer
prepare_depthwise (const GbpNode *node, const GbpKernels *kernels)
{
  const GbpWindow *window = &node->operation->window;
  Depthwise *depthwise = gbp_memory_new (1, sizeof *depthwise);
  gboolean has_finish;

  if (depthwise == NULL)
    return NULL;
  depthwise->forward = gbp_reach_new_forward (window, node->inputs, &node->output);
  depthwise->backward = gbp_reach_new_backward (window, node->inputs, &node->output);
  depthwise->weights = pad_weights (node);
  has_finish = gbp_finish_init (&depthwise->finish, node);
  if (depthwise->forward == NULL || depthwise->backward == NULL || depthwise->weights == NULL
      || !has_finish)
    g_clear_pointer (&depthwise, free_depthwise);
  return depthwise;
}

static gsize
get_scratch_size (const GbpNode *node)
{
  gsize n_bytes = count_taps (node) * sizeof (GbpTap);

  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* The gradient before the activation, and each worker's taps. */
static gsize
get_depthwise_workspace_size (const GbpNode *node, guint n_workers)
{
  gsize n_floats = node->activation != NULL ? gbp_shape_get_size (&node->output) : 0;

  return n_floats * sizeof (float) + get_scratch_size (node) * n_workers;
}

static GbpTap *
get_taps (const GbpNodeJob *job, guint worker)
{
  return (gpointer) ((char *) job->pass->workspace + get_depthwise_workspace_size (job->node, 0)
                     + get_scratch_size (job->node) * worker);
}

static void
weigh_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const Depthwise *depthwise = job->prepared;
  guint width = job->node->output.width;
  GbpReachWalk walk = {
      .reach = depthwise->forward,
      .y = part,
      .stride = gbp_pad_channels (job->node->output.channels),
      .source = job->pass->inputs[0],
      .target = job->pass->output,
      .taps = get_taps (job, worker),
  };
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil))
    job->pass->kernels->weigh (&stencil, depthwise->weights, depthwise->finish.bias);
  gbp_finish_activate (&depthwise->finish, job->pass, (gsize) part * width, width);
}

static void
forward_depthwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, weigh_row, &job, node->output.height);
}

/* @gradient: of the output, before the activation */
typedef struct {
  GbpNodeJob job;
  const float *gradient;
} BackwardJob;

static void
weigh_gradient_row (gpointer data, guint part, guint worker)
{
  const BackwardJob *it = data;
  const Depthwise *depthwise = it->job.prepared;
  GbpReachWalk walk = {
      .reach = depthwise->backward,
      .y = part,
      .stride = gbp_pad_channels (it->job.node->output.channels),
      .source = it->gradient,
      .target = it->job.pass->input_gradients[0],
      .taps = get_taps (&it->job, worker),
  };
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil))
    it->job.pass->kernels->weigh (&stencil, depthwise->weights, NULL);
}

static void
backward_depthwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Depthwise *depthwise = prepared;
  BackwardJob it = {
      {node, prepared, pass}, gbp_finish_backward_all (&depthwise->finish, pass, pass->workspace)};

  gbp_team_run (pass->team, weigh_gradient_row, &it, node->inputs[0].height);
}

const GbpKindClass gbp_convolver_depthwise = {
    .name = "depthwise",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_depthwise_workspace_size,
    .prepare = prepare_depthwise,
    .free = free_depthwise,
    .forward = forward_depthwise,
    .backward = backward_depthwise,
};
