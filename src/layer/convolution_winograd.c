/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winograd's minimal filtering: tiles of the map go into a domain where the convolution is one small
 * product at each of (tile + 2)² positions, and back. With 4×4 tiles that is a quarter of the
 * multiplications. The way back is the same with the weights rotated.
 *
 * Large maps have many tiles and small weights: every part takes a block of tiles the whole way, while
 * it sits in the cache. Small maps have few tiles and large weights: all tiles are transformed, then the
 * products share out the weights, so that each is read once, then all tiles come back. */
#include "layer/convolution.h"

#include "kernel/memory.h"
#include "layer/refine.h"
#include "layer/winograd_layout.h"
#include "layer/winograd_weights.h"

#include <string.h>

/* Tiles in one part of a transform over the whole map. */
#define TILES_PER_PART 4
/* Columns in one part of the products over the whole map. */
#define COLUMNS_PER_PART 128

/* @backward: (nullable): NULL: the forward weights serve the way back as well
  * @bias: [padded n_outputs] */
typedef struct {
  float *forward;  /* packed, as gbp_winograd_transform_weights() makes them */
  float *backward; /* likewise */
  float *bias;
  GbpRefinement *refinement;
} Prepared;

static void
free_prepared (gpointer data)
{
  Prepared *prepared = data;

  gbp_memory_free (prepared->forward);
  gbp_memory_free (prepared->backward);
  gbp_memory_free (prepared->bias);
  g_clear_pointer (&prepared->refinement, gbp_refinement_free);
  gbp_memory_free (prepared);
}

static gpointer
prepare (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpKernels *kernels)
{
  Prepared *prepared = gbp_memory_new (1, sizeof *prepared);
  gboolean has_backward = !gbp_winograd_shares_weights (shape);

  if (prepared == NULL)
    return NULL;
  prepared->forward = gbp_winograd_transform_weights (
      shape, kernel, gbp_winograd_choose_forward_tile (shape), FALSE, kernels->panel);
  if (has_backward)
    prepared->backward = gbp_winograd_transform_weights (
        shape, kernel, gbp_winograd_choose_backward_tile (shape), TRUE, kernels->panel);
  prepared->bias =
      gbp_memory_new_copy (gbp_pad_channels (shape->n_outputs), bias, shape->n_outputs);
  prepared->refinement = gbp_refinement_new (shape, kernel, bias);
  if (prepared->forward == NULL || (has_backward && prepared->backward == NULL)
      || prepared->bias == NULL || prepared->refinement == NULL)
    g_clear_pointer (&prepared, free_prepared);
  return prepared;
}

static gsize
get_workspace (const GbpConvolutionShape *shape, guint n_workers)
{
  return gbp_winograd_get_n_values (shape, n_workers) + gbp_pad_channels (shape->n_outputs);
}

/* One pass in one direction.
 * @inputs: padded channels going in; @outputs: coming out
 * @is_rotated: the weights are those of the other direction
 * @values: where tile blocks are transformed */
typedef struct {
  const GbpConvolutionPass *pass;
  GbpWinogradLayout layout;
  const float *weights;
  gboolean is_rotated;
  gsize inputs;
  gsize outputs;
  float *values;
  GbpEpilogue epilogue;
} Job;

/* A tile block's values going in, [position][tile][inputs]. */
static GbpTransformed
get_transformed_input (const Job *job, guint first, guint n, float *values)
{
  return (GbpTransformed){first, n, job->inputs, job->inputs * n + GBP_WINOGRAD_SKEW,
      job->pass->input_channels, job->layout.is_whole, values};
}

/* And coming out, [position][tile][outputs], behind them. */
static GbpTransformed
get_transformed_output (const Job *job, guint first, guint n, float *values)
{
  values += job->layout.n_positions * (job->inputs * n + GBP_WINOGRAD_SKEW);
  return (GbpTransformed){first, n, job->outputs, job->outputs * n + GBP_WINOGRAD_SKEW,
      job->pass->output_channels, job->layout.is_whole, values};
}

/* The product at one position, for some of the outputs' channels. */
static GbpProduct
make_product (const Job *job, guint position, GbpChannels wanted, const GbpTransformed *input,
    const GbpTransformed *output)
{
  guint from =
      job->is_rotated ? gbp_winograd_rotate_position (job->layout.tiles.tile, position) : position;

  return (GbpProduct){
      .rows = input->n,
      .depth = job->inputs,
      .columns = job->outputs,
      .a = input->values + position * input->position_stride,
      .a_stride = input->row_stride,
      .b = job->weights + from * job->inputs * job->outputs,
      .c = output->values + position * output->position_stride,
      .c_stride = output->row_stride,
      .terms = job->pass->input_channels,
      .wanted = wanted,
  };
}

