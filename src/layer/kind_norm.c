/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values less their mean, over their deviation, times a factor and plus a shift for each channel: x̂ = (x − m) · s with
 * s = 1 / √(variance + ε), y = g · x̂ + b. Layer normalization (Ba et al. 2016) takes mean and variance of each pixel's
 * channels, group normalization (Wu and He 2018) of some channels over the whole map; of one channel it is instance
 * normalization. Both change with the picture: so does the way back, with d = g · dy and means over the same values:
 * dx = s · (d − mean (d) − x̂ · mean (d · x̂)). */
#include <math.h>

#include "kernel/memory.h"
#include "layer/kinds.h"

/* What is saved of a group. */
typedef struct {
  float mean;
  float inverse; /* of the deviation */
} Moments;

static char *
infer_layer_norm (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = gbp_shape_check_tensor (operation->tensors[0], "a factor", inputs->channels, TRUE);

  if (fault == NULL)
    fault = gbp_shape_check_tensor (operation->tensors[1], "a shift", inputs->channels, TRUE);
  if (fault == NULL && !(operation->epsilon > 0 && isfinite (operation->epsilon)))
    fault = g_strdup_printf ("expected an epsilon above 0, found %g", (double) operation->epsilon);
  return fault;
}

static char *
infer_group_norm (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  guint groups = operation->window.groups;

  if (groups == 0 || inputs->channels % groups != 0)
    return g_strdup_printf (
        "expected groups that divide %u channels, found %u", inputs->channels, groups);
  return infer_layer_norm (operation, inputs, output);
}

/* [2][padded channels]: factors, shifts; both zero in the padding. */
static gpointer
prepare_norm (const GbpNode *node, const GbpKernels *kernels)
{
  gsize n = node->output.channels, stride = gbp_pad_channels (n);
  float *affine = gbp_memory_new (2 * stride, sizeof *affine);

  for (guint i = 0; affine != NULL && i < 2; i++)
    for (gsize c = 0; c < n; c++)
      affine[i * stride + c] = node->operation->tensors[i] != NULL
                                   ? node->operation->tensors[i]->values[c]
                                   : (float) (i == 0);
  return affine;
}

static gsize
get_layer_norm_saved_size (const GbpNode *node)
{
  return gbp_shape_get_pixels (&node->output) * 2 * sizeof (float);
}

static GbpNorm
make_norm (const GbpNodeJob *job)
{
  gsize stride = gbp_pad_channels (job->node->output.channels);
  const float *affine = job->prepared;

  return (GbpNorm){
      job->node->output.channels, stride, affine, affine + stride, job->node->operation->epsilon};
}

static void
normalize_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  GbpNorm norm = make_norm (job);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  pass->kernels->normalize (&norm, pass->inputs[0] + first * norm.stride,
      pass->output + first * norm.stride, (float *) pass->saved + 2 * first, n);
}

static void
differentiate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  GbpNorm norm = make_norm (job);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);
  gsize unit = first * norm.stride;

  pass->kernels->denormalize (&norm, pass->inputs[0] + unit, (float *) pass->saved + 2 * first,
      pass->gradient + unit, pass->input_gradients[0] + unit, n);
}

static void
forward_layer_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, normalize_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_layer_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, differentiate_block, &job, gbp_block_count (&node->output, pass->rows));
}

/* Of a map in groups the sums are of all rows, in both directions, so that their bits do not hang on what is wanted. */
static guint
count_parts (const GbpNode *node)
{
  return gbp_block_count (&node->output, gbp_rows_of (&node->output));
}

static GbpRows
find_group_norm_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return gbp_rows_of (node->inputs);
}

static gsize
get_group_norm_saved_size (const GbpNode *node)
{
  return node->operation->window.groups * sizeof (Moments);
}

/* Two sums for each channel and part, and three numbers for each channel. */
static gsize
get_group_norm_workspace_size (const GbpNode *node, guint n_workers)
{
  return gbp_pad_channels (node->output.channels)
         * (2 * sizeof (double) * count_parts (node) + 3 * sizeof (float));
}

static float *
get_coefficients (const GbpNode *node, const GbpNodePass *pass)
{
  gsize n_sums = 2 * gbp_pad_channels (node->output.channels) * count_parts (node);

  return (float *) (gpointer) ((double *) pass->workspace + n_sums);
}

/* @map: forward the input, backward the gradient of the output: what is summed, and its products with the input */
typedef struct {
  GbpNodeJob job;
  const float *map;
} SumJob;

static void
sum_block (gpointer data, guint part, guint worker)
{
  const SumJob *it = data;
  const GbpShape *shape = &it->job.node->output;
  gsize stride = gbp_pad_channels (shape->channels);
  gsize first, n = gbp_block_find (shape, gbp_rows_of (shape), part, &first);

  it->job.pass->kernels->sum_moments (it->map + first * stride,
      it->job.pass->inputs[0] + first * stride,
      (double *) it->job.pass->workspace + part * 2 * stride, n, stride);
}

/* The means over a group's values of both sums.
 * @factors: (nullable): by which a channel's count */
