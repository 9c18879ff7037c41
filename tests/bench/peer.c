/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This library's side of peers.sh: a process that answers on standard output what it is asked on standard
 * input, as peer.py describes.
 * usage: bench-peer THREADS WEIGHTS IMAGE PICTURE */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define N_VALUES (3 * BENCH_INPUT_SIZE * BENCH_INPUT_SIZE)

static void
write_file (const char *path, gconstpointer bytes, gsize size)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, bytes, (gssize) size, &error))
    g_error ("%s", error->message);
}

static guint8 *
read_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *bytes;
  gsize size;

  if (!g_file_get_contents (path, &bytes, &size, &error))
    g_error ("%s", error->message);
  if (size != N_VALUES)
    g_error ("%s has %" G_GSIZE_FORMAT " bytes, not %d", path, size, N_VALUES);
  return (guint8 *) bytes;
}

static GbpExplanation *
open_explanation (const char *weights, int threads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = gbp_network_load (weights, GBP_PREPROCESS_AUTO, &error);
  GbpTarget target = GBP_TARGET_INIT;
  GbpExplanation *explanation;

  if (network == NULL)
    g_error ("%s", error->message);
  explanation = gbp_explanation_new (network, (guint) threads);
  if (!gbp_explanation_set_target (explanation, &target, &error))
    g_error ("%s", error->message);
  return explanation;
}

static void
answer (const char *question, GbpExplanation *explanation, const guint8 *rgb, float *gradient)
{
  if (strcmp (question, "run") == 0) {
    double begin = bench_now ();

    gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, gradient, NULL);
    printf ("%.6f\n", bench_now () - begin);
  } else if (strcmp (question, "memory") == 0) {
    printf ("%.1f\n", bench_get_peak_memory ());
  } else if (g_str_has_prefix (question, "save ")) {
    write_file (question + strlen ("save "), gradient, N_VALUES * sizeof *gradient);
    printf ("saved\n");
  } else {
    printf ("what is '%s'?\n", question);
  }
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static float gradient[N_VALUES];
  static guint8 picture[N_VALUES];
  char line[1024];

  if (argc != 5) {
    g_printerr ("usage: bench-peer THREADS WEIGHTS IMAGE PICTURE\n");
    return EXIT_FAILURE;
  }
  {
    g_autoptr (GbpExplanation) explanation = open_explanation (argv[2], atoi (argv[1]));
    g_autofree guint8 *rgb = read_image (argv[3]);

    gbp_explanation_compute (explanation, rgb, 3 * BENCH_INPUT_SIZE, gradient, NULL);
    gbp_picture_render (GBP_COLORMAP_RGB, gradient, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, picture,
        3 * BENCH_INPUT_SIZE);
    write_file (argv[4], picture, N_VALUES);
    printf ("ready\n");
    fflush (stdout);
    while (fgets (line, sizeof line, stdin) != NULL)
      answer (g_strchomp (line), explanation, rgb, gradient);
  }
  return EXIT_SUCCESS;
}
