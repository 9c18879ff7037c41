/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernels of this CPU with a clock around those that Winograd's filtering is made of. */
#pragma once

#include "kernel/kernels.h"

/* Summed over the threads since the last reset.
 * @transforms: seconds in the tiles' transforms, both ways
 * @products: seconds in the products
 * @operations: of the products: a multiplication and an addition each count as one */
typedef struct {
  double transforms;
  double products;
  double operations;
} BenchMeter;

GbpKernels bench_meter_kernels (void);
void bench_meter_reset (void);
BenchMeter bench_meter_read (void);
