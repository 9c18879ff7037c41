/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenBLAS, which nothing else calls. */
#pragma once

#include <glib.h>

/* Between the two OpenBLAS makes no threads of its own: ours share out the work, in parts that do not
 * depend on their number. Its setting, which is the whole process', is then left as it was found.
 * Calls may nest and come from several threads. */
void gbp_blas_begin (void);
void gbp_blas_end (void);

/* c [rows][columns] = a [rows][depth] · b [depth][columns], row-major, with the given row strides. */
void gbp_blas_multiply (gsize rows, gsize columns, gsize depth, const float *a, gsize a_stride,
    const float *b, gsize b_stride, float *c, gsize c_stride);

/* The same transposed, c [columns][rows], with @a's rows along the BLAS' vectors. With a multiple of 48 rows most
 * of its kernels then give equal rows of @a equal results; those for CPUs without AVX-512 (Haswell, Zen) still sum
 * some by where they lie. */
void gbp_blas_multiply_even (
    gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c);

/* y [columns] = x [rows] · a [rows][columns], with @a's rows @a_stride floats apart. */
void gbp_blas_multiply_row (
    gsize rows, gsize columns, const float *a, gsize a_stride, const float *x, float *y);

/* y [rows] = a [rows][columns] · x [columns], with @a's rows @a_stride floats apart. */
void gbp_blas_multiply_column (
    gsize rows, gsize columns, const float *a, gsize a_stride, const float *x, float *y);

/* The core that OpenBLAS took this CPU for, and its version with how it was built; owned by OpenBLAS. */
const char *gbp_blas_get_core (void);
const char *gbp_blas_get_config (void);
