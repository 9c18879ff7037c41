/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winograd's minimal filtering: tiles of the map go into a domain where the convolution is one small
 * product at each of (tile + 2)² positions, and back. With 4×4 tiles that is a quarter of the
 * multiplications. The way back is the same with the weights turned.
 *
 * Large maps have many tiles and small weights: every part takes a stretch of tiles the whole way, while
 * it sits in the cache. Small maps have few tiles and large weights: all tiles are transformed, then the
 * products share out the weights, so that each is read once, then all tiles come back. */
#include "layer/convolution.h"
#include "layer/refine.h"
#include "layer/winograd_weights.h"

#include <string.h>

/* Transformed values of one stretch that should stay in a core's second-level cache. */
#define STRETCH_BYTES (512 * 1024)
/* Stretches are a multiple of the rows that the product takes at once. */
#define STRETCH_STEP 14
/* Weights above this are read once for the whole map, not once for each stretch. */
#define WEIGHTS_BYTES (4 * 1024 * 1024)
/* Tiles in one part of a transform over the whole map. */
#define TILES_PER_PART 4
/* Columns in one part of the products over the whole map. */
#define COLUMNS_PER_PART 128
/* Of the larger tile. */
#define MAX_POSITIONS 36
/* Channels up to which a layer is narrow. */
#define NARROW 96
/* Multiplications that a narrow layer's exactness may cost. */
#define EXACT_COST (100 * 1000 * 1000)
/* Floats between rows that keep their equal channels from falling into one set of the cache. */
#define SKEW GBP_LANES

/* @backward: (nullable): NULL: the forward weights serve the way back as well
  * @bias: [padded n_outputs] */
typedef struct {
  float *forward;  /* packed, as gbp_winograd_transform_weights() makes them */
  float *backward; /* likewise */
  float *bias;
  GbpRefinement *refinement;
} Prepared;

/* 2×2 tiles fit small maps better: less of them lies beyond the edge, and fewer weights are read. */
static guint
choose_backward_tile (const GbpConvolutionShape *shape)
{
  return MIN (shape->height, shape->width) <= 14 ? 2 : 4;
}

/* They are also nearly as exact as a direct sum. Forward that matters, for the signs and ranks that gradients
 * depend on, and the fewer channels there are the more each of them weighs; while products are then a
 * smaller part of the time. They take 4 multiplications for an output and channel, 4×4 tiles 9 / 4. */
static guint
choose_forward_tile (const GbpConvolutionShape *shape)
{
  gsize n_terms = (gsize) shape->height * shape->width * shape->n_inputs * shape->n_outputs;
  gboolean is_narrow = MAX (shape->n_inputs, shape->n_outputs) <= NARROW;

  return is_narrow && n_terms * 7 / 4 < EXACT_COST ? 2 : choose_backward_tile (shape);
}

static gboolean
has_large_weights (const GbpConvolutionShape *shape, guint tile)
{
  gsize n_positions = (tile + 2) * (tile + 2);
  gsize n_pairs = gbp_pad_channels (shape->n_inputs) * gbp_pad_channels (shape->n_outputs);

  return n_positions * n_pairs * sizeof (float) > WEIGHTS_BYTES;
}

/* Turning the weights about on the way costs little where each block of them then meets all tiles of the
 * map, and saves half of the memory where there are most of them. */
static gboolean
shares_weights (const GbpConvolutionShape *shape)
{
  guint tile = choose_forward_tile (shape);

  return tile == choose_backward_tile (shape) && has_large_weights (shape, tile);
}

static gpointer
prepare (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpKernels *kernels)
{
  Prepared *prepared = g_new0 (Prepared, 1);

  prepared->forward = gbp_winograd_transform_weights (
      shape, kernel, choose_forward_tile (shape), FALSE, kernels->panel);
  if (!shares_weights (shape))
    prepared->backward = gbp_winograd_transform_weights (
        shape, kernel, choose_backward_tile (shape), TRUE, kernels->panel);
  prepared->bias =
      g_aligned_alloc0 (gbp_pad_channels (shape->n_outputs), sizeof *bias, GBP_ALIGNMENT);
  memcpy (prepared->bias, bias, shape->n_outputs * sizeof *bias);
  prepared->refinement = gbp_refinement_new (shape, kernel, bias);
  return prepared;
}

