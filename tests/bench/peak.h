/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the machine can do, to hold the figures against. */
#pragma once

#include "kernel/team.h"
#include "network/network.h"

/* Operations per second in single precision. OpenBLAS does not know every CPU, and takes some for older ones
 * with narrower vectors: so our own product, over matrices in the cache, is measured beside it.
 * @sgemm: OpenBLAS' product, the best of several large sizes; 0 where there is none. bench_print_head() has seen to it
 *     that it makes no threads of its own
 * @packed: our own */
typedef struct {
  double sgemm;
  double packed;
} BenchPeak;

/* Raises @peak to what is found now; each member of @team multiplies matrices of its own.
 * @quick: only the smallest of OpenBLAS' sizes */
void bench_measure_peak (GbpTeam *team, gboolean quick, BenchPeak *peak);

/* The larger one, which what we do is held against. */
double bench_get_peak (const BenchPeak *peak);
void bench_print_peak (const BenchPeak *peak);

/* Floating-point operations of one pass, a multiplication and an addition each counting as one, through
 * the convolutions up to layer @cut: done directly, and the products of Winograd's F(4×4, 3×3). */
double bench_count_direct (const GbpNetwork *network, guint cut);
double bench_count_winograd (const GbpNetwork *network, guint cut);
