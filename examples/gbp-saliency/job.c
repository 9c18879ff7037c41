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
  files->output.is_exact = job->is_exact;
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

/* Removes what is not whole. */
static void
files_discard (gpointer data)
{
  Files *files = data;

  output_discard (&files->output);
  part_file_discard (&files->npy);
  part_file_discard (&files->channels.table.file);
  part_file_discard (&files->scores.table.file);
}

static const char *
get_written (const Job *job)
{
  const char *name = job->output != NULL ? job->output : job->raw != NULL ? job->raw : job->scores;

  return g_str_equal (name, "-") ? "standard output" : name;
}

/* What is asked for as if it were of a still picture that is shown for a time.
 * @is_single: whether OUTPUT is a picture */
static void
drop_duration (Plan *plan, const Input *input, gboolean is_single, Progress *progress)
{
  gboolean are_several = input->pictures != NULL && input->pictures->len > 1;

  if (plan->seconds <= 0 || !(is_single || are_several))
    return;
  plan->seconds = 0;
  progress_say (
      progress, is_single ? "--duration is left out: what is written is a picture"
                          : "--duration is left out: it is of one picture, and these are several");
}

/* Opens the files, runs the pipeline and keeps what it wrote.
 * @plan: all but what there are files for
 * @pipeline: (out): is to be freed before @files, and where this fails after those are discarded */
static RunResult
open_and_run (const Job *job, const JobContext *context, Files *files, Plan *plan,
    Pipeline **pipeline, GError **error)
{
  const char *written = get_written (job);
  RunTables tables = {&files->channels, &files->scores};
  RunResult result;
  gboolean is_single;
  Status status;

  if (!files_open (files, job, context->settings->options, error))
    return RUN_FAILED;
  plan->output = job->output != NULL ? &files->output : NULL;
  plan->raw = files->raw;
  is_single = plan->raw == NULL && plan->output != NULL && output_is_single_picture (plan->output);
  drop_duration (plan, &files->input, is_single, context->progress);
  *pipeline = pipeline_new (plan, error);
  if (*pipeline == NULL)
    return RUN_FAILED;
  files->scores.is_silent = !settings_tell_scores (context->settings);
  result = run_pipeline (*pipeline, context->progress, context->signals, &tables, files->input.name,
      written, is_single, error);
  if (result == RUN_FAILED || !files_keep (files, job, result == RUN_CUT ? NULL : error))
    return RUN_FAILED;
  pipeline_get_status (*pipeline, &status);
  progress_summarise (context->progress, &status, written, job->output != NULL ? job->raw : NULL);
  return result;
}

RunResult
job_run (const Job *job, const JobContext *context, GError **error)
{
  const Settings *settings = context->settings;
  g_auto (Files) files = FILES_INIT;
  g_autoptr (GstElement) saliency = settings_make_saliency (settings, job->threads);
  Plan plan = {.input = &files.input,
      .saliency = saliency,
      .takes_sound = !settings->options->no_sound,
      .shows_frames = settings_show_frames (settings),
      .has_caption = settings->options->caption,
      .seconds = settings->options->duration};
  g_autoptr (Pipeline) pipeline = NULL;
  SignalUser user = {files_discard, &files};
  RunResult result;

  if (!input_init (&files.input, job->input, error))
    return RUN_FAILED;
  signals_take (context->signals, &user);
  result = open_and_run (job, context, &files, &plan, &pipeline, error);
  if (result == RUN_FAILED) {
    files_discard (&files);
    signals_release (context->signals, &user); /* should stopping the pipeline take too long */
  } else {
    signals_finish (context->signals, &user);
  }
  return result;
}
