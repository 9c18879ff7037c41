/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/pool.h"

#include "kernel/pooling.h"

typedef struct {
  const GbpPool *pool;
  const float *input;
  float *output;
} Job;

gsize
gbp_pool_get_argmax_size (guint height, guint width, gsize stride)
{
  return (gsize) height * width * stride / 4;
}

/* Where the unit of the larger map lies that is the upper left of those of pooled @pixel. */
static gsize
get_first (const GbpPool *pool, gsize pixel)
{
  gsize y = pixel / pool->width, x = pixel % pool->width;

  return (4 * y * pool->width + 2 * x) * pool->stride;
}

/* And how far from there the others, in raster order. */
static gsize
get_offset (const GbpPool *pool, guint k)
{
  return (k / 2 * 2 * pool->width + k % 2) * pool->stride;
}

static void
forward_pixel (const Job *job, gsize pixel)
{
  const GbpPool *pool = job->pool;
  gsize first = get_first (pool, pixel);
  guint same_as[4];

  gbp_equivalence_find_equals (pool->equivalence + first / pool->stride, 2 * pool->width, same_as);
  for (gsize c = 0; c < pool->stride; c++) {
    gsize unit = pixel * pool->stride + c;
    float x[4];
    guint chosen;

    for (guint k = 0; k < 4; k++)
      x[k] = job->input[first + get_offset (pool, k) + c];
    chosen = gbp_choose_maximum (x, same_as);
    job->output[unit] = x[chosen];
    gbp_argmax_set (pool->argmax, pool->stride, unit, chosen);
    gbp_set_bit (pool->active, unit, x[chosen] > 0);
  }
}

static void
backward_pixel (const Job *job, gsize pixel)
{
  const GbpPool *pool = job->pool;
  gsize first = get_first (pool, pixel);

  for (gsize c = 0; c < pool->stride; c++) {
    gsize unit = pixel * pool->stride + c;
    guint chosen = gbp_argmax_get (pool->argmax, pool->stride, unit);

    for (guint k = 0; k < 4; k++)
      job->output[first + get_offset (pool, k) + c] = k == chosen ? job->input[unit] : 0;
  }
}

static void
forward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpRegion *region = &job->pool->region;

  for (gsize x = region->left; x < region->right; x++)
    forward_pixel (job, (region->top + part) * (gsize) job->pool->width + x);
}

static void
backward_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpRegion *region = &job->pool->region;

  for (gsize x = region->left; x < region->right; x++)
    backward_pixel (job, (region->top + part) * (gsize) job->pool->width + x);
}

void
gbp_pool_forward (const GbpPool *pool, const float *input, float *output)
{
  Job job = {pool, input, output};

  gbp_team_run (pool->team, forward_row, &job, pool->region.bottom - pool->region.top);
}

void
gbp_pool_backward (const GbpPool *pool, const float *gradient, float *output)
{
  Job job = {pool, gradient, output};

  gbp_team_run (pool->team, backward_row, &job, pool->region.bottom - pool->region.top);
}