static void
free_prepared (gpointer data)
{
  Prepared *prepared = data;

  g_aligned_free (prepared->forward);
  g_aligned_free (prepared->backward);
  g_aligned_free (prepared->bias);
  gbp_refinement_free (prepared->refinement);
  g_free (prepared);
}

/* How a pass is cut up. It never depends on the number of threads.
 * @is_whole: all tiles go through each step together
 * @stretch: tiles that go together
 * @n_floats: transformed values of a stretch, going in and coming out */
typedef struct {
  GbpTiles tiles;
  guint n_positions;
  gboolean is_whole;
  guint stretch;
  gsize n_floats;
} Layout;

static Layout
get_layout (const GbpConvolutionShape *shape, GbpTiles tiles)
{
  gsize inputs = gbp_pad_channels (shape->n_inputs), outputs = gbp_pad_channels (shape->n_outputs);
  guint n_positions = (tiles.tile + 2) * (tiles.tile + 2);
  gsize per_tile = n_positions * (inputs + outputs + 2 * SKEW);
  guint fitting = (guint) (STRETCH_BYTES / (per_tile * sizeof (float)));
  Layout layout = {
      .tiles = tiles,
      .n_positions = n_positions,
      .is_whole = has_large_weights (shape, tiles.tile),
      .stretch = MAX (fitting / STRETCH_STEP, 1) * STRETCH_STEP,
  };

  if (layout.is_whole)
    layout.stretch = tiles.n;
  layout.n_floats = layout.stretch * per_tile;
  return layout;
}

/* Floats for the transformed values of a pass over the whole map. */
static gsize
get_n_values (const GbpConvolutionShape *shape, guint tile, guint n_workers)
{
  GbpRegion all = {0, 0, shape->height, shape->width};
  Layout layout = get_layout (shape, gbp_tiles_make (tile, shape->width, all, all));

  return layout.n_floats * (layout.is_whole ? 1 : n_workers);
}

static gsize
get_workspace (const GbpConvolutionShape *shape, guint n_workers)
{
  gsize forward = get_n_values (shape, choose_forward_tile (shape), n_workers);
  gsize backward = get_n_values (shape, choose_backward_tile (shape), n_workers);

  return MAX (forward, backward) + gbp_pad_channels (shape->n_outputs);
}

/* One pass in one direction.
 * @inputs: padded channels going in; @outputs: coming out
 * @is_turned: the weights are those of the other direction
 * @values: where stretches are transformed */
typedef struct {
  const GbpConvolutionPass *pass;
  Layout layout;
  const float *weights;
  gboolean is_turned;
  gsize inputs;
  gsize outputs;
  float *values;
  GbpEpilogue epilogue;
} Job;

/* A stretch's values going in, [position][tile][inputs + SKEW]. */
static GbpTransformed
get_transformed_input (const Job *job, guint first, guint n, float *values)
{
  gsize row = job->inputs + SKEW;

  return (GbpTransformed){first, n, row, row * n, job->pass->input_channels, values};
}

/* And coming out, [position][tile][outputs + SKEW], behind them. */
static GbpTransformed
get_transformed_output (const Job *job, guint first, guint n, float *values)
{
  gsize row = job->outputs + SKEW;

  values += (gsize) job->layout.n_positions * n * (job->inputs + SKEW);
  return (GbpTransformed){first, n, row, row * n, job->pass->output_channels, values};
}

/* The product at one position, for some of the outputs' channels. */
static GbpProduct
make_product (const Job *job, guint position, GbpChannels wanted, const GbpTransformed *input,
    const GbpTransformed *output)
{
  guint from =
      job->is_turned ? gbp_winograd_turn_position (job->layout.tiles.tile, position) : position;

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
  if (job->is_turned)
    job->pass->kernels->multiply_transposed (product);
  else
    job->pass->kernels->multiply (product);
}

