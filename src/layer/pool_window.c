/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/pool_window.h"

#include "kernel/memory.h"

static GbpWindow
get_window (const GbpNode *node)
{
  const GbpShape *input = node->inputs;

  if (node->operation->kind == GBP_KIND_GLOBAL_AVERAGE)
    return (GbpWindow){.rows = input->height,
        .columns = input->width,
        .stride_y = input->height,
        .stride_x = input->width,
        .dilation_y = 1,
        .dilation_x = 1};
  return node->operation->window;
}

void
gbp_pool_window_free (gpointer prepared)
{
  GbpPoolWindow *pool = prepared;

  g_clear_pointer (&pool->forward, gbp_reach_free);
  g_clear_pointer (&pool->backward, gbp_reach_free);
  gbp_memory_free (pool);
}

gpointer
gbp_pool_window_prepare (const GbpNode *node, const GbpKernels *kernels)
{
  GbpPoolWindow *pool = gbp_memory_new (1, sizeof *pool);

  if (pool == NULL)
    return NULL;
  pool->window = get_window (node);
  pool->forward = gbp_reach_new_forward (&pool->window, node->inputs, &node->output);
  pool->backward = gbp_reach_new_backward (&pool->window, node->inputs, &node->output);
  if (pool->forward == NULL || pool->backward == NULL)
    g_clear_pointer (&pool, gbp_pool_window_free);
  return pool;
}

GbpRows
gbp_pool_window_find_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  GbpWindow window = get_window (node);

  return gbp_reach_find_seen (&window, rows, node->inputs->height);
}

static gsize
get_scratch_size (gsize n_taps)
{
  return (n_taps * sizeof (GbpTap) + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* What lies in the workspace before the workers' scratch: a map as large as the output, for means without padding. */
static gsize
get_divided_size (const GbpNode *node)
{
  gboolean is_divided = node->operation->kind == GBP_KIND_POOL_AVERAGE
                        || node->operation->kind == GBP_KIND_GLOBAL_AVERAGE;

  return is_divided ? gbp_shape_get_size (&node->output) * sizeof (float) : 0;
}

gsize
gbp_pool_window_get_workspace_size (const GbpNode *node, guint n_workers)
{
  GbpWindow window = get_window (node);

  return get_divided_size (node)
         + get_scratch_size ((gsize) window.rows * window.columns) * n_workers;
}

GbpReachWalk
gbp_pool_window_walk (const GbpNodeJob *job, gboolean is_backward, guint y, guint worker)
{
  const GbpPoolWindow *pool = job->prepared;
  const GbpNodePass *pass = job->pass;
  const GbpReach *reach = is_backward ? pool->backward : pool->forward;
  char *scratch = (char *) pass->workspace + get_divided_size (job->node);

  return (GbpReachWalk){
      .reach = reach,
      .y = (is_backward ? pass->input_rows->first : pass->rows.first) + y,
      .stride = gbp_pad_channels (job->node->output.channels),
      .source = is_backward ? pass->gradient : pass->inputs[0],
      .target = is_backward ? pass->input_gradients[0] : pass->output,
      .taps = (gpointer) (scratch + get_scratch_size (reach->n_taps) * worker),
  };
}

char *
gbp_pool_window_infer (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;
  const GbpPadding *padding = &window->padding;

  if (window->dilation_y != 1 || window->dilation_x != 1 || window->groups > 1)
    return g_strdup_printf ("expected a window without dilation or groups, found %u×%u and %u",
        window->dilation_y, window->dilation_x, window->groups);
  if (MAX (padding->top, padding->bottom) >= window->rows
      || MAX (padding->left, padding->right) >= window->columns)
    return g_strdup_printf ("expected padding less than the window of %u×%u, found %u, %u, %u, %u",
        window->rows, window->columns, padding->top, padding->left, padding->bottom,
        padding->right);
  return gbp_shape_slide (window, output);
}
