/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/blas.h"

#include <cblas.h>
#include <dlfcn.h>

#define LIBRARY "libopenblas.so.0"

/* A product up to which OpenBLAS asks for no thread beside the caller's, rows · columns · depth: 262144 on most CPUs,
 * 125000 on Neoverse V2 (get_gemm_optimal_nthreads() in its interface/gemm.c). Rows are a multiple of 48, which
 * gbp_blas_multiply_even() promises. */
#define ROWS    48
#define COLUMNS 64
#define DEPTH   40

typedef struct {
  __typeof__ (cblas_sgemm) *sgemm;
  __typeof__ (openblas_get_corename) *get_core;
  __typeof__ (openblas_get_config) *get_config;
} Blas;

/* Never closed: OpenBLAS' threads run in it. */
static gpointer
open_blas (gpointer data)
{
  static Blas blas;
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

  if (library != NULL) {
    blas.sgemm = dlsym (library, "cblas_sgemm");
    blas.get_core = dlsym (library, "openblas_get_corename");
    blas.get_config = dlsym (library, "openblas_get_config");
  }
  if (blas.sgemm != NULL && blas.get_core != NULL && blas.get_config != NULL)
    return &blas;
  g_warning ("OpenBLAS cannot be used (%s): convolutions go without it",
      library == NULL ? dlerror () : LIBRARY " has no CBLAS");
  return NULL;
}

static const Blas *
get_blas (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, open_blas, NULL);
}

gboolean
gbp_blas_is_available (void)
{
  return get_blas () != NULL;
}

void
gbp_blas_multiply (gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c)
{
  get_blas ()->sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) rows, (blasint) columns,
      (blasint) depth, 1, a, (blasint) depth, b, (blasint) columns, 0, c, (blasint) columns);
}

void
gbp_blas_multiply_even (
    gsize rows, gsize columns, gsize depth, const float *a, const float *b, float *c)
{
  const Blas *blas = get_blas ();

  for (gsize column = 0; column < columns; column += COLUMNS)
    for (gsize row = 0; row < rows; row += ROWS)
      for (gsize k = 0; k < depth; k += DEPTH)
        blas->sgemm (CblasRowMajor, CblasTrans, CblasTrans,
            (blasint) MIN (COLUMNS, columns - column), ROWS, (blasint) MIN (DEPTH, depth - k), 1,
            b + k * columns + column, (blasint) columns, a + row * depth + k, (blasint) depth,
            k > 0, c + column * rows + row, (blasint) rows);
}

const char *
gbp_blas_get_core (void)
{
  return get_blas ()->get_core ();
}

const char *
gbp_blas_get_config (void)
{
  return get_blas ()->get_config ();
}
