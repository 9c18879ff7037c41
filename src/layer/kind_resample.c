/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rows, and columns, each of which is a sum of some of the input's: what enlarges and shrinks a map, puts zeros between
 * its pixels, takes every other one or turns them round. */
#include <math.h>

#include "kernel/memory.h"
#include "layer/kinds.h"

/* What each line, a row or column, is made of: sources[starts[i] … starts[i + 1] − 1], times the factors. */
typedef struct {
  guint *starts;
  guint *sources;
  float *factors;
} Lines;

/* Of both directions. */
typedef struct {
  Lines rows[2], columns[2];
} Resampler;

/* A tensor's lines are [first, factors …]: of @n_taps sources. */
typedef struct {
  const float *values;
  guint n_taps, n_lines, n_sources;
} Side;

static Side
get_side (const GbpNode *node, gboolean is_columns)
{
  const GbpOperation *operation = node->operation;
  const GbpWindow *window = &operation->window;

  return (Side){operation->tensors[is_columns]->values, is_columns ? window->columns : window->rows,
      is_columns ? node->output.width : node->output.height,
      is_columns ? node->inputs->width : node->inputs->height};
}

static guint
get_first (const Side *side, guint line)
{
  return (guint) side->values[(gsize) line * (side->n_taps + 1)];
}

static float
get_factor (const Side *side, guint line, guint tap)
{
  return side->values[(gsize) line * (side->n_taps + 1) + 1 + tap];
}

static void
clear_lines (Lines *lines)
{
  gbp_memory_free (lines->starts);
  gbp_memory_free (lines->sources);
  gbp_memory_free (lines->factors);
}

static void
free_resampler (gpointer prepared)
{
  Resampler *resampler = prepared;

  for (guint i = 0; i < 2; i++) {
    clear_lines (&resampler->rows[i]);
    clear_lines (&resampler->columns[i]);
  }
  gbp_memory_free (resampler);
}

static gboolean
allocate_lines (Lines *lines, guint n_lines, gsize n_taps)
{
  lines->starts = gbp_memory_new ((gsize) n_lines + 1, sizeof *lines->starts);
  lines->sources = gbp_memory_new (n_taps, sizeof *lines->sources);
  lines->factors = gbp_memory_new (n_taps, sizeof *lines->factors);
  return lines->starts != NULL && lines->sources != NULL && lines->factors != NULL;
}

/* The lines that are made, of the input's. What has a factor of zero is not there, so that NaN in it stays where it
 * is. */
static void
fill_forward (const Side *side, Lines *lines)
{
  guint n = 0;

  for (guint line = 0; line < side->n_lines; line++) {
    lines->starts[line] = n;
    for (guint tap = 0; tap < side->n_taps; tap++) {
      float factor = get_factor (side, line, tap);

      if (factor == 0)
        continue;
      lines->sources[n] = get_first (side, line) + tap;
      lines->factors[n++] = factor;
    }
  }
  lines->starts[side->n_lines] = n;
}

/* The transpose: counted, and then each put behind those of its line. */
static void
fill_backward (const Lines *forward, guint n_lines, guint n_sources, Lines *backward)
{
  guint n = forward->starts[n_lines], *starts = backward->starts;

  memset (starts, 0, ((gsize) n_sources + 1) * sizeof *starts);
  for (guint i = 0; i < n; i++)
    starts[forward->sources[i]]++;
  for (guint i = 1; i <= n_sources; i++)
    starts[i] += starts[i - 1];
  for (guint line = n_lines; line-- > 0;)
    for (guint i = forward->starts[line + 1]; i-- > forward->starts[line];) {
      guint at = --starts[forward->sources[i]];

      backward->sources[at] = line;
      backward->factors[at] = forward->factors[i];
    }
}

static gboolean
prepare_side (const Side *side, Lines lines[2])
{
  gsize n_taps = (gsize) side->n_lines * side->n_taps;

  if (!allocate_lines (&lines[0], side->n_lines, n_taps)
      || !allocate_lines (&lines[1], side->n_sources, n_taps))
    return FALSE;
  fill_forward (side, &lines[0]);
  fill_backward (&lines[0], side->n_lines, side->n_sources, &lines[1]);
  return TRUE;
}

static gpointer
prepare_resampler (const GbpNode *node, const GbpKernels *kernels)
{
  Side rows = get_side (node, FALSE), columns = get_side (node, TRUE);
  Resampler *resampler = gbp_memory_new (1, sizeof *resampler);

  if (resampler == NULL)
    return NULL;
  memset (resampler, 0, sizeof *resampler);
  if (!prepare_side (&rows, resampler->rows) || !prepare_side (&columns, resampler->columns))
    g_clear_pointer (&resampler, free_resampler);
  return resampler;
}

/* One line of sums for each worker, of the wider of the maps. */
static gsize
get_line_size (const GbpNode *node)
{
  return (gsize) MAX (node->inputs->width, node->output.width)
         * gbp_pad_channels (node->output.channels) * sizeof (float);
}

static gsize
get_resampler_workspace_size (const GbpNode *node, guint n_workers)
{
  return get_line_size (node) * n_workers;
}

