/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over a window. The gradient goes to the first maximum in raster order; padding
 * never wins. */
#include "layer/kinds.h"
#include "layer/pool_window.h"

/* Of each unit that comes out the number of the window's pixel that it has its value from. */
static gsize
get_argmax_size (const GbpNode *node)
{
  return gbp_shape_get_size (&node->output) * sizeof (guint16);
}

static void
find_maxima_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  GbpReachWalk walk = gbp_pool_window_walk (job, FALSE, part, worker);
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil))
    pass->kernels->find_maximum (
        &stencil, (guint16 *) pass->saved + (stencil.target - pass->output));
}

static void
give_to_maxima_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  GbpReachWalk walk = gbp_pool_window_walk (job, TRUE, part, worker);
  GbpStencil stencil;

  while (gbp_reach_walk (&walk, &stencil))
    pass->kernels->give_to_maximum (&stencil, pass->saved);
}

static void
forward_pool_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, find_maxima_row, &job, gbp_rows_count (pass->rows));
}

static void
backward_pool_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const GbpWindow *window = &node->operation->window;
  GbpNodeJob job = {node, prepared, pass};

  gbp_reach_clear_around (window, *pass->input_rows, pass->rows, &node->output, pass->gradient);
  gbp_team_run (pass->team, give_to_maxima_row, &job, gbp_rows_count (*pass->input_rows));
}

static char *
infer_pool_max (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;

  if ((guint64) window->rows * window->columns > GBP_ARGMAX_NONE)
    return g_strdup_printf ("expected a window of at most %d pixels, found %u×%u", GBP_ARGMAX_NONE,
        window->rows, window->columns);
  return gbp_pool_window_infer (operation, inputs, output);
}

const GbpKindClass gbp_kind_pool_max = {
    .name = "max pooling",
    .infer = infer_pool_max,
    .get_saved_size = get_argmax_size,
    .get_workspace_size = gbp_pool_window_get_workspace_size,
    .prepare = gbp_pool_window_prepare,
    .free = gbp_pool_window_free,
    .find_rows = gbp_pool_window_find_rows,
    .forward = forward_pool_max,
    .backward = backward_pool_max,
};
