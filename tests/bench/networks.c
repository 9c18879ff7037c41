/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "networks.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/blas.h"
#include "kernel/kernels.h"
#include "network/random_weights.h"

void
bench_print_head (const char *title, const BenchOptions *options)
{
  gboolean has_blas;

  g_setenv ("OPENBLAS_NUM_THREADS", "1", TRUE); /* read as it is opened: ours share out its work */
  has_blas = gbp_blas_is_available ();
  bench_print_machine (title, options);
  printf ("vector level %s; OpenBLAS core %s (%s)\n\n", gbp_kernels_get ()->name,
      has_blas ? gbp_blas_get_core () : "none", has_blas ? gbp_blas_get_config () : "not found");
}

static GbpNetwork *
check (GbpNetwork *network, const GError *error)
{
  if (network == NULL) {
    g_printerr ("%s\n", error->message);
    exit (EXIT_FAILURE);
  }
  return network;
}

GbpNetwork *
bench_make_vgg19 (void)
{
  const guint widths[GBP_N_BLOCKS] = {64, 128, 256, 512, 512};
  GbpWeights weights = {0};
  g_autoptr (GError) error = NULL;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG19, widths, 0, 0, BENCH_SEED);
  return check (gbp_network_new_take (&weights, &error), error);
}

GbpNetwork *
bench_load_builtin (void)
{
  g_autoptr (GError) error = NULL;

  return check (gbp_network_load (NULL, GBP_PREPROCESS_AUTO, &error), error);
}
