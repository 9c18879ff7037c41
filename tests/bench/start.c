/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From nothing to the first gradient, and the memory that it takes: each time in a process of its own. */
#include <gbp/gbp.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "networks.h"

/* What a process finds out about itself: seconds since its parent made it, megabytes at most so far. */
typedef enum {
  LOADED,
  FIRST,
  MEMORY,
  MEMORY_TWO,
  N_FIGURES,
} Figure;

static GbpExplanation *
explain (GbpNetwork *network, int threads)
{
  static float gradient[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  static guint8 rgb[3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE];
  GbpExplanation *explanation = gbp_explanation_new (network, (guint) threads);
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;

  bench_fill_image (0, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, rgb);
  if (!gbp_explanation_set_target (explanation, &target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, gradient, NULL);
  return explanation;
}

/* In the new process. */
static void
start (const char *weights, int threads, double begin, double figures[N_FIGURES])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = gbp_network_load (weights, GBP_PREPROCESS_AUTO, &error);
  g_autoptr (GbpExplanation) first = NULL, second = NULL;

  if (network == NULL)
    g_error ("%s", error->message);
  figures[LOADED] = bench_now () - begin;
  first = explain (network, threads);
  figures[FIRST] = bench_now () - begin;
  figures[MEMORY] = bench_get_peak_memory ();
  second = explain (network, threads);
  figures[MEMORY_TWO] = bench_get_peak_memory ();
}

/* This program again, with the moment it was started at and what to load as arguments. */
static void
start_process (const BenchOptions *options, const char *weights, double figures[N_FIGURES])
{
  g_autofree char *begin = g_strdup_printf ("%.6f", bench_now ());
  g_autofree char *threads = g_strdup_printf ("%d", options->threads);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  const char *arguments[] = {
      "/proc/self/exe", "start", begin, threads, weights == NULL ? "" : weights, NULL};
  int status;

  if (!g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
          &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s", error->message);
  if (sscanf (output, "%lf %lf %lf %lf", &figures[LOADED], &figures[FIRST], &figures[MEMORY],
          &figures[MEMORY_TWO])
      != N_FIGURES)
    g_error ("a process said: %s", output);
}

static void
measure_library (const BenchOptions *options, const char *title, const char *weights)
{
  BenchTimes times[N_FIGURES];
  double figures[N_FIGURES];

  for (guint i = 0; i < N_FIGURES; i++)
    bench_times_init (&times[i]);
  start_process (options, weights, figures); /* brings the file into the page cache */
  for (int round = 0; round < options->rounds; round++) {
    start_process (options, weights, figures);
    for (guint i = 0; i < N_FIGURES; i++)
      bench_times_add (&times[i], figures[i]);
  }
  for (guint i = 0; i < N_FIGURES; i++)
    figures[i] = bench_times_get (&times[i], 0.5);
  printf (
      "%-12s loaded after %.0f ms, first gradient after %.0f ms, peak memory %.0f MiB, a second "
      "explanation %.0f MiB more\n",
      title, 1e3 * figures[LOADED], 1e3 * figures[FIRST], figures[MEMORY],
      figures[MEMORY_TWO] - figures[MEMORY]);
  for (guint i = 0; i < N_FIGURES; i++)
    bench_times_clear (&times[i]);
}

/* Runs the tool once; its peak memory in megabytes goes to @memory. Returns seconds. */
static double
run_tool (const BenchOptions *options, const char *weights, const char *output, double *memory)
{
  g_autofree char *threads = g_strdup_printf ("%d", options->threads);
  const char *arguments[] = {options->tool, "--quiet", "--threads", threads, options->image, output,
      weights == NULL ? NULL : "--weights", weights, NULL};
  double begin = bench_now ();
  struct rusage usage;
  pid_t process = fork ();
  int status;

  if (process == 0) {
    execv (options->tool, (char **) arguments);
    _exit (EXIT_FAILURE);
  }
  if (process < 0 || wait4 (process, &status, 0, &usage) < 0 || status != 0)
    g_error ("%s failed", options->tool);
  *memory = (double) usage.ru_maxrss / 1024;
  return bench_now () - begin;
}

static void
measure_tool (
    const BenchOptions *options, const char *title, const char *weights, const char *directory)
{
  g_autofree char *output = g_build_filename (directory, "picture.png", NULL);
  BenchTimes times;
  double memory, most = 0;

  bench_times_init (&times);
  run_tool (options, weights, output, &memory);
  for (int round = 0; round < options->rounds; round++) {
    bench_times_add (&times, run_tool (options, weights, output, &memory));
    most = MAX (most, memory);
  }
  printf ("%-12s gbp-saliency, picture to picture: %.0f ms, peak memory %.0f MiB\n", title,
      1e3 * bench_times_get (&times, 0.5), most);
  bench_times_clear (&times);
  g_unlink (output);
}

static void
measure (const BenchOptions *options, const char *title, const char *weights, const char *directory)
{
  measure_library (options, title, weights);
  if (options->tool != NULL && options->image != NULL)
    measure_tool (options, title, weights, directory);
}

static void
measure_all (const BenchOptions *options)
{
  g_autofree char *directory = g_dir_make_tmp ("bench-XXXXXX", NULL);

  bench_print_head ("From the start of a process", options);
  if (options->maker != NULL) {
    g_autofree char *weights = bench_write_vgg19 (options->maker, directory);

    measure (options, "VGG19", weights, directory);
    g_unlink (weights);
  }
  measure (options, "built-in", NULL, directory);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  BenchOptions options;

  if (argc == 5 && strcmp (argv[1], "start") == 0) {
    double figures[N_FIGURES];

    start (argv[4][0] == '\0' ? NULL : argv[4], atoi (argv[3]), g_ascii_strtod (argv[2], NULL),
        figures);
    printf ("%f %f %f %f\n", figures[LOADED], figures[FIRST], figures[MEMORY], figures[MEMORY_TWO]);
    return EXIT_SUCCESS;
  }
  options = bench_parse (argc, argv, 5);
  measure_all (&options);
  return EXIT_SUCCESS;
}