/* @source: of @width pixels a row, of which @rows are there; @target: the first row's */
typedef struct {
  const GbpNodeJob *job;
  const Lines *rows, *columns;
  const float *source;
  guint width;
  GbpRows available;
  float *target;
  guint target_width;
  guint first;
} Sampling;

/* The sum of rows that row @y is made of; one row that is not changed is not copied. NULL: there is none */
static const float *
sum_rows (const Sampling *sampling, guint y, float *line)
{
  const GbpKernels *kernels = sampling->job->pass->kernels;
  gsize n = (gsize) sampling->width * gbp_pad_channels (sampling->job->node->output.channels);
  const float *single = NULL;
  guint n_found = 0;

  for (guint i = sampling->rows->starts[y]; i < sampling->rows->starts[y + 1]; i++) {
    guint row = sampling->rows->sources[i];
    float factor = sampling->rows->factors[i];

    if (!gbp_rows_contain (sampling->available, row))
      continue;
    single = factor == 1 ? sampling->source + row * n : NULL;
    if (n_found++ == 0)
      memset (line, 0, n * sizeof *line);
    kernels->accumulate (sampling->source + row * n, factor, line, n);
  }
  return n_found == 1 && single != NULL ? single : n_found > 0 ? line : NULL;
}

static void
sample_row (gpointer data, guint part, guint worker)
{
  const Sampling *sampling = data;
  const GbpNodeJob *job = sampling->job;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize line_size = get_line_size (job->node);
  guint y = sampling->first + part;
  float *target = sampling->target + (gsize) y * sampling->target_width * stride;
  const float *line = sum_rows (
      sampling, y, (float *) (gpointer) ((char *) job->pass->workspace + worker * line_size));

  memset (target, 0, sampling->target_width * stride * sizeof *target);
  for (guint x = 0; x < sampling->target_width && line != NULL; x++)
    for (guint i = sampling->columns->starts[x]; i < sampling->columns->starts[x + 1]; i++)
      job->pass->kernels->accumulate (line + sampling->columns->sources[i] * stride,
          sampling->columns->factors[i], target + x * stride, stride);
}

static GbpRows
find_resampled_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  Side side = get_side (node, FALSE);
  GbpRows found = {0, 0};

  for (guint y = rows.first; y < rows.end; y++) {
    guint first = get_first (&side, y);

    found = gbp_rows_unite (found, (GbpRows){first, first + side.n_taps});
  }
  return found;
}

static void
forward_resample (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Resampler *resampler = prepared;
  GbpNodeJob job = {node, prepared, pass};
  Sampling sampling = {&job, &resampler->rows[0], &resampler->columns[0], pass->inputs[0],
      node->inputs->width, find_resampled_rows (node, 0, pass->rows, FALSE), pass->output,
      node->output.width, pass->rows.first};

  gbp_team_run (pass->team, sample_row, &sampling, gbp_rows_count (pass->rows));
}

static void
backward_resample (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Resampler *resampler = prepared;
  GbpNodeJob job = {node, prepared, pass};
  Sampling sampling = {&job, &resampler->rows[1], &resampler->columns[1], pass->gradient,
      node->output.width, pass->rows, pass->input_gradients[0], node->inputs->width,
      pass->input_rows->first};

  gbp_team_run (pass->team, sample_row, &sampling, gbp_rows_count (*pass->input_rows));
}

/* @what: of the lines; @n_lines: (out) */
static char *
check_side (
    const GbpTensor *tensor, const char *what, guint n_taps, guint n_sources, guint *n_lines)
{
  gsize length = (gsize) n_taps + 1;

  if (tensor == NULL || tensor->n_values == 0 || tensor->n_values % length != 0
      || tensor->n_values / length > GBP_MAX_SIZE)
    return g_strdup_printf ("expected %s of %u factors each, found %" G_GSIZE_FORMAT " values",
        what, n_taps, tensor != NULL ? tensor->n_values : 0);
  if (n_taps == 0 || n_taps > n_sources)
    return g_strdup_printf (
        "expected %s made of 1 to %u, found %u factors", what, n_sources, n_taps);
  *n_lines = (guint) (tensor->n_values / length);
  for (gsize i = 0; i < tensor->n_values; i += length) {
    float first = tensor->values[i];

    if (!(first >= 0 && first <= (float) (n_sources - n_taps)) || first != floorf (first))
      return g_strdup_printf ("expected %s made of %u from one up to number %u on, found %g", what,
          n_taps, n_sources - n_taps, (double) first);
  }
  return NULL;
}

static char *
infer_resample (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;
  char *fault =
      check_side (operation->tensors[0], "rows", window->rows, inputs->height, &output->height);

  if (fault != NULL)
    return fault;
  return check_side (
      operation->tensors[1], "columns", window->columns, inputs->width, &output->width);
}

const GbpKindClass gbp_kind_resample = {
    .name = "resampling",
    .infer = infer_resample,
    .get_workspace_size = get_resampler_workspace_size,
    .prepare = prepare_resampler,
    .free = free_resampler,
    .find_rows = find_resampled_rows,
    .forward = forward_resample,
    .backward = backward_resample,
};