static void
average_group (
    const GbpNode *node, const double *sums, guint group, const float *factors, double means[2])
{
  gsize n = node->output.channels / node->operation->window.groups, first = group * n;
  gsize stride = gbp_pad_channels (node->output.channels);

  means[0] = means[1] = 0;
  for (guint part = 0; part < count_parts (node); part++, sums += 2 * stride)
    for (gsize c = first; c < first + n; c++) {
      means[0] += sums[c] * (factors != NULL ? factors[c] : 1);
      means[1] += sums[stride + c] * (factors != NULL ? factors[c] : 1);
    }
  for (guint i = 0; i < 2; i++)
    means[i] /= (double) (n * gbp_shape_get_pixels (&node->output));
}

/* y = x · coefficients[0] + coefficients[1] */
static void
scale_group_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  const float *coefficients = get_coefficients (job->node, job->pass);
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);

  job->pass->kernels->scale (job->pass->inputs[0] + first * stride, coefficients,
      coefficients + stride, job->pass->output + first * stride, n, stride);
}

static void
forward_group_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  SumJob it = {{node, prepared, pass}, pass->inputs[0]};
  gsize stride = gbp_pad_channels (node->output.channels);
  guint n = node->output.channels / node->operation->window.groups;
  const float *factors = prepared;
  float *coefficients = get_coefficients (node, pass);

  gbp_team_run (pass->team, sum_block, &it, count_parts (node));
  memset (coefficients, 0, 2 * stride * sizeof *coefficients);
  for (guint group = 0; group < node->operation->window.groups; group++) {
    Moments *moments = (Moments *) pass->saved + group;
    double means[2], variance;

    average_group (node, pass->workspace, group, NULL, means);
    variance = MAX (means[1] - means[0] * means[0], 0);
    moments->mean = (float) means[0];
    moments->inverse = (float) (1 / sqrt (variance + node->operation->epsilon));
    for (guint c = group * n; c < (group + 1) * n; c++) {
      coefficients[c] = moments->inverse * factors[c];
      coefficients[stride + c] = (float) (factors[stride + c] - means[0] * coefficients[c]);
    }
  }
  gbp_team_run (
      pass->team, scale_group_block, &it.job, gbp_block_count (&node->output, pass->rows));
}

/* dx = dy · coefficients[0] + x · coefficients[1] + coefficients[2] */
static void
differentiate_group_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  const float *coefficients = get_coefficients (job->node, job->pass);
  gsize first, n = gbp_block_find (&job->node->output, job->pass->input_rows[0], part, &first);
  const float *x = job->pass->inputs[0] + first * stride;
  const float *dy = job->pass->gradient + first * stride;
  float *dx = job->pass->input_gradients[0] + first * stride;

  for (; n > 0; n--, x += stride, dy += stride, dx += stride)
    for (gsize c = 0; c < stride; c++)
      dx[c] =
          dy[c] * coefficients[c] + x[c] * coefficients[stride + c] + coefficients[2 * stride + c];
}

static void
clear_other_rows_of_gradient (const GbpNode *node, const GbpNodePass *pass)
{
  gsize n = node->output.width * gbp_pad_channels (node->output.channels);

  for (guint y = 0; y < node->output.height; y++)
    if (!gbp_rows_contain (pass->rows, y))
      memset (pass->gradient + y * n, 0, n * sizeof *pass->gradient);
}

static void
backward_group_norm (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  SumJob it = {{node, prepared, pass}, pass->gradient};
  gsize stride = gbp_pad_channels (node->output.channels);
  guint n = node->output.channels / node->operation->window.groups;
  const float *factors = prepared;
  float *coefficients = get_coefficients (node, pass);

  clear_other_rows_of_gradient (node, pass);
  gbp_team_run (pass->team, sum_block, &it, count_parts (node));
  memset (coefficients, 0, 3 * stride * sizeof *coefficients);
  for (guint group = 0; group < node->operation->window.groups; group++) {
    const Moments *moments = (const Moments *) pass->saved + group;
    double inverse = moments->inverse, means[2], slope;

    average_group (node, pass->workspace, group, factors, means);
    slope = (means[1] - means[0] * moments->mean) * inverse * inverse * inverse;
    for (guint c = group * n; c < (group + 1) * n; c++) {
      coefficients[c] = moments->inverse * factors[c];
      coefficients[stride + c] = (float) -slope;
      coefficients[2 * stride + c] = (float) (slope * moments->mean - means[0] * inverse);
    }
  }
  gbp_team_run (pass->team, differentiate_group_block, &it.job,
      gbp_block_count (&node->output, pass->input_rows[0]));
}

const GbpKindClass gbp_kind_layer_norm = {
    .name = "layer normalization",
    .scales = TRUE,
    .infer = infer_layer_norm,
    .keeps_input = TRUE,
    .get_saved_size = get_layer_norm_saved_size,
    .prepare = prepare_norm,
    .free = gbp_memory_free,
    .find_rows = gbp_rows_find_same,
    .forward = forward_layer_norm,
    .backward = backward_layer_norm,
};

const GbpKindClass gbp_kind_group_norm = {
    .name = "group normalization",
    .scales = TRUE,
    .infer = infer_group_norm,
    .keeps_input = TRUE,
    .get_saved_size = get_group_norm_saved_size,
    .get_workspace_size = get_group_norm_workspace_size,
    .prepare = prepare_norm,
    .free = gbp_memory_free,
    .find_rows = find_group_norm_rows,
    .forward = forward_group_norm,
    .backward = backward_group_norm,
};
