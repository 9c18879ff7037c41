/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mean over a window, and over the whole map. Padding does not count, or counts as zeros. */
#include "layer/pool_window.h"

static gboolean
counts_padding (const GbpNode *node)
{
  return node->operation->kind == GBP_KIND_POOL_AVERAGE_PADDED;
}

static void
average_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  GbpReachWalk walk = gbp_pool_window_walk (job, FALSE, part, worker);
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil)) {
    gsize n = counts_padding (job->node) ? walk.reach->n_taps : MAX (stencil.n_taps, 1);

    job->pass->kernels->sum_up (&stencil, 1 / (float) n);
  }
}

static void
forward_pool_average (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, average_row, &job, gbp_rows_count (pass->rows));
}

/* Where all windows are equally large they share that factor. */
static void
spread_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  GbpReachWalk walk = gbp_pool_window_walk (job, TRUE, part, worker);
  float factor = counts_padding (job->node) ? 1 / (float) walk.reach->n_taps : 1;
  GbpStencil stencil;

  if (!counts_padding (job->node))
    walk.source = job->pass->workspace; /* divided */
  while (gbp_reach_walk (&walk, &stencil))
    job->pass->kernels->sum_up (&stencil, factor);
}

/* The gradient, divided by how many pixels each mean is of. */
static void
divide_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpPoolWindow *pool = job->prepared;
  const GbpWindow *window = &pool->window;
  const GbpShape *input = job->node->inputs, *output = &job->node->output;
  guint y = job->pass->rows.first + part;
  gsize stride = gbp_pad_channels (output->channels), first = (gsize) y * output->width * stride;
  float *divided = job->pass->workspace;
  guint n_rows = gbp_reach_count (
      y, window->rows, window->stride_y, window->dilation_y, window->padding.top, input->height);

  for (guint x = 0; x < output->width; x++, first += stride) {
    guint n_columns = gbp_reach_count (x, window->columns, window->stride_x, window->dilation_x,
        window->padding.left, input->width);
    float factor = 1 / (float) MAX (n_rows * n_columns, 1);

    for (gsize c = 0; c < stride; c++)
      divided[first + c] = job->pass->gradient[first + c] * factor;
  }
}

static void
backward_pool_average (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const GbpPoolWindow *pool = prepared;
  GbpNodeJob job = {node, prepared, pass};
  float *spread = counts_padding (node) ? pass->gradient : pass->workspace;

  if (!counts_padding (node))
    gbp_team_run (pass->team, divide_row, &job, gbp_rows_count (pass->rows));
  gbp_reach_clear_around (&pool->window, *pass->input_rows, pass->rows, &node->output, spread);
  gbp_team_run (pass->team, spread_row, &job, gbp_rows_count (*pass->input_rows));
}

const GbpKindClass gbp_kind_pool_average = {
    .name = "average pooling",
    .infer = gbp_pool_window_infer,
    .get_workspace_size = gbp_pool_window_get_workspace_size,
    .prepare = gbp_pool_window_prepare,
    .free = gbp_pool_window_free,
    .find_rows = gbp_pool_window_find_rows,
    .forward = forward_pool_average,
    .backward = backward_pool_average,
};

const GbpKindClass gbp_kind_pool_average_padded = {
    .name = "average pooling with its padding",
    .infer = gbp_pool_window_infer,
    .get_workspace_size = gbp_pool_window_get_workspace_size,
    .prepare = gbp_pool_window_prepare,
    .free = gbp_pool_window_free,
    .find_rows = gbp_pool_window_find_rows,
    .forward = forward_pool_average,
    .backward = backward_pool_average,
};

const GbpKindClass gbp_kind_global_average = {
    .name = "global average pooling",
    .infer = gbp_shape_infer_pixel,
    .get_workspace_size = gbp_pool_window_get_workspace_size,
    .prepare = gbp_pool_window_prepare,
    .free = gbp_pool_window_free,
    .find_rows = gbp_pool_window_find_rows,
    .forward = forward_pool_average,
    .backward = backward_pool_average,
};
