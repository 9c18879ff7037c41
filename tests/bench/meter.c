/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meter.h"

#include <stdatomic.h>
#include <time.h>

/* A kernel has no place for a caller's data. */
static atomic_ullong transforms, products, operations;

static guint64
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (guint64) time.tv_sec * 1000000000 + (guint64) time.tv_nsec;
}

static void
transform_input (const GbpTiles *tiles, const float *map, gsize stride, const guint8 *argmax,
    const GbpTransformed *transformed)
{
  guint64 begin = now ();

  gbp_kernels_get ()->transform_input (tiles, map, stride, argmax, transformed);
  atomic_fetch_add (&transforms, now () - begin);
}

static void
transform_output (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride)
{
  guint64 begin = now ();

  gbp_kernels_get ()->transform_output (tiles, transformed, epilogue, map, stride);
  atomic_fetch_add (&transforms, now () - begin);
}

static void
count_product (const GbpProduct *product, guint64 begin)
{
  gsize terms = product->terms.end - product->terms.first;
  gsize columns = product->wanted.end - product->wanted.first;

  atomic_fetch_add (&products, now () - begin);
  atomic_fetch_add (&operations, 2 * product->rows * terms * columns);
}

static void
multiply (const GbpProduct *product)
{
  guint64 begin = now ();

  gbp_kernels_get ()->multiply (product);
  count_product (product, begin);
}

static void
multiply_transposed (const GbpProduct *product)
{
  guint64 begin = now ();

  gbp_kernels_get ()->multiply_transposed (product);
  count_product (product, begin);
}

GbpKernels
bench_meter_kernels (void)
{
  GbpKernels kernels = *gbp_kernels_get ();

  kernels.transform_input = transform_input;
  kernels.transform_output = transform_output;
  kernels.multiply = multiply;
  kernels.multiply_transposed = multiply_transposed;
  return kernels;
}

void
bench_meter_reset (void)
{
  atomic_store (&transforms, 0);
  atomic_store (&products, 0);
  atomic_store (&operations, 0);
}

BenchMeter
bench_meter_read (void)
{
  return (BenchMeter){1e-9 * (double) atomic_load (&transforms),
      1e-9 * (double) atomic_load (&products), (double) atomic_load (&operations)};
}
