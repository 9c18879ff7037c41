/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "computing.h"

#include <stdlib.h>
#include <string.h>

static gpointer
open_explanation (gpointer network, guint threads, GError **error)
{
  GbpExplanation *explanation = gbp_explanation_new (network, threads);

  if (explanation == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an explanation");
  return explanation;
}

static gboolean
aim_explanation (gpointer explanation, const GbpTarget *target, GError **error)
{
  return gbp_explanation_set_target (explanation, target, error);
}

static void
compute_explanation (
    gpointer explanation, const guint8 *rgb, gsize stride, float *gradient, GbpResult *result)
{
  gbp_explanation_compute (explanation, rgb, stride, gradient, result);
}

static void
close_explanation (gpointer explanation)
{
  gbp_explanation_free (explanation);
}

const GstGbpComputing gst_gbp_computing = {
    open_explanation, aim_explanation, compute_explanation, close_explanation};

guint
gst_gbp_computing_count_cpus (GbpNetwork *network)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);

  return explanation != NULL ? gbp_explanation_get_threads (explanation) : 1;
}

GstClockTime
gst_gbp_computing_measure (GbpNetwork *network, guint threads, const GbpTarget *target)
{
  GstGbpWorkers *workers = gst_gbp_workers_new (1, threads, 1, &gst_gbp_computing, network, NULL);
  g_autoptr (GstGbpSharedTarget) shared = gst_gbp_shared_target_new (target, 1);
  GstClockTime spent = 0;

  if (workers == NULL)
    return 0;
  if (!gst_gbp_workers_measure (workers, shared, &spent, NULL))
    spent = 0;
  gst_gbp_workers_free (workers);
  return spent;
}

guint64
gst_gbp_computing_estimate_size (const GbpNetwork *network)
{
  const char *const *names = gbp_network_get_layer_names (network);
  guint64 n_values = 0;

  for (guint i = 0; names[i] != NULL; i++) {
    guint height, width, channels;

    if (gbp_network_get_layer_shape (network, names[i], &height, &width, &channels, NULL))
      n_values += (guint64) height * width * channels;
  }
  return 2 * n_values * sizeof (float);
}

guint64
gst_gbp_computing_find_free_memory (void)
{
  static const char name[] = "MemAvailable:";
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL)
      || (line = strstr (text, name)) == NULL)
    return G_MAXUINT64;
  return g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024;
}
