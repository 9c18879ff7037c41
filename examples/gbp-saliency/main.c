/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input.h"
#include "run.h"
#include "settings.h"

#include <locale.h>
#include <stdio.h>

/* Job: what the options ask for, opened */
typedef struct {
  Signals signals;
  Settings settings;
  Output output;
  PartFile raw_file;
  Raw *raw;
  Progress progress;
  char *introduction;
} Job;

#define JOB_INIT                                                                                   \
  {                                                                                                \
    .output = OUTPUT_INIT                                                                          \
  }

static void
job_clear (Job *job)
{
  if (job->raw != NULL)
    raw_close (job->raw, NULL);
  settings_clear (&job->settings);
  output_clear (&job->output);
  part_file_clear (&job->raw_file);
  g_free (job->introduction);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
list_layers (const Options *options, GError **error)
{
  g_auto (Settings) settings;

  if (!settings_init (&settings, options, error))
    return FALSE;
  for (const char *const *layer = gbp_network_get_layer_names (settings.network); *layer; layer++) {
    guint height, width, channels;
    gbp_network_get_layer_shape (settings.network, *layer, &height, &width, &channels, NULL);
    printf ("%-13s %u x %u x %u\n", *layer, height, width, channels);
  }
  return TRUE;
}

static gboolean
list_classes (const Options *options, GError **error)
{
  g_auto (Settings) settings;
  const char *const *names;

  if (!settings_init (&settings, options, error))
    return FALSE;
  names = gbp_network_get_class_names (settings.network);
  if (names == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "the network's file does not name its classes: %s",
        gbp_network_get_description (settings.network));
    return FALSE;
  }
  for (guint i = 0; names[i] != NULL; i++)
    printf ("%3u  %s\n", i, names[i]);
  return TRUE;
}

static gboolean
open_raw (Job *job, const Options *options, GError **error)
{
  if (!part_file_init (&job->raw_file, options->raw, options->input, error))
    return FALSE;
  if (options->output != NULL && part_file_is_same (options->raw, options->output)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the raw gradients and OUTPUT cannot both be %s", options->raw);
    return FALSE;
  }
  job->raw = raw_new (&job->settings, (guint) options->threads, &job->raw_file, error);
  return job->raw != NULL;
}

/* All that can be wrong with the options is found here, before anything is written. Until then, in which large
 * weights may be read, signals end the tool as they end any. */
static gboolean
open_job (Job *job, const Options *options, GError **error)
{
  if (!settings_init (&job->settings, options, error)
      || !settings_check_target (&job->settings, error))
    return FALSE;
  signals_take (&job->signals);
  if (options->output != NULL
      && !output_init (&job->output, options->output, options->input, error))
    return FALSE;
  return options->raw == NULL || open_raw (job, options, error);
}

static gboolean
keep_files (Job *job, const Options *options, GError **error)
{
  if (options->output != NULL && !output_commit (&job->output, error))
    return FALSE;
  return options->raw == NULL
         || (raw_close (g_steal_pointer (&job->raw), error)
             && part_file_commit (&job->raw_file, error));
}

/* Removes what is not whole. After that a signal may end the tool, should stopping the pipeline take too long. */
static void
discard_files (Job *job)
{
  output_discard (&job->output);
  part_file_discard (&job->raw_file);
  signals_release (&job->signals);
}

/* Says which network runs. */
static void
introduce (Job *job)
{
  GbpNetwork *network = job->settings.network;

  job->introduction = g_strdup_printf ("network: %s\n%s", gbp_network_get_description (network),
      gbp_network_is_trained (network)
          ? ""
          : "note: an untrained network gives crisp pictures too, but they show nothing learnt\n");
  progress_introduce (&job->progress, job->introduction);
}

static gboolean
process (Job *job, const Options *options, GError **error)
{
  Output *output = options->output != NULL ? &job->output : NULL;
  g_autofree char *uri = input_get_uri (options->input, error);
  g_autoptr (Pipeline) pipeline = NULL;
  const char *written = output != NULL ? options->output : options->raw;
  gboolean first_frame_only;
  RunResult result;
  Status status;

  if (uri == NULL || !open_job (job, options, error))
    return FALSE;
  pipeline = pipeline_new (uri, job->settings.saliency, output, job->raw, error);
  if (pipeline == NULL)
    return FALSE;
  introduce (job);
  first_frame_only = job->raw == NULL && output_is_single_picture (output);
  result = run_pipeline (
      pipeline, &job->progress, &job->signals, options->input, written, first_frame_only, error);
  if (result == RUN_FAILED || !keep_files (job, options, error)) {
    discard_files (job);
    return FALSE;
  }
  pipeline_get_status (pipeline, &status);
  progress_summarise (&job->progress, &status, written, output != NULL ? options->raw : NULL);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_auto (Options) options;
  g_auto (Job) job = JOB_INIT;
  g_autoptr (GError) error = NULL;
  gboolean done;

  setlocale (LC_ALL, "");
  done = options_parse (&options, argc, argv, &error);
  progress_init (&job.progress, options.quiet);
  if (done && options.version)
    printf ("gbp-saliency %s\n", VERSION);
  else if (done && options.list_layers)
    done = list_layers (&options, &error);
  else if (done && options.list_classes)
    done = list_classes (&options, &error);
  else if (done)
    done = process (&job, &options, &error);
  if (!done)
    fprintf (stderr, "gbp-saliency: %s\n", error->message);
  if (job.signals.number != 0)
    return 128 + job.signals.number;
  return done ? 0 : 1;
}
