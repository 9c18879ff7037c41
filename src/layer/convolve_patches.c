/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any convolution: the patches that pixels are made of, as rows of a matrix, times the kernel. The way back is the same
 * from the gradient's patches; with a stride, the input's pixels are of several phases, each with its part of the
 * kernel, so that no product is with a zero. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/grid.h"
#include "layer/patches.h"

/* Channels that are copied at once where there are no more. */
#define FEW 4

typedef struct {
  GbpPatchMatrices forward;
  GbpPatchMatrices backward;
  GbpFinish finish;
} Patches;

static void
free_patches (gpointer prepared)
{
  Patches *patches = prepared;

  gbp_patch_matrices_clear (&patches->forward);
  gbp_patch_matrices_clear (&patches->backward);
  gbp_finish_clear (&patches->finish);
  gbp_memory_free (patches);
}

static gpointer
prepare_patches (const GbpNode *node, const GbpKernels *kernels)
{
  Patches *patches = gbp_memory_new (1, sizeof *patches);

  if (patches != NULL
      && (!gbp_finish_init (&patches->finish, node)
          || !gbp_patch_matrices_init (&patches->forward, node, FALSE, kernels->panel)
          || !gbp_patch_matrices_init (&patches->backward, node, TRUE, kernels->panel)))
    g_clear_pointer (&patches, free_patches);
  return patches;
}

/* Floats of a worker's patches, and behind them of the products. */
static gsize
get_patches_floats (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;
  gsize n = MAX (node->inputs->channels, node->output.channels) / window->groups;

  return GBP_GRID_PIXELS * gbp_pad_channels (n * window->rows * window->columns) + GBP_LANES;
}

static gsize
get_worker_floats (const GbpNode *node)
{
  gsize n = MAX (node->inputs->channels, node->output.channels) / node->operation->window.groups;

  return get_patches_floats (node) + GBP_GRID_PIXELS * gbp_pad_channels (n);
}

/* Of the gradient before the activation. */
static gsize
get_gradient_floats (const GbpNode *node)
{
  return node->activation != NULL ? gbp_shape_get_size (&node->output) : 0;
}

static gsize
get_patches_workspace_size (const GbpNode *node, guint n_workers)
{
  return (get_gradient_floats (node) + get_worker_floats (node) * n_workers) * sizeof (float);
}

/* A pass over the target's pixels of one phase.
 * @rows: of the target, that are wanted
 * @across: such pixels in a row
 * @finish: (nullable): forward */
typedef struct {
  const GbpNode *node;
  const GbpNodePass *pass;
  const GbpPatchMatrices *matrices;
  const float *source;
  gsize source_stride;
  float *target;
  gsize target_stride;
  const GbpFinish *finish;
  GbpRows rows;
  guint phase;
  guint across;
  GbpGrid grid;
} PatchJob;

/* Four floats, wherever they lie. */
typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

/* The channels of one pixel, from @source on, or zeros.
 * @is_few: that FEW of them may be read; what is written behind @n is written again */
static void
copy_tap (const float *source, guint n, gboolean is_few, float *patch)
{
  if (is_few)
    *(Four *) patch = source != NULL ? *(const Four *) source : (Four){0};
  else if (source != NULL)
    memcpy (patch, source, n * sizeof *patch);
  else
    memset (patch, 0, n * sizeof *patch);
}

/* What pixel @index of the phase is made of, [tap][channel], with zeros behind. */
static void
copy_patch (const PatchJob *job, gsize index, guint group, gsize depth, float *patch)
{
  const GbpReach *reach = job->matrices->reach;
  const GbpPhase *phase = &reach->phases[job->phase];
  guint n = job->matrices->n_from;
  int top = (int) (index / job->across * reach->source_step_y);
  int left = (int) (index % job->across * reach->source_step_x);
  gboolean is_few = n <= FEW && job->matrices->n_groups == 1;
  float *end = patch + depth;

  for (guint t = 0; t < phase->n_taps; t++, patch += n) {
    int row = top + phase->taps[t].row, column = left + phase->taps[t].column;
    const float *source = NULL;

    if (row >= 0 && column >= 0 && row < (int) reach->source_height
        && column < (int) reach->source_width)
      source = job->source
               + ((gsize) row * reach->source_width + (gsize) column) * job->source_stride
               + group * n;
    copy_tap (source, n, is_few, patch);
  }
  if (patch < end)
    memset (patch, 0, (gsize) (end - patch) * sizeof *patch);
}

/* Where pixel @index of the phase lies in the target. */
static float *
get_target (const PatchJob *job, gsize index)
{
  const GbpReach *reach = job->matrices->reach;
  gsize y = job->phase / reach->n_phases_x + index / job->across * reach->step_y;
  gsize x = job->phase % reach->n_phases_x + index % job->across * reach->step_x;

  return job->target + (y * reach->width + x) * job->target_stride;
}

/* The products of pixels @first … @end − 1 to their places; behind the last group comes the padding. */
static void
place_products (const PatchJob *job, gsize first, gsize end, guint group, GbpChannels columns,
    const float *products)
{
  const GbpPatchMatrices *matrices = job->matrices;
  gsize n_channels = (gsize) matrices->n_groups * matrices->n_to;
  gsize n = matrices->n_groups > 1 ? matrices->n_to : columns.end - columns.first;

  for (gsize i = first; i < end; i++, products += matrices->columns) {
    float *target = get_target (job, i);

    memcpy (target + group * matrices->n_to + columns.first, products + columns.first,
        n * sizeof *target);
    if (group > 0 && group + 1 == matrices->n_groups)
      memset (target + n_channels, 0, (job->target_stride - n_channels) * sizeof *target);
  }
}

