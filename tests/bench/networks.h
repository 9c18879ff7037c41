/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the benchmarks of the library's inside share. */
#pragma once

#include <gbp/network.h>

#include "bench.h"

/* Prints what the figures depend on: the machine, as bench_print_machine() does, the vector level and
 * OpenBLAS. */
void bench_print_head (const char *title, const BenchOptions *options);

/* VGG19 at full width with seeded weights, made in memory; or the built-in network. */
GbpNetwork *bench_make_vgg19 (void);
GbpNetwork *bench_load_builtin (void);
