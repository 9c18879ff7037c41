/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sums and products of maps, value by value. An input whose height, width or channels are 1 is repeated along these:
 * its gradient is the sum over all places where it was used. */
#include "layer/kinds.h"

/* Rows of the output's size that a worker has for itself: two inputs repeated, and, twice as large, sums. */
#define N_ROWS 4

/* Channels of one part of the sums over a map. */
#define CHANNELS_PER_PART 64

static gsize
get_row_size (const GbpNode *node)
{
  return node->output.width * gbp_pad_channels (node->output.channels);
}

static gsize
get_elementwise_workspace_size (const GbpNode *node, guint n_workers)
{
  return N_ROWS * get_row_size (node) * sizeof (float) * n_workers;
}

static float *
get_rows (const GbpNodeJob *job, guint worker)
{
  return (float *) job->pass->workspace + N_ROWS * get_row_size (job->node) * worker;
}

static gboolean
is_product (const GbpNode *node)
{
  return node->operation->kind == GBP_KIND_MULTIPLY;
}

static gboolean
is_whole (const GbpNode *node, guint input)
{
  return memcmp (&node->inputs[input], &node->output, sizeof node->output) == 0;
}

/* A pixel of one channel or of all to one of all. */
static void
repeat_channels (const GbpShape *input, const GbpShape *output, const float *from, float *to)
{
  gsize stride = gbp_pad_channels (output->channels);

  if (input->channels == output->channels) {
    memcpy (to, from, stride * sizeof *to);
    return;
  }
  for (gsize c = 0; c < stride; c++)
    to[c] = c < output->channels ? *from : 0;
}

/* Row @y of an input as large as the output's rows: as it lies there, or else in @scratch. */
static const float *
get_row (const GbpNodeJob *job, guint input, guint y, float *scratch)
{
  const GbpShape *shape = &job->node->inputs[input], *output = &job->node->output;
  gsize stride = gbp_pad_channels (shape->channels), n = gbp_pad_channels (output->channels);
  const float *row = job->pass->inputs[input] + (shape->height > 1 ? y : 0) * shape->width * stride;

  if (shape->width == output->width && shape->channels == output->channels)
    return row;
  for (guint x = 0; x < output->width; x++)
    repeat_channels (shape, output, row + (shape->width > 1 ? x : 0) * stride, scratch + x * n);
  return scratch;
}

/* A pixel that is repeated over the whole map, as squeeze-and-excitation has it. */
static gboolean
is_pixel (const GbpNode *node, guint input)
{
  const GbpShape *shape = &node->inputs[input];

  return shape->height == 1 && shape->width == 1 && shape->channels == node->output.channels;
}

/* @output = @left with row @y of an input; @scratch: a row */
static void
combine_input (
    const GbpNodeJob *job, guint input, guint y, const float *left, float *output, float *scratch)
{
  const GbpNode *node = job->node;
  const GbpNodePass *pass = job->pass;

  if (is_product (node) && is_pixel (node, input))
    pass->kernels->scale (left, pass->inputs[input], NULL, output, node->output.width,
        gbp_pad_channels (node->output.channels));
  else
    (is_product (node) ? pass->kernels->times : pass->kernels->add) (
        left, get_row (job, input, y, scratch), output, get_row_size (node));
}

/* The first input that needs no repeating, or the first of all: with it a row begins. */
static guint
find_first (const GbpNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (is_whole (node, i))
      return i;
  return 0;
}

static void
combine_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  guint y = job->pass->rows.first + part, first = find_first (job->node);
  gsize n = get_row_size (job->node);
  float *rows = get_rows (job, worker), *output = job->pass->output + y * n;
  const float *left = get_row (job, first, y, rows);

  for (guint i = 0; i < job->node->n_inputs; i++) {
    if (i == first)
      continue;
    combine_input (job, i, y, left, output, rows + n);
    left = output;
  }
}

static void
forward_elementwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, combine_row, &job, gbp_rows_count (pass->rows));
}

/* A pass towards one input. */
typedef struct {
  GbpNodeJob job;
  guint input;
} InputJob;

/* What row @y of the output passes on to the input, as large as that row: the gradient, and in a product times all
 * other inputs.
 * @made: (out): [row], where it is not the gradient itself; @scratch: [row] */
static const float *
get_gradient_row (const InputJob *it, guint y, float *made, float *scratch)
{
  const GbpNode *node = it->job.node;
  gsize n = get_row_size (node);
  const float *gradient = it->job.pass->gradient + y * n;

  if (!is_product (node))
    return gradient;
  for (guint i = 0; i < node->n_inputs; i++)
    if (i != it->input) {
      it->job.pass->kernels->times (gradient, get_row (&it->job, i, y, scratch), made, n);
      gradient = made;
    }
  return gradient;
}

static void
pass_row (gpointer data, guint part, guint worker)
{
  const InputJob *it = data;
  guint y = it->job.pass->rows.first + part;
  gsize n = get_row_size (it->job.node);
  float *target = it->job.pass->input_gradients[it->input] + y * n;
  const float *row = get_gradient_row (it, y, target, get_rows (&it->job, worker));

  if (row != target)
    memcpy (target, row, n * sizeof *target);
}

/* Adds a row of the output's size to sums of the input's.
 * @sums: [input's width][input's padded channels] */
