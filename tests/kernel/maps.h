/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of kernels share. */
#pragma once

#include "harness.h"
#include "kernel/kernels.h"

/* Vector levels beside plain C. */
#define N_LEVELS 3

typedef struct {
  gsize n;
  float *values; /* (owned) */
} Map;

/* What a kernel forgets to write shows: it is NaN. */
Map new_map (gsize n);
/* Between -1 and 1, with some exact zeros and some equal neighbours, as maps have them after a ReLU. */
Map new_random_map (gsize n, guint32 seed);
void free_map (Map map);
void assert_close (Map expected, Map found, float slack);

/* The kernels of case _i's level; NULL where the CPU lacks it. */
const GbpKernels *get_kernels (int i);
