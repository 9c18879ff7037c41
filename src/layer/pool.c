/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/pool.h"

typedef struct {
  const GbpPool *pool;
  const GbpGate *gate;
  const float *input;
  float *output;
} Job;

gsize
gbp_pool_get_choice_size (guint height, guint width, gsize stride)
{
  return (gsize) height * width * stride / 4;
}

/* The wanted part of row @y of the pooled map. */
static GbpPoolRow
get_row (const GbpPool *pool, gsize y)
{
  gsize pixel = y * pool->width + pool->region.left;
  gsize upper = 4 * y * pool->width + 2 * pool->region.left;

  return (GbpPoolRow){
      .n_pixels = pool->region.right - pool->region.left,
      .stride = pool->stride,
      .upper_labels = pool->labels + upper,
      .lower_labels = pool->labels + upper + 2 * pool->width,
      .choice = pool->choice + pixel * pool->stride / 4,
  };
}

static void
forward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpPool *pool = job->pool;
  gsize y = pool->region.top + part, left = pool->region.left, width = pool->width;
  GbpPoolRow row = get_row (pool, y);
  const float *upper = job->input + (4 * y * width + 2 * left) * pool->stride;

  pool->kernels->pool (&row, upper, upper + 2 * width * pool->stride,
      job->output + (y * width + left) * pool->stride);
}

static void
backward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpPool *pool = job->pool;
  gsize y = pool->region.top + part, left = pool->region.left, width = pool->width;
  GbpPoolRow row = get_row (pool, y);
  gsize upper = 4 * y * width + 2 * left, lower = upper + 2 * width;
  GbpGate upper_gate = gbp_gate_at (job->gate, upper, pool->stride);
  GbpGate lower_gate = gbp_gate_at (job->gate, lower, pool->stride);
  float *upper_output = job->output + upper * pool->stride;
  float *lower_output = job->output + lower * pool->stride;

  pool->kernels->unpool (
      &row, job->input + (y * width + left) * pool->stride, upper_output, lower_output);
  pool->kernels->gate (upper_output, &upper_gate, 2 * row.n_pixels, pool->stride);
  pool->kernels->gate (lower_output, &lower_gate, 2 * row.n_pixels, pool->stride);
}

void
gbp_pool_forward (const GbpPool *pool, const float *input, float *output)
{
  Job job = {pool, NULL, input, output};

  gbp_team_run (pool->team, forward_row, &job, pool->region.bottom - pool->region.top);
}

void
gbp_pool_backward (const GbpPool *pool, const float *gradient, const GbpGate *gate, float *output)
{
  Job job = {pool, gate, gradient, output};

  gbp_team_run (pool->team, backward_row, &job, pool->region.bottom - pool->region.top);
}