static void
add_to_sums (const InputJob *it, const float *row, double *sums)
{
  const GbpShape *input = &it->job.node->inputs[it->input], *output = &it->job.node->output;
  gsize input_stride = gbp_pad_channels (input->channels);

  for (guint x = 0; x < output->width; x++, row += gbp_pad_channels (output->channels)) {
    double *pixel = sums + (input->width > 1 ? x : 0) * input_stride;

    for (guint c = 0; c < output->channels; c++)
      pixel[input->channels > 1 ? c : 0] += row[c];
  }
}

/* A row of an input that is repeated. */
static void
sum_row (gpointer data, guint part, guint worker)
{
  const InputJob *it = data;
  const GbpNode *node = it->job.node;
  const GbpShape *input = &node->inputs[it->input];
  gsize n = get_row_size (node), n_input = input->width * gbp_pad_channels (input->channels);
  float *rows = get_rows (&it->job, worker);
  guint y_input = it->job.pass->input_rows[it->input].first + part;
  float *target = it->job.pass->input_gradients[it->input] + y_input * n_input;
  double *sums = (double *) (gpointer) (rows + 2 * n);
  guint first = input->height > 1 ? y_input : it->job.pass->rows.first;
  guint end = input->height > 1 ? y_input + 1 : it->job.pass->rows.end;

  memset (sums, 0, n_input * sizeof *sums);
  for (guint y = first; y < end; y++)
    add_to_sums (it, get_gradient_row (it, y, rows, rows + n), sums);
  for (gsize i = 0; i < n_input; i++)
    target[i] = (float) sums[i];
}

/* Some channels of a pixel that is repeated over the whole map. The other factor, where there is one, is as large as
 * the output. */
static void
sum_channels (gpointer data, guint part, guint worker)
{
  const InputJob *it = data;
  const GbpNodePass *pass = it->job.pass;
  gsize stride = gbp_pad_channels (it->job.node->output.channels);
  gsize first = part * CHANNELS_PER_PART, n = MIN (CHANNELS_PER_PART, stride - first);
  const float *other = is_product (it->job.node) ? pass->inputs[1 - it->input] + first : NULL;

  pass->kernels->correlate (pass->gradient + first, other, pass->input_gradients[it->input] + first,
      gbp_shape_get_pixels (&it->job.node->output), stride, n);
}

/* Whether sum_channels() does it. */
static gboolean
is_repeated_pixel (const GbpNode *node, guint input)
{
  gboolean has_whole_factor = node->n_inputs == 2 && is_whole (node, 1 - input);

  return is_pixel (node, input) && (!is_product (node) || has_whole_factor);
}

static gboolean
has_repeated_pixel (const GbpNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (is_repeated_pixel (node, i))
      return TRUE;
  return FALSE;
}

/* Of sums over the map by parts of some pixels each the bits hang on where these begin: they are of all rows. */
static GbpRows
find_elementwise_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  if (node->inputs[input].height != node->output.height)
    return gbp_rows_of (&node->inputs[input]);
  return !is_backward && has_repeated_pixel (node) ? gbp_rows_of (&node->output) : rows;
}

static void
clear_other_rows (const GbpNode *node, const GbpNodePass *pass)
{
  gsize n = get_row_size (node);

  for (guint y = 0; y < node->output.height; y++)
    if (!gbp_rows_contain (pass->rows, y))
      memset (pass->gradient + y * n, 0, n * sizeof *pass->gradient);
}

static void
backward_elementwise (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  guint stride = (guint) gbp_pad_channels (node->output.channels);

  if (has_repeated_pixel (node))
    clear_other_rows (node, pass);
  for (guint i = 0; i < node->n_inputs; i++) {
    InputJob it = {{node, prepared, pass}, i};

    if (pass->input_gradients[i] == NULL || pass->input_gradients[i] == pass->gradient)
      continue;
    if (is_whole (node, i))
      gbp_team_run (pass->team, pass_row, &it, gbp_rows_count (pass->rows));
    else if (is_repeated_pixel (node, i))
      gbp_team_run (
          pass->team, sum_channels, &it, (stride + CHANNELS_PER_PART - 1) / CHANNELS_PER_PART);
    else
      gbp_team_run (pass->team, sum_row, &it, gbp_rows_count (pass->input_rows[i]));
  }
}

static gboolean
broadcast (guint *size, guint other)
{
  gboolean fits = *size == other || *size == 1 || other == 1;

  *size = MAX (*size, other);
  return fits;
}

static char *
infer_elementwise (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = NULL;

  for (guint i = 1; i < operation->n_inputs && fault == NULL; i++) {
    GbpShape before = *output;

    if (!broadcast (&output->height, inputs[i].height)
        || !broadcast (&output->width, inputs[i].width)
        || !broadcast (&output->channels, inputs[i].channels))
      fault = gbp_shape_describe_mismatch (&before, &inputs[i]);
  }
  return fault;
}

const GbpKindClass gbp_kind_add = {
    .name = "addition",
    .takes_several = TRUE,
    .infer = infer_elementwise,
    .in_place = TRUE,
    .passes_gradient = TRUE,
    .get_workspace_size = get_elementwise_workspace_size,
    .find_rows = find_elementwise_rows,
    .forward = forward_elementwise,
    .backward = backward_elementwise,
};

const GbpKindClass gbp_kind_multiply = {
    .name = "multiplication",
    .takes_several = TRUE,
    .infer = infer_elementwise,
    .keeps_input = TRUE,
    .get_workspace_size = get_elementwise_workspace_size,
    .find_rows = find_elementwise_rows,
    .forward = forward_elementwise,
    .backward = backward_elementwise,
};
