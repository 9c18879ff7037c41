/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The variants that are built; kernels.c chooses among them. */
#pragma once

#include "kernel/kernels.h"

extern const GbpKernels gbp_plain_kernels;
extern const GbpKernels gbp_baseline_kernels;
#ifdef GBP_HAVE_AVX2
extern const GbpKernels gbp_avx2_kernels;
#endif
#ifdef GBP_HAVE_AVX512
extern const GbpKernels gbp_avx512_kernels;
#endif
