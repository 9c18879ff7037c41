/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the machine can do, to hold the figures against. */
#pragma once

#include "kernel/team.h"
#include "network/network.h"

/* Operations per second of OpenBLAS' sgemm, the best of several large sizes: each member of @team
 * multiplies matrices of its own.
 * @quick: only the smallest of them */
double bench_measure_sgemm (GbpTeam *team, gboolean quick);

/* Floating-point operations of one pass, a multiplication and an addition each counting as one, through
 * the convolutions up to layer @cut: done directly, and the products of Winograd's F(4×4, 3×3). */
double bench_count_direct (const GbpNetwork *network, guint cut);
double bench_count_winograd (const GbpNetwork *network, guint cut);
