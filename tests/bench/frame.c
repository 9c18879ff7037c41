/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A whole frame, pixels to gradient, for the targets whose costs should differ. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>

#include "networks.h"
#include "peak.h"

#define N_IMAGES 4 /* in turn, so that none equals the last one */

/* What is timed. The first threads are all that there are, the others one. */
typedef enum {
  ALL,
  ONE_CHANNEL,
  CUT_EARLY,
  ONE_UNIT,
  ONE_THREAD,
  BUILTIN,
  N_CASES,
} CaseName;

/* @network: 0: VGG19 at full width; 1: the built-in network */
typedef struct {
  const char *title;
  guint network;
  const char *layer;
  int channel;
  int unit;
  gboolean one_thread;
} Case;

static const Case cases[N_CASES] = {
    [ALL] = {"block5_conv4", 0, "block5_conv4", GBP_CHANNEL_ALL, GBP_UNIT_ALL, FALSE},
    [ONE_CHANNEL] = {"  one channel", 0, "block5_conv4", 100, GBP_UNIT_ALL, FALSE},
    [CUT_EARLY] = {"block3_conv1", 0, "block3_conv1", GBP_CHANNEL_ALL, GBP_UNIT_ALL, FALSE},
    [ONE_UNIT] = {"  one unit", 0, "block3_conv1", GBP_CHANNEL_ALL, 28, FALSE},
    [ONE_THREAD] = {"block5_conv4, 1 thread", 0, "block5_conv4", GBP_CHANNEL_ALL, GBP_UNIT_ALL,
        TRUE},
    [BUILTIN] = {"built-in, block5_conv4", 1, "block5_conv4", GBP_CHANNEL_ALL, GBP_UNIT_ALL, FALSE},
};

static GbpExplanation *
make_explanation (const Case *it, GbpNetwork *const *networks, int threads)
{
  GbpTarget target = {.layer = it->layer,
      .method = GBP_METHOD_GUIDED,
      .channel = it->channel,
      .unit_x = it->unit,
      .unit_y = it->unit,
      .class_index = GBP_CLASS_NONE};
  GbpNetwork *network = networks[it->network];
  GbpExplanation *explanation = gbp_explanation_new (network, it->one_thread ? 1 : (guint) threads);
  g_autoptr (GError) error = NULL;

  if (target.channel >= 0) { /* whatever the width */
    guint channels;

    gbp_network_get_layer_shape (network, target.layer, NULL, NULL, &channels, NULL);
    target.channel %= (int) channels;
  }
  if (!gbp_explanation_set_target (explanation, &target, &error)) {
    g_printerr ("%s: %s\n", it->title, error->message);
    exit (EXIT_FAILURE);
  }
  return explanation;
}

static double
time_frame (GbpExplanation *explanation, const guint8 *rgb)
{
  static float gradient[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  double begin = bench_now ();

  gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, gradient, NULL);
  return bench_now () - begin;
}

static void
time_all (
    GbpNetwork *const *networks, const BenchOptions *options, BenchTimes *times, BenchPeak *peak)
{
  static guint8 images[N_IMAGES][3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  GbpExplanation *explanations[N_CASES];
  g_autoptr (GbpTeam) team = gbp_team_new ((guint) options->threads);

  for (guint i = 0; i < N_IMAGES; i++)
    bench_fill_image (i, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, images[i]);
  for (guint i = 0; i < N_CASES; i++) {
    explanations[i] = make_explanation (&cases[i], networks, options->threads);
    time_frame (explanations[i], images[N_IMAGES - 1]);
  }
  for (int round = 0; round < options->rounds; round++) {
    bench_measure_peak (team, options->quick, peak);
    for (guint i = 0; i < N_CASES; i++)
      bench_times_add (&times[i], time_frame (explanations[i], images[round % N_IMAGES]));
  }
  for (guint i = 0; i < N_CASES; i++)
    gbp_explanation_free (explanations[i]);
}

static void
print_times (const BenchTimes *times)
{
  printf ("%-24s %8s %8s %8s  ms\n", "", "median", "10 %", "90 %");
  for (guint i = 0; i < N_CASES; i++)
    printf ("%-24s %8.2f %8.2f %8.2f\n", cases[i].title, 1e3 * bench_times_get (&times[i], 0.5),
        1e3 * bench_times_get (&times[i], 0.1), 1e3 * bench_times_get (&times[i], 0.9));
}

/* What the times are to be held against, each other first. */
static void
print_ratios (
    const BenchTimes *times, const GbpNetwork *network, const BenchPeak *peak, int threads)
{
  guint early = (guint) gbp_network_find_layer (network, "block3_conv1", NULL);
  guint late = (guint) gbp_network_find_layer (network, "block5_conv4", NULL);
  double floor = 2 * bench_count_winograd (network, late) / bench_get_peak (peak);
  double medians[N_CASES];
  double share = bench_count_direct (network, early) / bench_count_direct (network, late);

  for (guint i = 0; i < N_CASES; i++)
    medians[i] = bench_times_get (&times[i], 0.5);
  printf ("\n");
  bench_print_peak (peak);
  printf ("the products of Winograd F(4×4) at it: %.1f ms\n", 1e3 * floor);
  printf ("block5_conv4 ÷ that floor: %.2f\n", medians[ALL] / floor);
  printf ("one channel ÷ all: %.3f\n", medians[ONE_CHANNEL] / medians[ALL]);
  printf ("block3_conv1: %.3f of the time, %.3f of the work: ratio %.3f\n",
      medians[CUT_EARLY] / medians[ALL], share, medians[CUT_EARLY] / medians[ALL] / share);
  printf ("all units ÷ one, at block3_conv1: %.1f\n", medians[CUT_EARLY] / medians[ONE_UNIT]);
  printf ("1 thread ÷ %d: %.2f\n", threads, medians[ONE_THREAD] / medians[ALL]);
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 25);
  g_autoptr (GbpNetwork) builtin = bench_load_builtin ();
  g_autoptr (GbpNetwork) full = options.quick ? gbp_network_ref (builtin) : bench_make_vgg19 ();
  GbpNetwork *networks[] = {full, builtin};
  BenchTimes times[N_CASES];
  BenchPeak peak = {0};

  bench_print_head (gbp_network_get_description (full), &options);
  for (guint i = 0; i < N_CASES; i++)
    bench_times_init (&times[i]);
  time_all (networks, &options, times, &peak);
  print_times (times);
  print_ratios (times, full, &peak, options.threads);
  for (guint i = 0; i < N_CASES; i++)
    bench_times_clear (&times[i]);
  return EXIT_SUCCESS;
}
