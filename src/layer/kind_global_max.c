/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over the whole map. Equal maxima share the gradient evenly, as reduce_max has it in TensorFlow and amax in
 * PyTorch: other than in a pool with a window, where the first one gets it all. */
#include "kernel/pooling.h"
#include "layer/kinds.h"

/* Channels of a part: neighbours in memory, of which some hundred come faster than one vector from each pixel. */
#define SLICE 256

/* Which units are maxima, as bits, and behind them by channel how much of the gradient each of those gets. */
static gsize
get_bits_size (const GbpNode *node)
{
  gsize n_bytes = gbp_shape_get_size (node->inputs) / 8;

  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

static gsize
get_maxima_size (const GbpNode *node)
{
  return get_bits_size (node) + gbp_shape_get_size (&node->output) * sizeof (float);
}

static float *
get_shares (const GbpNodeJob *job)
{
  return (gpointer) ((char *) job->pass->saved + get_bits_size (job->node));
}

/* Without a branch, so that it becomes vectors, as in mark_maxima(). */
static void
raise_maxima (const float *x, float *maxima)
{
  for (gsize c = 0; c < GBP_LANES; c++)
    maxima[c] = (x[c] > maxima[c]) | (x[c] != x[c]) ? x[c] : maxima[c];
}

/* @counts: (inout): of the pixels that have their channel's maximum
 * @bits: (out): whether this one has */
static void
mark_maxima (const float *x, const float *maxima, guint *counts, guint8 *bits)
{
  guint is_maximum[GBP_LANES], marks = 0;

  for (gsize c = 0; c < GBP_LANES; c++) {
    is_maximum[c] = (x[c] == maxima[c]) | (x[c] != x[c]);
    counts[c] += is_maximum[c];
  }
  for (gsize c = 0; c < GBP_LANES; c++)
    marks |= is_maximum[c] << c;
  bits[0] = (guint8) marks;
  bits[1] = (guint8) (marks >> 8);
}

/* SLICE channels, whose bits no other part touches. */
static void
find_global_maxima (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  gsize stride = gbp_pad_channels (job->node->output.channels), first = (gsize) part * SLICE;
  gsize n = MIN (SLICE, stride - first), n_pixels = gbp_shape_get_pixels (job->node->inputs);
  const float *input = job->pass->inputs[0] + first;
  float *maxima = job->pass->output + first;
  guint8 *bits = (guint8 *) job->pass->saved + first / 8;
  guint counts[SLICE] = {0};

  memcpy (maxima, input, n * sizeof *maxima);
  for (gsize i = 1; i < n_pixels; i++)
    for (gsize c = 0; c < n; c += GBP_LANES)
      raise_maxima (input + i * stride + c, maxima + c);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < n; c += GBP_LANES)
      mark_maxima (input + i * stride + c, maxima + c, counts + c, bits + (i * stride + c) / 8);
  for (gsize c = 0; c < n; c++)
    get_shares (job)[first + c] = 1 / (float) MAX (counts[c], 1);
}

static void
share_gradient (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize first, n = gbp_stretch_find (job->node->inputs, job->pass->input_rows[0], part, &first);
  GbpGate gate = {FALSE, (const guint8 *) job->pass->saved + first * stride / 8};
  float *output = job->pass->input_gradients[0] + first * stride;

  for (gsize i = 0; i < n; i++)
    job->pass->kernels->times (job->pass->gradient, get_shares (job), output + i * stride, stride);
  job->pass->kernels->gate (output, &gate, n, stride);
}

static void
forward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, find_global_maxima, &job,
      (guint) ((gbp_pad_channels (node->output.channels) + SLICE - 1) / SLICE));
}

static void
backward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (
      pass->team, share_gradient, &job, gbp_stretch_count (node->inputs, pass->input_rows[0]));
}

const GbpKindClass gbp_kind_global_max = {
    .name = "global max pooling",
    .infer = gbp_shape_infer_pixel,
    .get_saved_size = get_maxima_size,
    .forward = forward_global_max,
    .backward = backward_global_max,
};
