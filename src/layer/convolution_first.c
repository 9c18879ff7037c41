/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network's first layer, or another whose input has no more than three channels. Forward, some rows are copied
 * without the padding of channels, with zeros around: the neighbourhood of a pixel is then three runs of memory, which
 * are a row of a matrix. Backward, a product gives what each pixel of the gradient adds
 * to each of its nine neighbours, and sums collect it. */
#include "layer/convolution.h"

#include <string.h>

#include "kernel/memory.h"

/* Floats of a neighbourhood on the way back, [3][3][n_inputs] with its padding. */
#define PATCH 32
/* Rows of the output in one part; those beside them are computed twice on the way back. */
#define ROWS_PER_PART 16
/* Pixels whose outputs stay in the first-level cache until their ReLU. */
#define PIXELS_AT_ONCE 56

typedef struct {
  float *forward;  /* packed [3 · 3 · n_inputs][padded n_outputs] */
  float *backward; /* packed [padded n_outputs][PATCH] */
  float *bias;     /* [padded n_outputs] */
} Prepared;

static void
free_prepared (gpointer data)
{
  Prepared *prepared = data;

  gbp_memory_free (prepared->forward);
  gbp_memory_free (prepared->backward);
  gbp_memory_free (prepared->bias);
  gbp_memory_free (prepared);
}

/* @row: scratch, zeros, for the longest row */
static void
pack_weights (const GbpConvolutionShape *shape, const float *kernel, gsize panel, float *row,
    Prepared *prepared)
{
  gsize outputs = gbp_pad_channels (shape->n_outputs), n_taps = 9 * (gsize) shape->n_inputs;

  for (gsize tap = 0; tap < n_taps; tap++) {
    memcpy (row, kernel + tap * shape->n_outputs, shape->n_outputs * sizeof *row);
    gbp_pack_row (panel, n_taps, outputs, tap, row, prepared->forward);
  }
  memset (row, 0, MAX (outputs, PATCH) * sizeof *row);
  for (gsize o = 0; o < shape->n_outputs; o++) {
    for (gsize tap = 0; tap < n_taps; tap++)
      row[tap] = kernel[tap * shape->n_outputs + o];
    gbp_pack_row (panel, outputs, PATCH, o, row, prepared->backward);
  }
}

static gpointer
prepare (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpKernels *kernels)
{
  gsize outputs = gbp_pad_channels (shape->n_outputs);
  Prepared *prepared = gbp_memory_new (1, sizeof *prepared);
  float *row = gbp_memory_new (MAX (outputs, PATCH), sizeof *row);

  g_assert (9 * shape->n_inputs <= PATCH);
  if (prepared != NULL) {
    prepared->forward = gbp_memory_new (9 * (gsize) shape->n_inputs * outputs, sizeof *row);
    prepared->backward = gbp_memory_new (PATCH * outputs, sizeof *row);
    prepared->bias = gbp_memory_new_copy (outputs, bias, shape->n_outputs);
    if (row != NULL && prepared->forward != NULL && prepared->backward != NULL
        && prepared->bias != NULL)
      pack_weights (shape, kernel, kernels->panel, row, prepared);
    else
      g_clear_pointer (&prepared, free_prepared);
  }
  gbp_memory_free (row);
  return prepared;
}

/* Patches of a part's rows and of those beside them, which are more than a copy of these. */
static gsize
get_patches (const GbpConvolutionShape *shape)
{
  return (gsize) (ROWS_PER_PART + 2) * shape->width * PATCH;
}

static gsize
get_workspace (const GbpConvolutionShape *shape, guint n_workers)
{
  return get_patches (shape) * n_workers;
}

typedef struct {
  const GbpConvolutionShape *shape;
  const Prepared *prepared;
  const GbpConvolutionPass *pass;
} Job;

/* Four floats, wherever they lie. */
typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

/* Floats of a copied row: of its pixels and one on each side. */
static gsize
get_copy_stride (const GbpConvolutionShape *shape)
{
  return (gsize) (shape->width + 2) * shape->n_inputs;
}

/* Row @y of the input, as far as the wanted columns need it, zero beyond. A pixel's padding, which is zero, is copied
 * with it, and the next one over that. */
static void
copy_row (const Job *job, int y, float *row)
{
  const GbpRegion *input = &job->pass->input_region, *output = &job->pass->output_region;
  gsize n = job->shape->n_inputs, stride = gbp_pad_channels (n);
  gsize left = MAX (output->left, input->left + 1) - 1;
  gsize right = MIN (output->right + 1, input->right);

  memset (row + output->left * n, 0, (output->right - output->left + 2) * n * sizeof *row);
  if (y < (int) input->top || y >= (int) input->bottom)
    return;
  for (gsize x = left; x < right; x++)
    *(Four *) (row + (x + 1) * n) =
        *(const Four *) (job->pass->input + ((gsize) y * job->shape->width + x) * stride);
}

/* @n pixels of row @y, from column @left on.
 * @above: the copied row above */
