/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peak.h"

#include <stdio.h>

#include "bench.h"
#include "kernel/blas.h"
#include "kernel/kernels.h"

#define LARGEST 1536
#define REPEATS 5

/* Of our own product: the right side stays in the second-level cache. */
#define ROWS   84
#define DEPTH  256
#define N_RUNS 200

/* [worker][3][n][n] */
typedef struct {
  gsize n;
  float *values;
} Products;

static void
multiply (gpointer data, guint part, guint worker)
{
  const Products *products = data;
  gsize n = products->n;
  float *a = products->values + part * 3 * n * n, *b = a + n * n, *c = b + n * n;

  gbp_blas_multiply (n, n, n, a, b, c);
}

static void
multiply_packed (gpointer data, guint part, guint worker)
{
  const Products *products = data;
  float *a = products->values + part * 3 * DEPTH * DEPTH, *b = a + ROWS * DEPTH;
  GbpProduct product = {
      .rows = ROWS,
      .depth = DEPTH,
      .columns = DEPTH,
      .a = a,
      .a_stride = DEPTH,
      .b = b,
      .c = b + DEPTH * DEPTH,
      .c_stride = DEPTH,
      .terms = {0, DEPTH},
      .wanted = {0, DEPTH},
  };

  for (int i = 0; i < N_RUNS; i++)
    gbp_kernels_get ()->multiply (&product);
}

/* The shortest time in which every member does @task once. */
static double
time_task (GbpTeam *team, GbpTask task, Products *products)
{
  double best = G_MAXDOUBLE;

  for (int i = 0; i < REPEATS; i++) {
    double begin = bench_now ();

    gbp_team_run (team, task, products, gbp_team_get_size (team));
    best = MIN (best, bench_now () - begin);
  }
  return best;
}

void
bench_measure_peak (GbpTeam *team, gboolean quick, BenchPeak *peak)
{
  const gsize sizes[] = {384, 512, 768, 1024, LARGEST};
  double n_members = gbp_team_get_size (team);
  gsize n_values = (gsize) n_members * 3 * LARGEST * LARGEST;
  Products products = {0, g_aligned_alloc (n_values, sizeof (float), GBP_ALIGNMENT)};

  for (gsize i = 0; i < n_values; i++)
    products.values[i] = (float) (i % 251) / 251 - 0.5f;
  for (guint i = 0; gbp_blas_is_available () && i < (quick ? 1 : G_N_ELEMENTS (sizes)); i++) {
    double n = products.n = sizes[i];

    peak->sgemm =
        MAX (peak->sgemm, 2 * n * n * n * n_members / time_task (team, multiply, &products));
  }
  peak->packed = MAX (peak->packed, 2.0 * ROWS * DEPTH * DEPTH * N_RUNS * n_members
                                        / time_task (team, multiply_packed, &products));
  g_aligned_free (products.values);
}

double
bench_get_peak (const BenchPeak *peak)
{
  return MAX (peak->sgemm, peak->packed);
}

void
bench_print_peak (const BenchPeak *peak)
{
  printf ("peak: %.0f GFLOP/s (OpenBLAS' sgemm %.0f, our product in the cache %.0f)\n",
      1e-9 * bench_get_peak (peak), 1e-9 * peak->sgemm, 1e-9 * peak->packed);
}

static double
count (const GbpNetwork *network, guint cut, gboolean is_direct)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  double sum = 0;

  for (guint i = 0; i <= cut && i < n_layers; i++) {
    const GbpLayer *layer = &layers[i];
    double pairs = (double) layer->weights.n_inputs * layer->channels;
    guint n_tiles = ((layer->height + 3) / 4) * ((layer->width + 3) / 4);

    if (layer->kind == GBP_KIND_CONVOLUTION)
      sum += 2 * pairs * (is_direct ? 9.0 * layer->height * layer->width : 36.0 * n_tiles);
  }
  return sum;
}

double
bench_count_direct (const GbpNetwork *network, guint cut)
{
  return count (network, cut, TRUE);
}

double
bench_count_winograd (const GbpNetwork *network, guint cut)
{
  return count (network, cut, FALSE);
}
