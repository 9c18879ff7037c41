/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peak.h"

#include "bench.h"
#include "kernel/blas.h"
#include "kernel/kernels.h"

#define LARGEST 1536
#define REPEATS 5

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

  gbp_blas_multiply (n, n, n, a, n, b, n, c, n);
}

static double
measure_size (GbpTeam *team, Products *products)
{
  guint n_members = gbp_team_get_size (team);
  double n = products->n, best = G_MAXDOUBLE;

  for (int i = 0; i < REPEATS; i++) {
    double begin = bench_now ();

    gbp_team_run (team, multiply, products, n_members);
    best = MIN (best, bench_now () - begin);
  }
  return 2 * n * n * n * n_members / best;
}

double
bench_measure_sgemm (GbpTeam *team, gboolean quick)
{
  const gsize sizes[] = {384, 512, 768, 1024, LARGEST};
  gsize n_values = gbp_team_get_size (team) * 3 * LARGEST * LARGEST;
  Products products = {0, g_aligned_alloc (n_values, sizeof (float), GBP_ALIGNMENT)};
  double best = 0;

  for (gsize i = 0; i < n_values; i++)
    products.values[i] = (float) (i % 251) / 251 - 0.5f;
  gbp_blas_begin ();
  for (guint i = 0; i < (quick ? 1 : G_N_ELEMENTS (sizes)); i++) {
    products.n = sizes[i];
    best = MAX (best, measure_size (team, &products));
  }
  gbp_blas_end ();
  g_aligned_free (products.values);
  return best;
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

    if (layer->kind == GBP_LAYER_CONVOLUTION)
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
