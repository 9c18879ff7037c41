/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/blas.h"

#include <cblas.h>

/* OpenBLAS has one thread count for the process and no other way to set it: several explanations at
 * once have to agree on who saves it and who restores it. */
static GMutex lock;
static guint n_users;
static int n_threads_found;

void
gbp_blas_begin (void)
{
  g_mutex_lock (&lock);
  if (n_users++ == 0) {
    n_threads_found = openblas_get_num_threads ();
    openblas_set_num_threads (1);
  }
  g_mutex_unlock (&lock);
}

void
gbp_blas_end (void)
{
  g_mutex_lock (&lock);
  if (--n_users == 0)
    openblas_set_num_threads (n_threads_found);
  g_mutex_unlock (&lock);
}

void
gbp_blas_multiply (gsize rows, gsize columns, gsize depth, const float *a, gsize a_stride,
    const float *b, gsize b_stride, float *c, gsize c_stride)
{
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) rows, (blasint) columns,
      (blasint) depth, 1, a, (blasint) a_stride, b, (blasint) b_stride, 0, c, (blasint) c_stride);
}

void
gbp_blas_multiply_even (
    gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c)
{
  cblas_sgemm (CblasRowMajor, CblasTrans, CblasTrans, (blasint) columns, (blasint) rows,
      (blasint) depth, 1, b, (blasint) columns, a, (blasint) depth, 0, c, (blasint) rows);
}

void
gbp_blas_multiply_row (
    gsize rows, gsize columns, const float *a, gsize a_stride, const float *x, float *y)
{
  cblas_sgemv (CblasRowMajor, CblasTrans, (blasint) rows, (blasint) columns, 1, a,
      (blasint) a_stride, x, 1, 0, y, 1);
}

void
gbp_blas_multiply_column (
    gsize rows, gsize columns, const float *a, gsize a_stride, const float *x, float *y)
{
  cblas_sgemv (CblasRowMajor, CblasNoTrans, (blasint) rows, (blasint) columns, 1, a,
      (blasint) a_stride, x, 1, 0, y, 1);
}

const char *
gbp_blas_get_core (void)
{
  return openblas_get_corename ();
}

const char *
gbp_blas_get_config (void)
{
  return openblas_get_config ();
}
