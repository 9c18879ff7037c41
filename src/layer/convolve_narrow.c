/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution of few channels, such as a network's first, where the padding of channels would be most of the work.
 * Forward, the input without it is copied once, with the window's zeros around: a row of a window is then one run
 * of memory. Backward, a product gives what each pixel of the gradient adds to all that its window saw, and sums
 * collect it, as in convolution_first.c. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/grid.h"
#include "layer/reach.h"

/* The most channels in. */
#define MOST_CHANNELS 4

/* Rows of the input's gradient in one part; the output's rows that two parts need are computed twice. */
#define BAND 28

/* Four floats, wherever they lie; the most that is read or written beyond what is meant. */
typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));
#define SLACK GBP_LANES

/* @n_terms: of a window: its places, each with all channels; @depth: with padding
 * @forward: packed [n_terms][padded channels out]; @backward: packed [padded channels out][depth] */
typedef struct {
  gsize n_terms;
  gsize depth;
  float *forward;
  float *backward;
  GbpReach *reach;
  GbpFinish finish;
} Narrow;

gboolean
gbp_narrow_suits (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;

  return window->groups == 1 && window->dilation_x == 1 && node->inputs->channels <= MOST_CHANNELS;
}

static gsize
count_terms (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;

  return (gsize) window->rows * window->columns * node->inputs->channels;
}

static void
free_narrow (gpointer prepared)
{
  Narrow *narrow = prepared;

  gbp_memory_free (narrow->forward);
  gbp_memory_free (narrow->backward);
  g_clear_pointer (&narrow->reach, gbp_reach_free);
  gbp_finish_clear (&narrow->finish);
  gbp_memory_free (narrow);
}

/* @row: zeros, scratch for the longest row */
static void
pack_narrow_kernel (const GbpNode *node, gsize panel, float *row, Narrow *narrow)
{
  const float *kernel = node->operation->tensors[0]->values;
  gsize n = node->output.channels, outputs = gbp_pad_channels (n);

  for (gsize k = 0; k < narrow->n_terms; k++) {
    memcpy (row, kernel + k * n, n * sizeof *row);
    gbp_pack_row (panel, narrow->n_terms, outputs, k, row, narrow->forward);
  }
  memset (row, 0, MAX (outputs, narrow->depth) * sizeof *row);
  for (gsize o = 0; o < n; o++) {
    for (gsize k = 0; k < narrow->n_terms; k++)
      row[k] = kernel[k * n + o];
    gbp_pack_row (panel, outputs, narrow->depth, o, row, narrow->backward);
  }
}

static gpointer
prepare_narrow (const GbpNode *node, const GbpKernels *kernels)
{
  gsize outputs = gbp_pad_channels (node->output.channels), n_terms = count_terms (node);
  gsize depth = gbp_pad_channels (n_terms);
  Narrow *narrow = gbp_memory_new (1, sizeof *narrow);
  float *row = gbp_memory_new (MAX (outputs, depth), sizeof *row);

  if (narrow != NULL) {
    gboolean has_finish = gbp_finish_init (&narrow->finish, node);

    narrow->n_terms = n_terms;
    narrow->depth = depth;
    narrow->forward = gbp_memory_new (n_terms * outputs, sizeof *row);
    narrow->backward = gbp_memory_new (depth * outputs, sizeof *row);
    narrow->reach = gbp_reach_new_backward (&node->operation->window, node->inputs, &node->output);
    if (row != NULL && has_finish && narrow->forward != NULL && narrow->backward != NULL
        && narrow->reach != NULL)
      pack_narrow_kernel (node, kernels->panel, row, narrow);
    else
      g_clear_pointer (&narrow, free_narrow);
  }
  gbp_memory_free (row);
  return narrow;
}

/* Pixels of a row of the copied input. */
static gsize
get_copy_width (const GbpNode *node)
{
  const GbpPadding *padding = &node->operation->window.padding;

  return (gsize) padding->left + node->inputs->width + padding->right;
}

static gsize
get_copy_height (const GbpNode *node)
{
  const GbpPadding *padding = &node->operation->window.padding;

  return (gsize) padding->top + node->inputs->height + padding->bottom;
}

static gsize
get_copy_size (const GbpNode *node)
{
  gsize n_pixels = get_copy_height (node) * get_copy_width (node);

  return gbp_pad_channels (n_pixels * node->inputs->channels) * sizeof (float);
}