static void
multiply (const Job *job, const GbpProduct *product)
{
  if (job->is_rotated)
    job->pass->kernels->multiply_transposed (product);
  else
    job->pass->kernels->multiply (product);
}

/* Whether the map going in, or the one coming out, lies behind a pool. */
static gboolean
is_pooled (const Job *job, gboolean is_input)
{
  return job->pass->argmax != NULL && is_input == (job->epilogue.bias == NULL);
}

/* While a block's products are computed, the map's rows come into the cache that the block from tile
 * @first on will read and write: one with each product, @ahead from the first row of tiles on. */
static void
fetch_row (const Job *job, guint first, guint n, guint ahead, GbpProduct *product)
{
  const GbpConvolutionPass *pass = job->pass;
  const GbpTiles *tiles = &job->layout.tiles;
  gboolean is_input = ahead < tiles->tile; /* they begin a row before, which is in the cache */
  guint scale = is_pooled (job, is_input) ? 2 : 1;
  guint row = tiles->top + first / tiles->across * tiles->tile + ahead % tiles->tile + is_input;
  gsize column = tiles->left + first % tiles->across * tiles->tile;
  gsize first_pixel = MIN (row, tiles->output.bottom - 1) / scale * (gsize) (tiles->width / scale);
  gsize n_pixels = MIN (n, tiles->across - first % tiles->across) * tiles->tile / scale;
  gsize stride = is_input ? job->inputs : job->outputs;

  product->prefetch =
      (is_input ? pass->input : pass->output) + (first_pixel + column / scale) * stride;
  product->n_prefetch = n_pixels * stride;
}

/* Where blocks take equally long, this thread's next one is as many on as there are threads. */
static void
multiply_tile_block (
    const Job *job, guint part, const GbpTransformed *input, const GbpTransformed *output)
{
  const GbpWinogradLayout *layout = &job->layout;
  guint next_first = (part + gbp_team_get_n_members (job->pass->team)) * layout->tile_block;
  GbpProduct products[GBP_WINOGRAD_MAX_POSITIONS];

  for (guint i = 0; i < layout->n_positions; i++) {
    products[i] = make_product (job, i, job->pass->output_channels, input, output);
    products[i].next = i + 1 < layout->n_positions ? &products[i + 1] : NULL;
    if (next_first < layout->tiles.n && i < 2 * layout->tiles.tile)
      fetch_row (job, next_first, input->n, i, &products[i]);
  }
  for (guint i = 0; i < layout->n_positions; i++)
    multiply (job, &products[i]);
}

static void
transform_input (const Job *job, const GbpTransformed *input)
{
  const GbpConvolutionPass *pass = job->pass;

  pass->kernels->transform_input (&job->layout.tiles, pass->input, job->inputs,
      is_pooled (job, TRUE) ? pass->argmax : NULL, input);
}

static void
transform_output (const Job *job, const GbpTransformed *output)
{
  const GbpConvolutionPass *pass = job->pass;

  pass->kernels->transform_output (
      &job->layout.tiles, output, &job->epilogue, pass->output, job->outputs);
}

static void
run_tile_block (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpWinogradLayout *layout = &job->layout;
  guint first = part * layout->tile_block, n = MIN (layout->tile_block, layout->tiles.n - first);
  float *values = job->values + layout->n_floats * worker;
  GbpTransformed input = get_transformed_input (job, first, n, values);
  GbpTransformed output = get_transformed_output (job, first, n, values);

  transform_input (job, &input);
  multiply_tile_block (job, part, &input, &output);
  transform_output (job, &output);
}

/* Some of the tiles, of which @transformed holds all. */
static GbpTransformed
get_part (const GbpTransformed *transformed, guint part)
{
  GbpTransformed some = *transformed;

  some.first = part * TILES_PER_PART;
  some.n = MIN (TILES_PER_PART, transformed->n - some.first);
  some.values += some.first * some.row_stride;
  return some;
}

static void
transform_input_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  GbpTransformed all = get_transformed_input (job, 0, job->layout.tiles.n, job->values);
  GbpTransformed input = get_part (&all, part);

  transform_input (job, &input);
}

/* Parts of the products: positions, and columns of each. */
static guint
get_parts_per_position (const Job *job)
{
  const GbpChannels *wanted = &job->pass->output_channels;

  return (guint) ((wanted->end - wanted->first + COLUMNS_PER_PART - 1) / COLUMNS_PER_PART);
}

