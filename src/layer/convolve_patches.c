/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any convolution: the patches that pixels are made of, as rows of a matrix, times the kernel. Patches are not copied:
 * the product is told where their pieces lie. The way back is the same from the gradient's patches; with a stride, the
 * input's pixels are of several phases, each with its part of the kernel, so that no product is with a zero. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/grid.h"
#include "layer/patches.h"

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

static gsize
align (gsize n_bytes)
{
  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* Of a worker: where its patches' pieces lie. */
static gsize
get_places_size (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;

  return align (GBP_GRID_PIXELS * window->rows * window->columns * sizeof (const float *));
}

/* Of a worker: its products, in whichever direction they have more columns. */
static gsize
get_products_size (const GbpNode *node)
{
  guint inputs = node->inputs->channels / node->operation->window.groups;
  guint outputs = node->output.channels / node->operation->window.groups;
  gsize n_columns = MAX (gbp_patch_matrices_find_bundle (node, FALSE) * outputs,
      gbp_patch_matrices_find_bundle (node, TRUE) * inputs);

  return GBP_GRID_PIXELS * gbp_pad_channels (n_columns) * sizeof (float);
}

/* Of a pixel that lies beyond the source, which all share. */
static gsize
get_zeros_floats (const GbpNode *node)
{
  return gbp_pad_channels (MAX (node->inputs->channels, node->output.channels));
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
  return (get_gradient_floats (node) + get_zeros_floats (node)) * sizeof (float)
         + (get_places_size (node) + get_products_size (node)) * n_workers;
}

/* A pass over the target's pixels of one phase.
 * @rows: of the target, that are wanted
 * @across: such pixels in a row
 * @zeros: what lies beyond the source
 * @finish: (nullable): forward */
typedef struct {
  const GbpNode *node;
  const GbpNodePass *pass;
  const GbpPatchMatrices *matrices;
  const float *source;
  gsize source_stride;
  float *target;
  gsize target_stride;
  float *zeros;
  const GbpFinish *finish;
  GbpRows rows;
  guint phase;
  guint across;
  GbpGrid grid;
} PatchJob;

/* Where the source has what a pixel's patch has at each tap.
 * @index: of the phase's
 * @places: (out): the next tap's lies @step further on */
static void
find_patch (const PatchJob *job, gsize index, const float **places, gsize step)
{
  const GbpReach *reach = job->matrices->reach;
  const GbpPhase *phase = &reach->phases[job->phase];
  int top = (int) (index / job->across * reach->source_step_y);
  int left = (int) (index % job->across * reach->source_step_x);

  for (guint t = 0; t < phase->n_taps; t++) {
    int row = top + phase->taps[t].row, column = left + phase->taps[t].column;
    gboolean is_inside = row >= 0 && column >= 0 && row < (int) reach->source_height
                         && column < (int) reach->source_width;
    gsize pixel = (gsize) row * reach->source_width + (gsize) column;

    places[t * step] = is_inside ? job->source + pixel * job->source_stride : job->zeros;
  }
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

/* The products of pixels @first … @end − 1 to their places; behind the last bundle comes the padding. */
static void
place_products (const PatchJob *job, gsize first, gsize end, guint bundle, GbpChannels columns,
    const float *products)
{
  const GbpPatchMatrices *matrices = job->matrices;
  gsize n_channels = (gsize) matrices->n_bundles * matrices->n_to;
  gsize n = matrices->n_bundles > 1 ? matrices->n_to : columns.end - columns.first;

  for (gsize i = first; i < end; i++, products += matrices->columns) {
    float *target = get_target (job, i);

    memcpy (target + bundle * matrices->n_to + columns.first, products + columns.first,
        n * sizeof *target);
    if (bundle > 0 && bundle + 1 == matrices->n_bundles)
      memset (target + n_channels, 0, (job->target_stride - n_channels) * sizeof *target);
  }
}

/* Whether products can be written where they belong. */
static gboolean
is_direct (const PatchJob *job)
{
  const GbpPatchMatrices *matrices = job->matrices;

  return matrices->reach->step_y == 1 && matrices->reach->step_x == 1
         && (matrices->n_bundles == 1 || matrices->n_to == matrices->columns);
}

/* Whether products get the layer's ending as they come: forward, where they are complete rows of the target's. */
static gboolean
has_ending (const PatchJob *job)
{
  return job->finish != NULL && is_direct (job);
}

static GbpEnding
find_ending (const PatchJob *job, gsize first, guint bundle)
{
  GbpEnding ending = gbp_finish_get_ending (job->finish, job->pass, first);
  gsize channel = (gsize) bundle * job->matrices->n_to;

  ending.bias += channel;
  if (ending.positive != NULL)
    ending.positive += channel / 8;
  return ending;
}

/* A product of no terms. */
static void
clear_columns (const GbpProduct *product)
{
  for (gsize i = 0; i < product->rows; i++)
    memset (product->c + i * product->c_stride + product->wanted.first, 0,
        (product->wanted.end - product->wanted.first) * sizeof *product->c);
}

/* Pixels @first … @end − 1 of a bundle's channels.
 * @places: of their patches; @products: scratch */
static void
multiply_patches (const PatchJob *job, gsize first, gsize end, guint bundle, GbpChannels columns,
    const float *const *places, float *products)
{
  const GbpPatchMatrices *matrices = job->matrices;
  gsize depth = gbp_patch_matrices_get_depth (matrices, job->phase);
  GbpPieces pieces = {
      places, depth / matrices->n_from, matrices->n_from, bundle * matrices->n_from};
  GbpEnding ending;
  GbpProduct product = {
      .rows = end - first,
      .depth = depth,
      .columns = matrices->columns,
      .b = gbp_patch_matrices_get (matrices, job->phase, bundle),
      .c = products,
      .c_stride = matrices->columns,
      .terms = {0, depth},
      .wanted = columns,
      .pieces = &pieces,
  };

  if (is_direct (job)) {
    product.c = get_target (job, first) + bundle * matrices->n_to;
    product.c_stride = job->target_stride;
  }
  if (has_ending (job)) {
    ending = find_ending (job, first, bundle);
    product.ending = &ending;
  }
  if (depth > 0)
    job->pass->kernels->multiply (&product);
  else
    clear_columns (&product);
  if (!is_direct (job))
    place_products (job, first, end, bundle, columns, products);
}

/* What the ending has left to do, of all of a pixel's channels. */
static void
finish_patches (const PatchJob *job, gsize first, gsize end)
{
  if (!has_ending (job))
    gbp_finish_forward (job->finish, job->pass, first, end - first);
  else if (!gbp_finish_is_ending (job->finish))
    gbp_finish_activate (job->finish, job->pass, first, end - first);
}

static void
multiply_patches_part (gpointer data, guint part, guint worker)
{
  const PatchJob *job = data;
  gsize size = get_places_size (job->node) + get_products_size (job->node);
  const float **places =
      (gpointer) ((char *) (job->zeros + get_zeros_floats (job->node)) + worker * size);
  float *products = (gpointer) ((char *) places + get_places_size (job->node));
  GbpChannels columns = gbp_grid_find_columns (&job->grid, part);
  gsize first, end;

  gbp_grid_find_pixels (&job->grid, part, &first, &end);
  for (gsize i = first; i < end; i++)
    find_patch (job, i, places + i - first, end - first);
  for (guint i = 0; i < job->matrices->n_bundles; i++)
    multiply_patches (job, first, end, i, columns, places, products);
  if (job->finish != NULL && job->grid.n_slices == 1)
    finish_patches (job, first, end);
}

/* Where a part has not all of a pixel's channels. */
static void
finish_patches_part (gpointer data, guint part, guint worker)
{
  const PatchJob *job = data;
  gsize first, end;

  gbp_grid_find_pixels (&job->grid, part * job->grid.n_slices, &first, &end);
  finish_patches (job, first, end);
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
  job->grid = job->matrices->n_bundles > 1
                  ? gbp_grid_make_unsliced (rows, job->across, job->matrices->columns)
                  : gbp_grid_make (rows, job->across, job->matrices->columns);
  gbp_team_run (job->pass->team, multiply_patches_part, job, gbp_grid_count (&job->grid));
  if (job->finish != NULL && job->grid.n_slices > 1 && !gbp_finish_is_ending (job->finish))
    gbp_team_run (job->pass->team, finish_patches_part, job, job->grid.n_blocks);
}

static void
run_patches (PatchJob *job)
{
  const GbpReach *reach = job->matrices->reach;

  memset (job->zeros, 0, get_zeros_floats (job->node) * sizeof *job->zeros);
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
      .zeros = (float *) pass->workspace + get_gradient_floats (node),
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
      .zeros = (float *) pass->workspace + get_gradient_floats (node),
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
