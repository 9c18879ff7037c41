/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lanes.h"

#include <glib/gstdio.h>
#include <string.h>

/* A picture's frames, in all the forms that they take on the way, are about so many times as large as its file. */
#define TIMES_FILE 40

/* @is_small: by number, whether a job is one picture
 * @picture_threads: for each picture where several are done at once; 0 where they are not
 * @next: the number of the job that is begun next
 * @n_running: jobs that have begun and not ended
 * @has_all: whether the one that runs is no picture
 * @worst: the exit status until now */
typedef struct {
  const GArray *jobs;
  const gboolean *is_small;
  const Settings *settings;
  Signals *signals;
  Voices *voices;
  GMainLoop *loop;
  guint picture_threads;
  guint64 job_size;

  GMutex lock; /* guards what follows */
  GCond ended;
  guint n_lanes;
  guint next;
  guint n_running;
  gboolean has_all;
  int worst;
} Lanes;

/* What values of all layers take, both ways, in bytes. */
static guint64
estimate_size (GbpNetwork *network)
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

/* In bytes; where the system does not say it, more than enough. */
static guint64
find_free_memory (void)
{
  static const char name[] = "MemAvailable:";
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL)
      || (line = strstr (text, name)) == NULL)
    return G_MAXUINT64;
  return g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024;
}

/* Whether there is memory for the next job beside those that run. */
static gboolean
has_memory (const Lanes *lanes)
{
  const Job *job = &g_array_index (lanes->jobs, Job, lanes->next);
  guint64 size = lanes->job_size;
  GStatBuf file;

  if (g_stat (job->input, &file) == 0)
    size += TIMES_FILE * (guint64) file.st_size;
  return find_free_memory () / 2 >= size;
}

static gboolean
may_begin (const Lanes *lanes)
{
  if (lanes->n_running == 0)
    return TRUE;
  return !lanes->has_all && lanes->is_small[lanes->next] && has_memory (lanes);
}

/* Waits until another job may begin.
 * @number: (out): the job's
 * Returns: FALSE if there is none any more, or a signal has come */
static gboolean
begin_job (Lanes *lanes, guint *number)
{
  gboolean is_there;

  g_mutex_lock (&lanes->lock);
  while ((is_there = lanes->next < lanes->jobs->len && signals_get_number (lanes->signals) == 0)
         && !may_begin (lanes))
    g_cond_wait (&lanes->ended, &lanes->lock);
  if (is_there) {
    *number = lanes->next++;
    lanes->n_running++;
    lanes->has_all = !lanes->is_small[*number];
  }
  g_mutex_unlock (&lanes->lock);
  return is_there;
}

static void
end_job (Lanes *lanes, int status)
{
  g_mutex_lock (&lanes->lock);
  lanes->n_running--;
  if (lanes->worst != 1 && status != 0)
    lanes->worst = status;
  g_cond_broadcast (&lanes->ended);
  g_mutex_unlock (&lanes->lock);
}

static int
run_job (Lanes *lanes, guint number)
{
  Job job = g_array_index (lanes->jobs, Job, number);
  g_autoptr (GError) error = NULL;
  Progress progress;
  JobContext context = {lanes->settings, lanes->signals, &progress};
  RunResult result;

  job.threads = lanes->is_small[number] ? lanes->picture_threads : 0;
  progress_init (&progress, lanes->voices, number, lanes->settings->options->quiet);
  result = job_run (&job, &context, &error);
  if (error != NULL)
    progress_complain (&progress, error->message);
  voices_end (lanes->voices, number);
  return result == RUN_FAILED ? 1 : result == RUN_CUT ? LANES_CUT : 0;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_lane (gpointer data)
{
  Lanes *lanes = data;
  guint number;

  while (begin_job (lanes, &number))
    end_job (lanes, run_job (lanes, number));
  g_mutex_lock (&lanes->lock);
  if (--lanes->n_lanes == 0)
    g_idle_add (quit, lanes->loop);
  g_mutex_unlock (&lanes->lock);
  return NULL;
}

/* As many as the user lets compute, else as the process may use. */
static guint
count_threads (const Settings *settings)
{
  g_autoptr (GbpExplanation) explanation =
      gbp_explanation_new (settings->network, (guint) settings->options->threads);

  return explanation != NULL ? gbp_explanation_get_threads (explanation) : 1;
}

static guint
choose_lanes (Lanes *lanes)
{
  guint n_threads = count_threads (lanes->settings), n_small = 0, n_lanes;

  for (guint i = 0; i < lanes->jobs->len; i++)
    n_small += lanes->is_small[i] != FALSE;
  n_lanes = CLAMP (n_small, 1, n_threads);
  if (n_lanes > 1)
    lanes->picture_threads = n_threads / n_lanes;
  return n_lanes;
}

/* One thread is enough, if there are no more. */
static void
run_lanes (Lanes *lanes, guint n_lanes)
{
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  lanes->n_lanes = n_lanes;
  while (threads->len < n_lanes && error == NULL) {
    GThread *thread = g_thread_try_new ("lane", run_lane, lanes, &error);

    if (thread != NULL)
      g_ptr_array_add (threads, thread);
  }
  g_mutex_lock (&lanes->lock);
  lanes->n_lanes -= n_lanes - threads->len;
  if (lanes->n_lanes == 0)
    g_idle_add (quit, lanes->loop);
  g_mutex_unlock (&lanes->lock);
  g_main_loop_run (lanes->loop);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (threads->pdata[i]);
  if (threads->len > 0)
    return;
  voices_print_error (error->message);
  lanes->worst = 1;
}

int
lanes_run (const GArray *jobs, const Settings *settings, Signals *signals)
{
  g_autofree gboolean *is_small = g_new0 (gboolean, jobs->len);
  g_autofree char *introduction = settings_describe (settings);
  g_autoptr (Voices) voices = voices_new (jobs->len, introduction);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Lanes lanes = {.jobs = jobs,
      .is_small = is_small,
      .settings = settings,
      .signals = signals,
      .voices = voices,
      .loop = loop,
      .job_size = estimate_size (settings->network)};

  for (guint i = 0; i < jobs->len; i++)
    is_small[i] = input_is_picture (g_array_index (jobs, Job, i).input);
  g_mutex_init (&lanes.lock);
  g_cond_init (&lanes.ended);
  run_lanes (&lanes, choose_lanes (&lanes));
  g_cond_clear (&lanes.ended);
  g_mutex_clear (&lanes.lock);
  return lanes.worst;
}
