/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution of each channel by itself: a stencil with weights, both ways. Memory decides its speed. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/reach.h"

/* A part of the way back, with the rows of the output that it needs, should stay in a core's second-level cache; those
 * at its ends two parts need. */
#define BAND_BYTES (160 * 1024)
#define LEAST_BAND 2
#define MOST_BAND  8

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

/* Rows of the input's gradient in one part. */
static gsize
get_band (const GbpNode *node)
{
  gsize n_row = node->inputs->width * gbp_pad_channels (node->inputs->channels) * sizeof (float);

  return CLAMP (BAND_BYTES / n_row, LEAST_BAND, MOST_BAND);
}

/* Floats of the output's rows that such a part needs, where they are not taken as they lie. */
static gsize
get_gradient_floats (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;
  gsize extent = (gsize) (window->rows - 1) * window->dilation_y;
  gsize n_rows = MIN ((get_band (node) + extent) / window->stride_y + 2, node->output.height);

  if (node->activation == NULL)
    return 0;
  return n_rows * node->output.width * gbp_pad_channels (node->output.channels);
}

/* Of each worker: the gradient's rows before the activation, and taps. */
static gsize
get_worker_size (const GbpNode *node)
{
  return get_gradient_floats (node) * sizeof (float) + get_scratch_size (node);
}

static gsize
get_depthwise_workspace_size (const GbpNode *node, guint n_workers)
{
  return get_worker_size (node) * n_workers;
}

static float *
get_gradient_rows (const GbpNodeJob *job, guint worker)
{
  return (gpointer) ((char *) job->pass->workspace + get_worker_size (job->node) * worker);
}

static GbpTap *
get_taps (const GbpNodeJob *job, guint worker)
{
  return (gpointer) (get_gradient_rows (job, worker) + get_gradient_floats (job->node));
}

static void
weigh_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const Depthwise *depthwise = job->prepared;
  guint y = job->pass->rows.first + part, width = job->node->output.width;
  gsize first = (gsize) y * width, stride = gbp_pad_channels (job->node->output.channels);
  GbpReachWalk walk = {
      .reach = depthwise->forward,
      .y = y,
      .stride = stride,
      .source = job->pass->inputs[0],
      .target = job->pass->output,
      .taps = get_taps (job, worker),
  };
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil)) {
    gsize pixel = (gsize) (stencil.target - job->pass->output) / stride;
    GbpEnding ending = gbp_finish_get_ending (&depthwise->finish, job->pass, pixel);

    job->pass->kernels->weigh (&stencil, depthwise->weights, &ending);
  }
  if (!gbp_finish_is_ending (&depthwise->finish))
    gbp_finish_activate (&depthwise->finish, job->pass, first, width);
}

static void
forward_depthwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, weigh_row, &job, gbp_rows_count (pass->rows));
}

/* Row @y of the input's gradient.
 * @gradient: of the output, from its row @first on */
static void
weigh_gradient_row (
    const GbpNodeJob *job, guint y, const float *gradient, gsize first, GbpTap *taps)
{
  const Depthwise *depthwise = job->prepared;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize before = first * job->node->output.width * stride;
  GbpReachWalk walk = {
      .reach = depthwise->backward,
      .y = y,
      .stride = stride,
      .source = gradient,
      .target = job->pass->input_gradients[0],
      .taps = taps,
  };
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil)) {
    for (gsize t = 0; t < stencil.n_taps; t++)
      taps[t].offset -= before;
    job->pass->kernels->weigh (&stencil, depthwise->weights, NULL);
  }
}

static void
weigh_gradient_band (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNode *node = job->node;
  const Depthwise *depthwise = job->prepared;
  gsize band = get_band (node), width = node->output.width, first, end;
  gsize top = job->pass->input_rows->first + part * band;
  gsize bottom = MIN (top + band, job->pass->input_rows->end);
  const float *gradient;

  gbp_reach_find_rows (&node->operation->window, top, bottom, node->output.height, &first, &end);
  if (first >= end) /* rows that no window reaches */
    first = end = 0;
  gradient = gbp_finish_backward (&depthwise->finish, job->pass, first * width,
      (end - first) * width, get_gradient_rows (job, worker));
  for (gsize y = top; y < bottom; y++)
    weigh_gradient_row (job, (guint) y, gradient, first, get_taps (job, worker));
}

static void
backward_depthwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};
  gsize band = get_band (node), n_rows = gbp_rows_count (*pass->input_rows);

  gbp_reach_clear_around (
      &node->operation->window, *pass->input_rows, pass->rows, &node->output, pass->gradient);
  gbp_team_run (pass->team, weigh_gradient_band, &job, (guint) ((n_rows + band - 1) / band));
}

const GbpKindClass gbp_convolver_depthwise = {
    .name = "depthwise",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_depthwise_workspace_size,
    .prepare = prepare_depthwise,
    .free = free_depthwise,
    .find_rows = gbp_convolver_find_seen,
    .forward = forward_depthwise,
    .backward = backward_depthwise,
};
