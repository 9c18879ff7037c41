/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A 1×1 convolution with stride 1: the map, [pixel][channel], times the kernel as a matrix. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/grid.h"

/* @forward: packed [padded channels in][padded channels out]; @backward: the other way round */
typedef struct {
  float *forward;
  float *backward;
  GbpFinish finish;
} Pointwise;

static void
free_pointwise (gpointer prepared)
{
  Pointwise *pointwise = prepared;

  gbp_memory_free (pointwise->forward);
  gbp_memory_free (pointwise->backward);
  gbp_finish_clear (&pointwise->finish);
  gbp_memory_free (pointwise);
}

/* @row: zeros, scratch for the longest row */
static void
pack_kernel (const GbpNode *node, gsize panel, float *row, Pointwise *pointwise)
{
  const float *kernel = node->operation->tensors[0]->values;
  gsize n_inputs = node->inputs->channels, n_outputs = node->output.channels;
  gsize inputs = gbp_pad_channels (n_inputs), outputs = gbp_pad_channels (n_outputs);

  for (gsize c = 0; c < n_inputs; c++) {
    memcpy (row, kernel + c * n_outputs, n_outputs * sizeof *row);
    gbp_pack_row (panel, inputs, outputs, c, row, pointwise->forward);
  }
  memset (row, 0, MAX (inputs, outputs) * sizeof *row);
  for (gsize o = 0; o < n_outputs; o++) {
    for (gsize c = 0; c < n_inputs; c++)
      row[c] = kernel[c * n_outputs + o];
    gbp_pack_row (panel, outputs, inputs, o, row, pointwise->backward);
  }
}

static gpointer
prepare_pointwise (const GbpNode *node, const GbpKernels *kernels)
{
  gsize inputs = gbp_pad_channels (node->inputs->channels);
  gsize outputs = gbp_pad_channels (node->output.channels);
  Pointwise *pointwise = gbp_memory_new (1, sizeof *pointwise);
  float *row = gbp_memory_new (MAX (inputs, outputs), sizeof *row);

  if (pointwise != NULL) {
    gboolean has_finish = gbp_finish_init (&pointwise->finish, node);

    pointwise->forward = gbp_memory_new (inputs * outputs, sizeof *row);
    pointwise->backward = gbp_memory_new (inputs * outputs, sizeof *row);
    if (row != NULL && has_finish && pointwise->forward != NULL && pointwise->backward != NULL)
      pack_kernel (node, kernels->panel, row, pointwise);
    else
      g_clear_pointer (&pointwise, free_pointwise);
  }
  gbp_memory_free (row);
  return pointwise;
}

/* A part's gradient before the activation. */
static gsize
get_scratch_floats (const GbpNode *node)
{
  return node->activation != NULL ? GBP_GRID_PIXELS * gbp_pad_channels (node->output.channels) : 0;
}

static gsize
get_pointwise_workspace_size (const GbpNode *node, guint n_workers)
{
  return get_scratch_floats (node) * sizeof (float) * n_workers;
}

typedef struct {
  GbpNodeJob job;
  GbpGrid grid;
} GridJob;

static GbpProduct
make_product (gsize rows, gsize depth, gsize columns, GbpChannels wanted)
{
  return (GbpProduct){
      .rows = rows,
      .depth = depth,
      .columns = columns,
      .a_stride = depth,
      .c_stride = columns,
      .terms = {0, depth},
      .wanted = wanted,
  };
}

static void
multiply_part (gpointer data, guint part, guint worker)
{
  const GridJob *it = data;
  const GbpNodePass *pass = it->job.pass;
  const Pointwise *pointwise = it->job.prepared;
  gsize first, end, inputs = gbp_pad_channels (it->job.node->inputs->channels);
  GbpEnding ending;
  GbpProduct product;

  gbp_grid_find_pixels (&it->grid, part, &first, &end);
  product = make_product (
      end - first, inputs, it->grid.n_columns, gbp_grid_find_columns (&it->grid, part));
  product.a = pass->inputs[0] + first * inputs;
  product.b = pointwise->forward;
  product.c = pass->output + first * it->grid.n_columns;
  ending = gbp_finish_get_ending (&pointwise->finish, pass, first);
  product.ending = &ending;
  pass->kernels->multiply (&product);
  if (it->grid.n_slices == 1 && !gbp_finish_is_ending (&pointwise->finish))
    gbp_finish_activate (&pointwise->finish, pass, first, end - first);
}

/* Where a part has not all of a pixel's channels. */
static void
finish_part (gpointer data, guint part, guint worker)
{
  const GridJob *it = data;
  const Pointwise *pointwise = it->job.prepared;
  gsize first, end;

  gbp_grid_find_pixels (&it->grid, part * it->grid.n_slices, &first, &end);
  gbp_finish_activate (&pointwise->finish, it->job.pass, first, end - first);
}

static void
forward_pointwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Pointwise *pointwise = prepared;
  GridJob it = {{node, prepared, pass},
      gbp_grid_make (pass->rows, node->output.width, gbp_pad_channels (node->output.channels))};

  gbp_team_run (pass->team, multiply_part, &it, gbp_grid_count (&it.grid));
  if (it.grid.n_slices > 1 && !gbp_finish_is_ending (&pointwise->finish))
    gbp_team_run (pass->team, finish_part, &it, it.grid.n_blocks);
}

static void
multiply_gradient_part (gpointer data, guint part, guint worker)
{
  const GridJob *it = data;
  const GbpNode *node = it->job.node;
  const GbpNodePass *pass = it->job.pass;
  const Pointwise *pointwise = it->job.prepared;
  gsize first, end, outputs = gbp_pad_channels (node->output.channels);
  float *scratch = (float *) pass->workspace + get_scratch_floats (node) * worker;
  GbpProduct product;

  gbp_grid_find_pixels (&it->grid, part, &first, &end);
  product = make_product (
      end - first, outputs, it->grid.n_columns, gbp_grid_find_columns (&it->grid, part));
  product.a = gbp_finish_backward (&pointwise->finish, pass, first, end - first, scratch);
  product.b = pointwise->backward;
  product.c = pass->input_gradients[0] + first * it->grid.n_columns;
  pass->kernels->multiply (&product);
}

static void
backward_pointwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GridJob it = {{node, prepared, pass},
      gbp_grid_make (pass->rows, node->output.width, gbp_pad_channels (node->inputs->channels))};

  gbp_team_run (pass->team, multiply_gradient_part, &it, gbp_grid_count (&it.grid));
}

const GbpKindClass gbp_convolver_pointwise = {
    .name = "pointwise",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_pointwise_workspace_size,
    .prepare = prepare_pointwise,
    .free = free_pointwise,
    .find_rows = gbp_rows_find_same,
    .forward = forward_pointwise,
    .backward = backward_pointwise,
};
