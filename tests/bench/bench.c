/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

BenchOptions
bench_parse (int argc, char **argv, int rounds)
{
  BenchOptions options = {.threads = (int) g_get_num_processors (), .rounds = rounds};
  const GOptionEntry entries[] = {
      {"threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "threads (all processors)", "N"},
      {"rounds", 0, 0, G_OPTION_ARG_INT, &options.rounds, "how often each thing is timed", "N"},
      {"quick", 0, 0, G_OPTION_ARG_NONE, &options.quick, "built-in network, one round", NULL},
      {"maker", 0, 0, G_OPTION_ARG_FILENAME, &options.maker, "the program make_untrained", "FILE"},
      {"tool", 0, 0, G_OPTION_ARG_FILENAME, &options.tool, "the program gbp-saliency", "FILE"},
      {"image", 0, 0, G_OPTION_ARG_FILENAME, &options.image, "a picture for it", "FILE"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_printerr ("%s: %s\n", argv[0], error->message);
  else if (argc > 1 || options.threads < 1 || options.rounds < 1)
    g_printerr ("%s: wrong arguments; --help lists the valid ones\n", argv[0]);
  else {
    if (options.quick)
      options.rounds = 1;
    return options;
  }
  exit (EXIT_FAILURE);
}

static char *
find_cpu_model (void)
{
  g_autofree char *text = NULL;
  const char *line, *colon;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL)
      || (line = strstr (text, "model name")) == NULL || (colon = strchr (line, ':')) == NULL)
    return g_strdup ("unknown CPU");
  return g_strstrip (g_strndup (colon + 1, strcspn (colon + 1, "\n")));
}

void
bench_print_machine (const char *title, const BenchOptions *options)
{
  g_autofree char *model = find_cpu_model ();
  double load = -1;

  if (getloadavg (&load, 1) != 1)
    load = -1;
  setvbuf (stdout, NULL, _IOLBF, 0);
  printf ("%s\n%s, %u processors; %d threads; load %.1f\n", title, model, g_get_num_processors (),
      options->threads, load);
}

char *
bench_write_vgg19 (const char *maker, const char *directory)
{
  char *path = g_build_filename (directory, "vgg19.safetensors", NULL);
  g_autofree char *seed = g_strdup_printf ("%d", BENCH_SEED);
  const char *arguments[] = {maker, "--widths", "64,128,256,512,512", "--dense", "0", "--classes",
      "0", "--type", "float32", "--seed", seed, path, NULL};
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_spawn_sync (
          NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", maker, error->message);
  return path;
}

void
bench_fill_image (guint index, int width, int height, guint8 *rgb)
{
  guint32 noise = BENCH_SEED + index; /* a linear congruential generator */

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++) {
        int shade = (x * (c + 1) * 45 / width) + (y * (3 - c) * 45 / height);
        int edge = (x * 8 / width + y * 6 / height) % 2 * 60;

        noise = noise * 1664525 + 1013904223;
        *rgb++ = (guint8) MIN (shade + edge + (int) (noise >> 27), 255);
      }
}

double
bench_now (void)
{
  struct timespec time; /* some operations take less than GLib's microsecond */

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

void
bench_times_init (BenchTimes *times)
{
  times->seconds = g_array_new (FALSE, FALSE, sizeof (double));
}

void
bench_times_clear (BenchTimes *times)
{
  g_array_unref (times->seconds);
}

void
bench_times_add (BenchTimes *times, double seconds)
{
  g_array_append_val (times->seconds, seconds);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

double
bench_times_get (const BenchTimes *times, double share)
{
  g_array_sort (times->seconds, compare);
  return g_array_index (times->seconds, double, (guint) (share * (times->seconds->len - 1) + 0.5));
}

double
bench_get_peak_memory (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_maxrss / 1024;
}
