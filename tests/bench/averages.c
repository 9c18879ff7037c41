/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is gained where the images of a mean are computed several at once: beside it as many maps, one after another,
 * each by all threads, and each with a forward pass that a mean needs only once. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "networks.h"

#define N_SAMPLES 16

typedef struct {
  GbpNetwork *network;
  GbpExplanation *one;
  GbpExplanation *mean;
  BenchTimes times[2];
} Case;

static GbpExplanation *
new_explanation (GbpNetwork *network, const BenchOptions *options, guint samples)
{
  GbpExplanation *explanation = gbp_explanation_new (network, (guint) options->threads);
  GbpTarget target = GBP_TARGET_INIT;

  target.samples = samples;
  if (!gbp_explanation_set_target (explanation, &target, NULL))
    g_error ("the article's target is none of this network");
  return explanation;
}

static void
init_case (Case *own, GbpNetwork *network, const BenchOptions *options)
{
  own->network = network;
  own->one = new_explanation (network, options, 1);
  own->mean = new_explanation (network, options, N_SAMPLES);
  bench_times_init (&own->times[0]);
  bench_times_init (&own->times[1]);
}

static void
clear_case (Case *own)
{
  gbp_explanation_free (own->one);
  gbp_explanation_free (own->mean);
  gbp_network_unref (own->network);
  bench_times_clear (&own->times[0]);
  bench_times_clear (&own->times[1]);
}

static void
time_maps (GbpExplanation *explanation, guint n, const guint8 *rgb, BenchTimes *times)
{
  static float map[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  double begin = bench_now ();

  for (guint i = 0; i < n; i++)
    gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, map, NULL);
  bench_times_add (times, bench_now () - begin);
}

static void
time_case (Case *own, const BenchOptions *options)
{
  static guint8 image[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];

  for (int round = 0; round < options->rounds; round++) {
    bench_fill_image ((guint) round, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, image);
    time_maps (own->one, N_SAMPLES, image, &own->times[0]);
    time_maps (own->mean, 1, image, &own->times[1]);
  }
  printf ("%-48s %10.1f %10.1f %8.2f\n", gbp_network_get_description (own->network),
      1e3 * bench_times_get (&own->times[0], 0.5), 1e3 * bench_times_get (&own->times[1], 0.5),
      bench_times_get (&own->times[0], 0.5) / bench_times_get (&own->times[1], 0.5));
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 7);
  Case cases[2];
  guint n_cases = options.quick ? 1 : 2;

  bench_print_head ("means of maps", &options);
  init_case (&cases[0], bench_load_builtin (), &options);
  if (n_cases > 1)
    init_case (&cases[1], bench_make_vgg19 (), &options);
  printf ("%-48s %10s %10s %8s\n", "SmoothGrad of 16 samples, guided, block5_conv4", "maps, ms",
      "mean, ms", "÷");
  for (guint i = 0; i < n_cases; i++) {
    time_case (&cases[i], &options);
    clear_case (&cases[i]);
  }
  return EXIT_SUCCESS;
}