/* Whether products can be written where they belong. */
static gboolean
is_direct (const PatchJob *job)
{
  const GbpReach *reach = job->matrices->reach;

  return reach->step_y == 1 && reach->step_x == 1 && job->matrices->n_groups == 1;
}

static void
multiply_patches (
    const PatchJob *job, gsize first, gsize end, guint group, GbpChannels columns, float *workspace)
{
  const GbpPatchMatrices *matrices = job->matrices;
  gsize depth = gbp_patch_matrices_get_depth (matrices, job->phase);
  float *products = workspace + get_patches_floats (job->node);
  GbpProduct product = {
      .rows = end - first,
      .depth = depth,
      .columns = matrices->columns,
      .a = workspace,
      .a_stride = depth,
      .b = gbp_patch_matrices_get (matrices, job->phase, group),
      .c = is_direct (job) ? get_target (job, first) : products,
      .c_stride = matrices->columns,
      .terms = {0, depth},
      .wanted = columns,
  };

  for (gsize i = first; i < end; i++)
    copy_patch (job, i, group, depth, workspace + (i - first) * depth);
  if (depth > 0)
    job->pass->kernels->multiply (&product);
  else
    for (gsize i = 0; i < product.rows; i++)
      memset (product.c + i * product.c_stride + columns.first, 0,
          (columns.end - columns.first) * sizeof *product.c);
  if (!is_direct (job))
    place_products (job, first, end, group, columns, products);
}

static void
multiply_patches_part (gpointer data, guint part, guint worker)
{
  const PatchJob *job = data;
  GbpChannels columns = gbp_grid_find_columns (&job->grid, part);
  float *workspace = (float *) job->pass->workspace + get_gradient_floats (job->node)
                     + get_worker_floats (job->node) * worker;
  gsize first, end;

  gbp_grid_find_pixels (&job->grid, part, &first, &end);
  for (guint g = 0; g < job->matrices->n_groups; g++)
    multiply_patches (job, first, end, g, columns, workspace);
  if (job->finish != NULL && job->grid.n_slices == 1)
    gbp_finish_forward (job->finish, job->pass, first, end - first);
}

/* Where a part has not all of a pixel's channels. */
static void
finish_patches_part (gpointer data, guint part, guint worker)
{
  const PatchJob *job = data;
  gsize first, end;

  gbp_grid_find_pixels (&job->grid, part * job->grid.n_slices, &first, &end);
  gbp_finish_forward (job->finish, job->pass, first, end - first);
}

/* How many of the phase's rows lie before row @end of the target. */
static guint
count_rows (const PatchJob *job, guint end)
{
  guint y = job->phase / job->matrices->reach->n_phases_x, step = job->matrices->reach->step_y;

  return end > y ? (end - y + step - 1) / step : 0;
}

static void
run_phase (PatchJob *job)
{
  const GbpReach *reach = job->matrices->reach;
  guint x = job->phase % reach->n_phases_x;
  GbpRows rows = {count_rows (job, job->rows.first), count_rows (job, job->rows.end)};

  if (gbp_rows_count (rows) == 0)
    return;
  job->across = (reach->width - x + reach->step_x - 1) / reach->step_x;
  job->grid = job->matrices->n_groups > 1
                  ? gbp_grid_make_unsliced (rows, job->across, job->matrices->columns)
                  : gbp_grid_make (rows, job->across, job->matrices->columns);
  gbp_team_run (job->pass->team, multiply_patches_part, job, gbp_grid_count (&job->grid));
  if (job->finish != NULL && job->grid.n_slices > 1)
    gbp_team_run (job->pass->team, finish_patches_part, job, job->grid.n_stretches);
}

static void
run_patches (PatchJob *job)
{
  const GbpReach *reach = job->matrices->reach;

  for (job->phase = 0; job->phase < reach->n_phases_y * reach->n_phases_x; job->phase++)
    run_phase (job);
}

static void
forward_patches (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Patches *patches = prepared;
  PatchJob job = {
      .node = node,
      .pass = pass,
      .matrices = &patches->forward,
      .source = pass->inputs[0],
      .source_stride = gbp_pad_channels (node->inputs->channels),
      .target = pass->output,
      .target_stride = gbp_pad_channels (node->output.channels),
      .finish = &patches->finish,
      .rows = pass->rows,
  };

  run_patches (&job);
}

static void
backward_patches (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Patches *patches = prepared;
  float *gradient = gbp_finish_backward_rows (&patches->finish, pass, pass->workspace);
  PatchJob job = {
      .node = node,
      .pass = pass,
      .matrices = &patches->backward,
      .source = gradient,
      .source_stride = gbp_pad_channels (node->output.channels),
      .target = pass->input_gradients[0],
      .target_stride = gbp_pad_channels (node->inputs->channels),
      .rows = *pass->input_rows,
  };

  gbp_reach_clear_around (
      &node->operation->window, *pass->input_rows, pass->rows, &node->output, gradient);
  run_patches (&job);
}

const GbpKindClass gbp_convolver_patches = {
    .name = "patches",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_patches_workspace_size,
    .prepare = prepare_patches,
    .free = free_patches,
    .find_rows = gbp_convolver_find_seen,
    .forward = forward_patches,
    .backward = backward_patches,
};