static void
multiply_stretch (const Job *job, const GbpTransformed *input, const GbpTransformed *output)
{
  guint n_positions = job->layout.n_positions;
  GbpProduct products[MAX_POSITIONS];

  for (guint position = n_positions; position-- > 0;) {
    products[position] = make_product (job, position, job->pass->output_channels, input, output);
    products[position].next = position + 1 < n_positions ? &products[position + 1] : NULL;
  }
  for (guint position = 0; position < n_positions; position++)
    multiply (job, &products[position]);
}

static void
run_stretch (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const Layout *layout = &job->layout;
  const GbpConvolutionPass *pass = job->pass;
  guint first = part * layout->stretch, n = MIN (layout->stretch, layout->tiles.n - first);
  float *values = job->values + layout->n_floats * worker;
  GbpTransformed input = get_transformed_input (job, first, n, values);
  GbpTransformed output = get_transformed_output (job, first, n, values);

  pass->kernels->transform_input (&layout->tiles, pass->input, job->inputs, &input);
  multiply_stretch (job, &input, &output);
  pass->kernels->transform_output (
      &layout->tiles, &output, &job->epilogue, pass->output, job->outputs);
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

  job->pass->kernels->transform_input (&job->layout.tiles, job->pass->input, job->inputs, &input);
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

/* Where parts take equally long, this thread's next one is as many on as there are threads. */
static void
multiply_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  guint n_parts = job->layout.n_positions * get_parts_per_position (job);
  guint next_part = part + gbp_team_get_size (job->pass->team);
  GbpProduct product = make_part (job, part), next;

  if (next_part < n_parts) {
    next = make_part (job, next_part);
    product.next = &next;
  }
  multiply (job, &product);
}

static void
transform_output_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  GbpTransformed all = get_transformed_output (job, 0, job->layout.tiles.n, job->values);
  GbpTransformed output = get_part (&all, part);

  job->pass->kernels->transform_output (
      &job->layout.tiles, &output, &job->epilogue, job->pass->output, job->outputs);
}

static void
run (Job *job)
{
  const Layout *layout = &job->layout;
  GbpTeam *team = job->pass->team;
  guint n_tiles = layout->tiles.n, n_parts = (n_tiles + TILES_PER_PART - 1) / TILES_PER_PART;

  if (!layout->is_whole) {
    gbp_team_run (team, run_stretch, job, (n_tiles + layout->stretch - 1) / layout->stretch);
    return;
  }
  gbp_team_run (team, transform_input_part, job, n_parts);
  gbp_team_run (team, multiply_part, job, layout->n_positions * get_parts_per_position (job));
  gbp_team_run (team, transform_output_part, job, n_parts);
}

static Layout
get_pass_layout (const GbpConvolutionShape *shape, const GbpConvolutionPass *pass, guint tile)
{
  return get_layout (
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
      .layout = get_pass_layout (shape, pass, choose_forward_tile (shape)),
      .weights = prepared->forward,
      .inputs = gbp_pad_channels (shape->n_inputs),
      .outputs = outputs,
      .values = pass->workspace + outputs,
      .epilogue =
          {
              .bias = prepared->bias,
              .active = pass->active,
              .tolerance = tolerance,
              .unsure = pass->unsure,
              .labels = pass->labels,
          },
  };

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
      .layout = get_pass_layout (shape, pass, choose_backward_tile (shape)),
      .weights = prepared->backward != NULL ? prepared->backward : prepared->forward,
      .is_turned = prepared->backward == NULL,
      .inputs = gbp_pad_channels (shape->n_outputs),
      .outputs = gbp_pad_channels (shape->n_inputs),
      .values = pass->workspace,
      .epilogue = {.gate = pass->gate},
  };

  run (&job);
}

const GbpConvolutionAlgorithm gbp_convolution_winograd = {
    .name = "winograd",
    .prepare = prepare,
    .free = free_prepared,
    .get_workspace = get_workspace,
    .forward = forward,
    .backward = backward,
};