/* Forward, of a worker's: where the rows of its pixels' windows lie. */
static gsize
get_places_size (const GbpNode *node)
{
  gsize n_bytes = GBP_GRID_PIXELS * node->operation->window.rows * sizeof (const float *);

  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* The most rows of the output that a part of the way back needs. */
static gsize
get_band_rows (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;
  gsize extent = (gsize) (window->rows - 1) * window->dilation_y;

  return MIN ((BAND + extent) / window->stride_y + 2, node->output.height);
}

/* Backward, of what a worker collects from. */
static gsize
get_band_floats (const GbpNode *node)
{
  return get_band_rows (node) * node->output.width * gbp_pad_channels (count_terms (node)) + SLACK;
}

/* Backward, of a row of the gradient before the activation. */
static gsize
get_row_floats (const GbpNode *node)
{
  return node->output.width * gbp_pad_channels (node->output.channels);
}

static gsize
get_taps_size (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;
  gsize n_bytes = (gsize) window->rows * window->columns * sizeof (GbpTap);

  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

static gsize
get_backward_worker_size (const GbpNode *node)
{
  return (get_band_floats (node) + get_row_floats (node)) * sizeof (float) + get_taps_size (node);
}

static gsize
get_narrow_workspace_size (const GbpNode *node, guint n_workers)
{
  gsize forward = get_copy_size (node) + get_places_size (node) * n_workers;

  return MAX (forward, get_backward_worker_size (node) * n_workers);
}

/* @n_pixels of @n channels each, without their padding. All but the last are copied as four floats, of which the next
 * pixel takes those that are too many. */
static void
drop_padding (const float *pixels, gsize n_pixels, gsize n, float *row)
{
  for (gsize x = 0; x + 1 < n_pixels; x++)
    *(Four *) (row + x * n) = *(const Four *) (pixels + x * GBP_LANES);
  memcpy (row + (n_pixels - 1) * n, pixels + (n_pixels - 1) * GBP_LANES, n * sizeof *row);
}

/* A row of the copy, of those that the wanted rows' windows see. */
static void
copy_input_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNode *node = job->node;
  gsize y = job->pass->rows.first * node->operation->window.stride_y + part;
  const GbpPadding *padding = &node->operation->window.padding;
  gsize n = node->inputs->channels, width = get_copy_width (node);
  float *row = (float *) job->pass->workspace + y * width * n;

  if (y < padding->top || y - padding->top >= node->inputs->height) {
    memset (row, 0, width * n * sizeof *row);
    return;
  }
  memset (row, 0, padding->left * n * sizeof *row);
  drop_padding (
      job->pass->inputs[0] + (y - padding->top) * node->inputs->width * gbp_pad_channels (n),
      node->inputs->width, n, row + padding->left * n);
  memset (row + (padding->left + node->inputs->width) * n, 0,
      (width - padding->left - node->inputs->width) * n * sizeof *row);
}

typedef struct {
  GbpNodeJob job;
  GbpGrid grid;
} GridJob;

/* Where the rows of the windows of pixels @first … @end − 1 lie in the copy.
 * @places: (out): [window's rows][@end − @first] */
static void
find_places (const GbpNode *node, const float *copy, gsize first, gsize end, const float **places)
{
  const GbpWindow *window = &node->operation->window;
  gsize n = node->inputs->channels, row_step = get_copy_width (node) * n;

  for (gsize i = first; i < end; i++) {
    gsize y = i / node->output.width * window->stride_y;
    gsize x = i % node->output.width * window->stride_x;

    for (gsize k = 0; k < window->rows; k++)
      places[k * (end - first) + i - first] =
          copy + (y + k * window->dilation_y) * row_step + x * n;
  }
}

static void
multiply_windows (gpointer data, guint part, guint worker)
{
  const GridJob *it = data;
  const GbpNode *node = it->job.node;
  const GbpNodePass *pass = it->job.pass;
  const GbpWindow *window = &node->operation->window;
  const Narrow *narrow = it->job.prepared;
  char *workspace = (char *) pass->workspace + get_copy_size (node);
  const float **places = (gpointer) (workspace + get_places_size (node) * worker);
  gsize first, end, outputs = gbp_pad_channels (node->output.channels);
  GbpPieces pieces = {places, window->rows, (gsize) window->columns * node->inputs->channels, 0};
  GbpEnding ending;
  GbpProduct product;

  gbp_grid_find_pixels (&it->grid, part, &first, &end);
  find_places (node, pass->workspace, first, end, places);
  ending = gbp_finish_get_ending (&narrow->finish, pass, first);
  product = (GbpProduct){
      .rows = end - first,
      .depth = narrow->n_terms,
      .columns = outputs,
      .b = narrow->forward,
      .c = pass->output + first * outputs,
      .c_stride = outputs,
      .terms = {0, narrow->n_terms},
      .wanted = {0, outputs},
      .pieces = &pieces,
      .ending = &ending,
  };
  pass->kernels->multiply (&product);
  if (!gbp_finish_is_ending (&narrow->finish))
    gbp_finish_activate (&narrow->finish, pass, first, end - first);
}

static void
forward_narrow (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const GbpWindow *window = &node->operation->window;
  GridJob it = {
      {node, prepared, pass}, gbp_grid_make_unsliced (pass->rows, node->output.width, GBP_LANES)};
  guint n_seen = (gbp_rows_count (pass->rows) - 1) * window->stride_y
                 + (window->rows - 1) * window->dilation_y + 1;

  gbp_team_run (pass->team, copy_input_row, &it.job, n_seen);
  gbp_team_run (pass->team, multiply_windows, &it, gbp_grid_count (&it.grid));
}

/* What the output's rows @first … @end − 1 add, [row][column][depth]. */
static void
multiply_band (const GbpNodeJob *job, gsize first, gsize end, float *band, float *scratch)
{
  const Narrow *narrow = job->prepared;
  gsize width = job->node->output.width, outputs = gbp_pad_channels (job->node->output.channels);
  GbpProduct product = {
      .rows = width,
      .depth = outputs,
      .columns = narrow->depth,
      .a_stride = outputs,
      .b = narrow->backward,
      .c_stride = narrow->depth,
      .terms = {0, outputs},
      .wanted = {0, narrow->depth},
  };

  for (gsize y = first; y < end; y++) {
    product.a = gbp_finish_backward (&narrow->finish, job->pass, y * width, width, scratch);
    product.c = band + (y - first) * width * narrow->depth;
    job->pass->kernels->multiply (&product);
  }
}

/* The sums of a stencil over what the gradient's pixels add, at its place in @row. */
static void
collect_pixels (const GbpStencil *stencil, guint n_channels, float *row, gsize row_step)
{
  for (gsize i = 0; i < stencil->n_pixels; i++, row += row_step) {
    const float *source = stencil->source + i * stencil->source_step;
    Four sum = {0};

    for (gsize t = 0; t < stencil->n_taps; t++)
      sum += *(const Four *) (source + stencil->taps[t].offset);
    memset (row, 0, GBP_LANES * sizeof *row);
    for (guint c = 0; c < n_channels; c++)
      row[c] = sum[c];
  }
}

/* @band: from the output's row @first on */
static void
collect_row (const GbpNodeJob *job, guint y, gsize first, const float *band, GbpTap *taps)
{
  const Narrow *narrow = job->prepared;
  guint n_channels = job->node->inputs->channels, step = narrow->reach->step_x;
  float *row = job->pass->input_gradients[0] + (gsize) y * narrow->reach->width * GBP_LANES;
  gsize before = first * job->node->output.width * narrow->depth;
  GbpReachWalk walk = {.reach = narrow->reach, .y = y, .stride = narrow->depth, .taps = taps};
  GbpStencil stencil;

  walk.source = band;
  walk.target = row; /* it moves by other steps */
  while (gbp_reach_walk (&walk, &stencil)) {
    gsize x = walk.phase + (walk.next - stencil.n_pixels) * step;

    for (gsize t = 0; t < stencil.n_taps; t++)
      taps[t].offset += taps[t].number * n_channels - before;
    collect_pixels (&stencil, n_channels, row + x * GBP_LANES, step * GBP_LANES);
  }
}

static void
collect_band (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNode *node = job->node;
  const GbpRows *rows = job->pass->input_rows;
  gsize top = rows->first + part * BAND, bottom = MIN (top + BAND, rows->end), first, end;
  float *band =
      (gpointer) ((char *) job->pass->workspace + get_backward_worker_size (node) * worker);
  float *scratch = band + get_band_floats (node);
  GbpTap *taps = (gpointer) (scratch + get_row_floats (node));

  gbp_reach_find_rows (&node->operation->window, top, bottom, node->output.height, &first, &end);
  multiply_band (job, first, end, band, scratch);
  for (gsize y = top; y < bottom; y++)
    collect_row (job, (guint) y, first, band, taps);
}

static void
backward_narrow (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_reach_clear_around (
      &node->operation->window, *pass->input_rows, pass->rows, &node->output, pass->gradient);
  gbp_team_run (
      pass->team, collect_band, &job, (gbp_rows_count (*pass->input_rows) + BAND - 1) / BAND);
}

const GbpKindClass gbp_convolver_narrow = {
    .name = "narrow",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_narrow_workspace_size,
    .prepare = prepare_narrow,
    .free = free_narrow,
    .find_rows = gbp_convolver_find_seen,
    .forward = forward_narrow,
    .backward = backward_narrow,
};
