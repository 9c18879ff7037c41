/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the maps of a class cost on VGG19 with its dense layers, and what scores cost beside them. Of random weights
 * more units are above zero than of trained ones: the dense layers, which skip the others, cost less of those. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "network/random_weights.h"
#include "networks.h"

enum {
  LAYER,
  LAYER_SCORES,
  CLASS,
  NAMED,
  NAMED_SCORES,
  CAM,
  GUIDED_CAM,
  N_CASES
};

static const struct {
  const char *title;
  GbpTarget target;
} cases[N_CASES] = {
    [LAYER] = {"guided, block5_conv4", GBP_TARGET_INIT},
    [LAYER_SCORES] = {"  and scores", {.layer = "block5_conv4",
                                          .channel = GBP_CHANNEL_ALL,
                                          .unit_x = GBP_UNIT_ALL,
                                          .unit_y = GBP_UNIT_ALL,
                                          .class_index = GBP_CLASS_NONE,
                                          .wants_scores = TRUE}},
    [CLASS] = {"guided, top class", {.class_index = GBP_CLASS_TOP}},
    [NAMED] = {"guided, class 3", {.class_index = 3}},
    [NAMED_SCORES] = {"  and scores", {.class_index = 3, .wants_scores = TRUE}},
    [CAM] = {"Grad-CAM, top class",
        {.layer = "block5_conv4", .method = GBP_METHOD_GRAD_CAM, .class_index = GBP_CLASS_TOP}},
    [GUIDED_CAM] = {"guided Grad-CAM", {.layer = "block5_conv4",
                                           .method = GBP_METHOD_GUIDED_GRAD_CAM,
                                           .class_index = GBP_CLASS_TOP}},
};

static GbpNetwork *
make_vgg19 (gboolean is_small)
{
  const guint full[GBP_N_BLOCKS] = {64, 128, 256, 512, 512}, small[GBP_N_BLOCKS] = {8, 8, 8, 8, 8};
  GbpWeights weights = {0};
  GbpNetwork *network;
  GError *error = NULL;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG19, is_small ? small : full,
      is_small ? 16 : 4096, is_small ? 10 : 1000, BENCH_SEED);
  network = gbp_network_new_take (&weights, &error);
  if (network == NULL)
    g_error ("%s", error->message);
  return network;
}

/* Where @reads_scores, all of them are had, too. */
static double
time_frame (GbpExplanation *explanation, gboolean reads_scores, const guint8 *rgb)
{
  static float gradient[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  double begin = bench_now ();

  gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, gradient, NULL);
  if (reads_scores && gbp_explanation_get_scores (explanation, NULL) == NULL)
    g_error ("no scores");
  return bench_now () - begin;
}

/* A round has all cases, so that a ratio within it is of the same moment. */
static void
time_round (GbpExplanation *const *explanations, guint round, BenchTimes *times, BenchTimes *ratios)
{
  static guint8 image[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  double seconds[N_CASES];

  bench_fill_image (round, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, image);
  for (guint i = 0; i < N_CASES; i++) {
    seconds[i] = time_frame (explanations[i], cases[i].target.wants_scores, image);
    bench_times_add (&times[i], seconds[i]);
  }
  bench_times_add (ratios, seconds[NAMED_SCORES] / seconds[NAMED]);
}

static void
time_all (GbpNetwork *network, const BenchOptions *options, BenchTimes *times, BenchTimes *ratios)
{
  GbpExplanation *explanations[N_CASES];

  for (guint i = 0; i < N_CASES; i++) {
    explanations[i] = gbp_explanation_new (network, (guint) options->threads);
    if (!gbp_explanation_set_target (explanations[i], &cases[i].target, NULL))
      g_error ("%s is no target", cases[i].title);
    bench_times_init (&times[i]);
  }
  for (int round = 0; round < options->rounds; round++)
    time_round (explanations, (guint) round, times, ratios);
  for (guint i = 0; i < N_CASES; i++)
    gbp_explanation_free (explanations[i]);
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 15);
  g_autoptr (GbpNetwork) network = make_vgg19 (options.quick);
  BenchTimes times[N_CASES], ratios;

  bench_print_head (gbp_network_get_description (network), &options);
  bench_times_init (&ratios);
  time_all (network, &options, times, &ratios);
  printf ("%-24s %8s %8s %8s  ms\n", "", "median", "10 %", "90 %");
  for (guint i = 0; i < N_CASES; i++)
    printf ("%-24s %8.2f %8.2f %8.2f\n", cases[i].title, 1e3 * bench_times_get (&times[i], 0.5),
        1e3 * bench_times_get (&times[i], 0.1), 1e3 * bench_times_get (&times[i], 0.9));
  printf ("\nGrad-CAM ÷ guided, top class: %.2f\n",
      bench_times_get (&times[CAM], 0.5) / bench_times_get (&times[CLASS], 0.5));
  printf ("with scores ÷ without, class 3, median of the rounds' ratios: %.3f\n",
      bench_times_get (&ratios, 0.5));
  for (guint i = 0; i < N_CASES; i++)
    bench_times_clear (&times[i]);
  bench_times_clear (&ratios);
  return EXIT_SUCCESS;
}