static void
forward_pixels (const Job *job, gsize y, gsize left, gsize n, const float *above)
{
  const GbpConvolutionPass *pass = job->pass;
  gsize outputs = gbp_pad_channels (job->shape->n_outputs), n_inputs = job->shape->n_inputs;
  gsize first = y * job->shape->width + left;
  const float *places[3 * PIXELS_AT_ONCE];
  GbpPieces pieces = {places, 3, 3 * n_inputs, 0};
  GbpProduct product = {
      .rows = n,
      .depth = 9 * n_inputs,
      .columns = outputs,
      .b = job->prepared->forward,
      .c = pass->output + first * outputs,
      .c_stride = outputs,
      .terms = {0, 9 * n_inputs},
      .wanted = pass->output_channels,
      .pieces = &pieces,
  };

  for (gsize row = 0; row < 3; row++)
    for (gsize x = 0; x < n; x++)
      places[row * n + x] = above + row * get_copy_stride (job->shape) + (left + x) * n_inputs;
  pass->kernels->multiply (&product);
  gbp_convolution_finish (pass, job->prepared->bias, first, n, outputs);
}

static void
forward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpRegion *region = &job->pass->output_region;
  gsize top = region->top + part * ROWS_PER_PART, stride = get_copy_stride (job->shape);
  gsize bottom = MIN (top + ROWS_PER_PART, region->bottom);
  float *copy = job->pass->workspace + get_patches (job->shape) * worker;

  for (gsize row = 0; row < bottom - top + 2; row++)
    copy_row (job, (int) (top + row) - 1, copy + row * stride);
  for (gsize y = top; y < bottom; y++)
    for (gsize x = region->left; x < region->right; x += PIXELS_AT_ONCE)
      forward_pixels (
          job, y, x, MIN (PIXELS_AT_ONCE, region->right - x), copy + (y - top) * stride);
}

/* Whether pixels at @at, from @first to @end − 1, have neighbours on both sides. */
static gboolean
is_between (gsize at, guint first, guint end)
{
  return at > first && at + 1 < end;
}

/* What a pixel's neighbours add to it.
 * @own: where in @patches the pixel's own is, or would be
 * @offsets: from there, of each tap's neighbour what it adds
 * @is_inner: whether it has all nine */
static Four
collect (const Job *job, const float *patches, gssize own, const gssize offsets[9],
    gboolean is_inner, gsize y, gsize x)
{
  Four sum = {0};

  for (int tap = 0; tap < 9; tap++)
    if (is_inner
        || gbp_region_contains (
            &job->pass->input_region, (int) y - (tap / 3 - 1), (int) x - (tap % 3 - 1)))
      sum += *(const Four *) (patches + (own + offsets[tap]));
  return sum;
}

/* @patches: [rows][width][PATCH] from row @top on, of the rows that the gradient has */
static void
collect_row (const Job *job, const float *patches, gsize top, gsize y)
{
  const GbpConvolutionPass *pass = job->pass;
  const GbpRegion *region = &pass->output_region, *input = &pass->input_region;
  gboolean has_rows = is_between (y, input->top, input->bottom);
  gssize width = job->shape->width, offsets[9];
  guint n_inputs = job->shape->n_inputs;
  gsize stride = gbp_pad_channels (n_inputs), first = y * job->shape->width + region->left;
  GbpGate gate = gbp_gate_at (&pass->gate, first, stride);
  float *output = pass->output + first * stride;

  for (gssize tap = 0; tap < 9; tap++)
    offsets[tap] = tap * n_inputs - ((tap / 3 - 1) * width + tap % 3 - 1) * PATCH;
  memset (output, 0, (region->right - region->left) * stride * sizeof *output);
  for (gsize x = region->left; x < region->right; x++) {
    gssize own = (((gssize) y - (gssize) top) * width + (gssize) x) * PATCH;
    gboolean is_inner = has_rows && is_between (x, input->left, input->right);
    Four sum = collect (job, patches, own, offsets, is_inner, y, x);

    for (guint c = 0; c < n_inputs; c++)
      output[(x - region->left) * stride + c] = sum[c];
  }
  pass->kernels->gate (output, &gate, region->right - region->left, stride);
}

static void
backward_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpConvolutionPass *pass = job->pass;
  const GbpRegion *region = &pass->output_region, *input = &pass->input_region;
  gsize width = job->shape->width, outputs = gbp_pad_channels (job->shape->n_outputs);
  gsize top = region->top + part * ROWS_PER_PART;
  gsize bottom = MIN (top + ROWS_PER_PART, region->bottom);
  gsize first = MAX (top, input->top + 1) - 1, end = MIN (bottom + 1, input->bottom);
  float *patches = pass->workspace + get_patches (job->shape) * worker;

  for (gsize y = first; y < end; y++) {
    GbpProduct product = {
        .rows = input->right - input->left,
        .depth = outputs,
        .columns = PATCH,
        .a = pass->input + (y * width + input->left) * outputs,
        .a_stride = outputs,
        .b = job->prepared->backward,
        .c = patches + ((y - first) * width + input->left) * PATCH,
        .c_stride = PATCH,
        .terms = pass->input_channels,
        .wanted = {0, PATCH},
    };

    pass->kernels->multiply (&product);
  }
  for (gsize y = top; y < bottom; y++)
    collect_row (job, patches, first, y);
}

static void
run (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass,
    GbpTask task)
{
  Job job = {shape, prepared, pass};
  guint n_rows = pass->output_region.bottom - pass->output_region.top;

  gbp_team_run (pass->team, task, &job, (n_rows + ROWS_PER_PART - 1) / ROWS_PER_PART);
}

static void
forward (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass)
{
  run (shape, prepared, pass, forward_part);
}

static void
backward (const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass)
{
  run (shape, prepared, pass, backward_part);
}

const GbpConvolutionAlgorithm gbp_convolution_first = {
    .name = "first",
    .prepare = prepare,
    .free = free_prepared,
    .get_workspace = get_workspace,
    .forward = forward,
    .backward = backward,
};
