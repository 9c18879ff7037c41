/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "computing.h"

#include <string.h>

#include "aim.h"
#include "measure.h"
#include "settings.h"

#define FEWEST_BETWEEN_TRIALS 16
#define SHARE                 4 /* the weight of the newest time in the average, as one part of so many */

/* An explanation with so many threads.
 * @time: running average of a computation's, with the target of now; 0: none was
 * @is_aimed: whether it is prepared for that */
typedef struct {
  GbpExplanation *explanation;
  GstClockTime time;
  gboolean is_aimed;
} Way;

/* @ways: with all threads and with one; @n_ways: 1 where that is the same
 * @faster: the one that is used
 * @until_trial: computations until the other one is tried, which is never where the map is a mean: of its images each
 *     thread computes its own */
typedef struct {
  GbpTarget target;
  Way ways[2];
  guint n_ways;
  guint faster;
  guint until_trial;
} Computer;

static void
close_computer (gpointer data)
{
  Computer *computer = data;

  for (guint i = 0; i < computer->n_ways; i++)
    gbp_explanation_free (computer->ways[i].explanation);
  gst_gbp_target_clear (&computer->target);
  g_free (computer);
}

static gpointer
open_computer (gpointer network, guint threads, GError **error)
{
  Computer *computer = g_new0 (Computer, 1);

  for (guint i = 0; i < (threads > 1 ? 2 : 1); i++) {
    GbpExplanation *explanation = gbp_explanation_new (network, i == 0 ? threads : 1);

    if (explanation == NULL) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an explanation");
      close_computer (computer);
      return NULL;
    }
    computer->ways[computer->n_ways++].explanation = explanation;
  }
  return computer;
}

static gboolean
aim_computer (gpointer data, const GbpTarget *target, GError **error)
{
  Computer *computer = data;

  if (!gbp_explanation_set_target (computer->ways[computer->faster].explanation, target, error))
    return FALSE;
  gst_gbp_target_copy (&computer->target, target);
  for (guint i = 0; i < computer->n_ways; i++) {
    computer->ways[i].time = 0;
    computer->ways[i].is_aimed = i == computer->faster;
  }
  computer->until_trial = 1;
  return TRUE;
}

/* The other way, if it is to be tried and there is memory for it. */
static guint
choose_way (Computer *computer)
{
  Way *other = &computer->ways[!computer->faster];

  if (computer->n_ways == 1 || gst_gbp_target_count_images (&computer->target) > 1
      || computer->until_trial-- > 0)
    return computer->faster;
  if (!other->is_aimed)
    other->is_aimed = gbp_explanation_set_target (other->explanation, &computer->target, NULL);
  computer->until_trial = FEWEST_BETWEEN_TRIALS;
  return other->is_aimed ? !computer->faster : computer->faster;
}

/* The slower the other way was, the later it is tried again: trials take some percent of the time at most. */
static void
judge_ways (Computer *computer)
{
  GstClockTime time = computer->ways[computer->faster].time;
  GstClockTime other = computer->ways[!computer->faster].time;

  if (other < time)
    computer->faster = !computer->faster;
  else
    computer->until_trial += (guint) MIN (32 * (other - time) / MAX (time, 1), 1000);
}

static void
compute_way (gpointer data, const guint8 *rgb, gsize stride, float *gradient, guint64 seed,
    const GstGbpGuide *guide, GstGbpFound *found)
{
  Computer *computer = data;
  guint chosen = choose_way (computer);
  Way *way = &computer->ways[chosen];
  GstClockTime began = gst_util_get_timestamp (), spent;
  GbpResult result;

  gbp_explanation_set_seed (way->explanation, seed);
  gbp_explanation_set_class_chooser (way->explanation, guide->begun, guide->choose, guide->data);
  gbp_explanation_set_stop_function (way->explanation, guide->is_stopped, guide->data);
  gbp_explanation_compute (way->explanation, rgb, stride, gradient, &result);
  gst_gbp_found_take (found, way->explanation, &result);
  spent = MAX (gst_util_get_timestamp () - began - *guide->waited, 1);
  if (way->time == 0 || chosen != computer->faster)
    way->time = spent;
  way->time = (way->time * (SHARE - 1) + spent) / SHARE;
  if (chosen != computer->faster)
    judge_ways (computer);
}

static void
get_input_size (gpointer network, guint *height, guint *width)
{
  gbp_network_get_input_size (network, height, width);
}

static guint
count_cpus (gpointer network)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);

  return explanation != NULL ? gbp_explanation_get_threads (explanation) : 1;
}

const GstGbpComputing gst_gbp_computing = {
    count_cpus, open_computer, aim_computer, compute_way, close_computer, get_input_size};

/* Of many images as many as are computed at once: they take their share of the time. */
static GbpTarget
reduce_images (const GbpTarget *target, guint threads)
{
  GbpTarget reduced = *target;

  if (target->samples > 1) {
    reduced.samples = MIN (target->samples, threads);
    reduced.steps = 1;
  } else if (target->steps != 1)
    reduced.steps = MIN (gst_gbp_target_count_images (target), threads);
  return reduced;
}

GstClockTime
gst_gbp_computing_measure (GbpNetwork *network, guint threads, const GbpTarget *target)
{
  GstGbpWorkers *workers = gst_gbp_workers_new (1, threads, 1, &gst_gbp_computing, network, NULL);
  GbpTarget reduced = reduce_images (target, threads);
  g_autoptr (GstGbpSharedTarget) shared = gst_gbp_shared_target_new (&reduced, 1);
  GstClockTime spent = 0;

  if (workers == NULL)
    return 0;
  if (!gst_gbp_workers_measure (workers, shared, &spent, NULL))
    spent = 0;
  gst_gbp_workers_free (workers);
  return gst_util_uint64_scale_int (spent, (gint) gst_gbp_target_count_images (target),
      (gint) gst_gbp_target_count_images (&reduced));
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
