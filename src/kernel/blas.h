/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenBLAS, which nothing else calls. It starts threads as it is loaded, and has one setting for the process of how
 * many it uses, which is the host's (openblas_set_num_threads_local() sets that one too): so it is opened when it is
 * first needed, and its setting is neither changed nor relied upon. */
#pragma once

#include <glib.h>

/* Opens OpenBLAS, in the first call, which warns where it is missing; all that follows needs it. */
gboolean gbp_blas_is_available (void);

/* c [rows][columns] = a [rows][depth] · b [depth][columns], row-major; by as many threads as OpenBLAS likes. */
void gbp_blas_multiply (
    gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c);

/* The product transposed, c [columns][rows], with @a's rows along the BLAS' vectors; @rows is a multiple of 48. It is
 * made in pieces so small that OpenBLAS uses the calling thread alone: its number of threads then neither matters nor
 * changes the result. Most of its kernels give equal rows of @a equal results; those for CPUs without AVX-512
 * (Haswell, Zen) sum some by where they lie. */
void gbp_blas_multiply_even (
    gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c);

/* The core that OpenBLAS took this CPU for, and its version with how it was built; owned by OpenBLAS. */
const char *gbp_blas_get_core (void);
const char *gbp_blas_get_config (void);
