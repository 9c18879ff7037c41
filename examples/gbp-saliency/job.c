/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job.h"

#include <gio/gio.h>

/* Files: what a job reads and writes, opened
 * @npy: the file of @raw, which is NULL where there is none */
typedef struct {
  Input input;
  Output output;
  PartFile npy;
  Raw *raw;
  Channels channels;
  Scores scores;
} Files;

#define FILES_INIT                                                                                 \
  {                                                                                                \
    .input = {.descriptor = -1}, .output = OUTPUT_INIT, .scores = SCORES_INIT                      \
  }

static void
files_clear (Files *files)
{
  if (files->raw != NULL)
    raw_close (files->raw, NULL);
  output_clear (&files->output);
  part_file_clear (&files->npy);
  table_clear (&files->channels.table);
  table_clear (&files->scores.table);
  input_clear (&files->input);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

static gboolean
check_names (const Job *job, GError **error)
{
  const char *names[] = {job->output, job->raw, job->csv, job->scores};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint j = 0; j < i; j++)
      if (names[i] != NULL && names[j] != NULL && part_file_is_same (names[i], names[j])) {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            "two of the files to write cannot both be %s", names[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
open_raw (Files *files, const char *path, gboolean force, GError **error)
{
  if (!part_file_init (&files->npy, path, &files->input, force, error))
    return FALSE;
  files->raw = raw_new (&files->npy, error);
  return files->raw != NULL;
}

/* All that can be wrong with the names is found here, before anything is written. */
static gboolean
files_open (Files *files, const Job *job, const Options *options, GError **error)
{
  gboolean force = options->force;

  if (!check_names (job, error))
    return FALSE;
  if (job->output != NULL
      && !output_init (&files->output, job->output, options->format, &files->input, force, error))
    return FALSE;
  if (job->csv != NULL && !channels_open (&files->channels, job->csv, &files->input, force, error))
    return FALSE;
  if (job->scores != NULL
      && !scores_open (&files->scores, job->scores, &files->input, force, error))
    return FALSE;
  return job->raw == NULL || open_raw (files, job->raw, force, error);
}

static gboolean
files_keep (Files *files, const Job *job, GError **error)
{
  if (job->output != NULL && !output_commit (&files->output, error))
    return FALSE;
  if (!table_commit (&files->channels.table, error) || !table_commit (&files->scores.table, error))
    return FALSE;
  return job->raw == NULL
         || (raw_close (g_steal_pointer (&files->raw), error)
             && part_file_commit (&files->npy, error));
}

/* Removes what is not whole. After that a signal may end the tool, should stopping the pipeline take too long. */
static void
files_discard (Files *files, Signals *signals)
{
  output_discard (&files->output);
  part_file_discard (&files->npy);
  part_file_discard (&files->channels.table.file);
  part_file_discard (&files->scores.table.file);
  signals_release (signals);
}

static void
append_class (GString *text, const Settings *settings)
{
  const char *const *names = gbp_network_get_class_names (settings->network);
  int class_index = settings->target.class_index;

  g_string_append_printf (text, "class: %d%s%s\n", class_index, names != NULL ? ", " : "",
      names != NULL ? names[class_index] : "");
}

/* Says which network runs, and of which layer it is where nobody said it. */
static void
introduce (const Settings *settings, Progress *progress)
{
  GbpNetwork *network = settings->network;
  const GbpTarget usual = GBP_TARGET_INIT;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "network: %s\n", gbp_network_get_description (network));
  if (settings->options->layer == NULL && !g_str_equal (settings->target.layer, usual.layer))
    g_string_append_printf (text, "layer: %s, the last one with a map\n", settings->target.layer);
  if (settings->target.class_index >= 0)
    append_class (text, settings);
  if (!gbp_network_is_trained (network))
    g_string_append (text,
        "note: an untrained network gives crisp pictures too, but they show nothing learnt\n");
  if (gbp_network_get_notice (network) != NULL)
    g_string_append_printf (text, "note: %s\n", gbp_network_get_notice (network));
  progress_introduce (progress, text->str);
}

static const char *
get_written (const Job *job)
{
  const char *name = job->output != NULL ? job->output : job->raw != NULL ? job->raw : job->scores;

  return g_str_equal (name, "-") ? "standard output" : name;
}

RunResult
job_run (
    const Job *job, const Settings *settings, Progress *progress, Signals *signals, GError **error)
{
  const Options *options = settings->options;
  g_auto (Files) files = FILES_INIT;
  g_autoptr (GstElement) saliency = settings_make_saliency (settings);
  g_autoptr (Pipeline) pipeline = NULL;
  const char *written = get_written (job);
  RunResult result;
  Status status;
  RunTables tables = {&files.channels, &files.scores};
  Plan plan = {.input = &files.input,
      .saliency = saliency,
      .output = job->output != NULL ? &files.output : NULL,
      .takes_sound = !options->no_sound,
      .shows_frames = settings_show_frames (settings),
      .has_caption = options->caption,
      .seconds = options->duration};

  if (!input_init (&files.input, job->input, error))
    return RUN_FAILED;
  signals_take (signals);
  if (!files_open (&files, job, options, error))
    return RUN_FAILED;
  plan.raw = files.raw;
  pipeline = pipeline_new (&plan, error);
  if (pipeline == NULL)
    return RUN_FAILED;
  introduce (settings, progress);
  files.scores.is_silent = !settings_tell_scores (settings);
  result = run_pipeline (pipeline, progress, signals, &tables, files.input.name, written,
      files.raw == NULL && plan.output != NULL && output_is_single_picture (plan.output), error);
  if (result == RUN_FAILED || !files_keep (&files, job, result == RUN_CUT ? NULL : error)) {
    files_discard (&files, signals);
    return RUN_FAILED;
  }
  pipeline_get_status (pipeline, &status);
  progress_summarise (progress, &status, written, job->output != NULL ? job->raw : NULL);
  return result;
}