static GbpProduct
make_part (const Job *job, guint part)
{
  guint per_position = get_parts_per_position (job), n_tiles = job->layout.tiles.n;
  GbpChannels wanted = job->pass->output_channels;
  GbpTransformed input = get_transformed_input (job, 0, n_tiles, job->values);
  GbpTransformed output = get_transformed_output (job, 0, n_tiles, job->values);

  wanted.first += part % per_position * COLUMNS_PER_PART;
  wanted.end = MIN (wanted.end, wanted.first + COLUMNS_PER_PART);
  return make_product (job, part / per_position, wanted, &input, &output);
}

/* As with tile blocks, what comes next is likely to be as many on as there are threads. */
static void
multiply_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  guint n_parts = job->layout.n_positions * get_parts_per_position (job);
  guint next_part = part + gbp_team_get_n_members (job->pass->team);
  GbpProduct product = make_part (job, part), next;

  if (next_part < n_parts) {
    next = make_part (job, next_part);
    product.next = &next;
    product.prefetch = next.a;
    product.n_prefetch = next.rows * next.a_stride;
  }
  multiply (job, &product);
}

static void
transform_output_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  GbpTransformed all = get_transformed_output (job, 0, job->layout.tiles.n, job->values);
  GbpTransformed output = get_part (&all, part);

  transform_output (job, &output);
}

static void
run (Job *job)
{
  const GbpWinogradLayout *layout = &job->layout;
  GbpTeam *team = job->pass->team;
  guint n_tiles = layout->tiles.n, n_parts = (n_tiles + TILES_PER_PART - 1) / TILES_PER_PART;

  if (!layout->is_whole) {
    gbp_team_run (
        team, run_tile_block, job, (n_tiles + layout->tile_block - 1) / layout->tile_block);
    return;
  }
  gbp_team_run (team, transform_input_part, job, n_parts);
  gbp_team_run (team, multiply_part, job, layout->n_positions * get_parts_per_position (job));
  gbp_team_run (team, transform_output_part, job, n_parts);
}

static GbpWinogradLayout
get_pass_layout (const GbpConvolutionShape *shape, const GbpConvolutionPass *pass, guint tile)
{
  return gbp_winograd_get_layout (
      shape, gbp_tiles_make (tile, shape->width, pass->input_region, pass->output_region));
}

static void
forward (const GbpConvolutionShape *shape, gconstpointer data, const GbpConvolutionPass *pass)
{
  const Prepared *prepared = data;
  float *tolerance = pass->workspace; /* before the transformed values */
  gsize outputs = gbp_pad_channels (shape->n_outputs);
  Job job = {
      .pass = pass,
      .layout = get_pass_layout (shape, pass, gbp_winograd_choose_forward_tile (shape)),
      .weights = prepared->forward,
      .inputs = gbp_pad_channels (shape->n_inputs),
      .outputs = outputs,
      .values = pass->workspace + outputs,
      .epilogue =
          {
              .bias = prepared->bias,
              .active = pass->is_linear ? NULL : pass->active,
              .tolerance = tolerance,
              .near_zero = pass->near_zero,
              .argmax = pass->argmax,
              .equivalence = pass->equivalence,
          },
  };

  if (pass->is_linear) { /* no sign is asked for */
    run (&job);
    return;
  }
  gbp_refinement_get_tolerance (prepared->refinement, pass, tolerance);
  run (&job);
  gbp_refinement_run (prepared->refinement, pass);
}

static void
backward (const GbpConvolutionShape *shape, gconstpointer data, const GbpConvolutionPass *pass)
{
  const Prepared *prepared = data;
  Job job = {
      .pass = pass,
      .layout = get_pass_layout (shape, pass, gbp_winograd_choose_backward_tile (shape)),
      .weights = prepared->backward != NULL ? prepared->backward : prepared->forward,
      .is_rotated = prepared->backward == NULL,
      .inputs = gbp_pad_channels (shape->n_outputs),
      .outputs = gbp_pad_channels (shape->n_inputs),
      .values = pass->workspace,
      .epilogue = {.gate = pass->gate},
  };

  run (&job);
}

const GbpConvolutionAlgorithm gbp_convolution_winograd = {
    .name = "winograd",
    .takes_pool = TRUE,
    .prepare = prepare,
    .free = free_prepared,
    .get_workspace = get_workspace,
    .forward = forward,
    .backward = backward,
};
