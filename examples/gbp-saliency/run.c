/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run.h"

#include <gio/gio.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>

/* For how many seconds nothing may happen when the streams are to end. */
#define PATIENCE 10

typedef struct {
  GMainLoop *loop;
  Pipeline *pipeline;
  Progress *progress;
  Signals *signals;
  const char *input;
  const char *written;
  gboolean first_frame_only;
  guint n_steps;  /* how far it was a second ago */
  guint n_idle;   /* for how many seconds it has not come further */
  guint n_stuck;  /* for how many seconds decoding has been stuck */
  char *left_out; /* what GStreamer lacks to decode all of INPUT; NULL if nothing */
  GError *error;
} Run;

static void
fail (Run *run, GError *error)
{
  if (run->error == NULL)
    run->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (run->loop);
}

/* The first Ctrl-C ends the streams, the second one ends the run. */
static void
interrupt (gpointer data)
{
  Run *run = data;

  if (run->signals->n_taken == 1 && pipeline_finish (run->pipeline)) {
    progress_say (run->progress, "finishing the file; once more to stop at once");
    return;
  }
  fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped; nothing is written"));
}

static gboolean
show_progress (gpointer data)
{
  Run *run = data;
  Status status;

  pipeline_get_status (run->pipeline, &status);
  progress_update (run->progress, &status);
  return G_SOURCE_CONTINUE;
}

static gboolean
watch_input (gpointer data)
{
  Run *run = data;

  run->n_stuck = pipeline_is_stuck (run->pipeline) ? run->n_stuck + 1 : 0;
  if (run->n_stuck == 2)
    fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "cannot decode %s: there is no video and no picture in it", run->input));
  return G_SOURCE_CONTINUE;
}

/* After Ctrl-C, sees to it that the end comes. */
static gboolean
watch_end (gpointer data)
{
  Run *run = data;
  Status status;

  pipeline_get_status (run->pipeline, &status);
  run->n_idle = run->signals->number != 0 && status.n_steps == run->n_steps ? run->n_idle + 1 : 0;
  run->n_steps = status.n_steps;
  if (run->n_idle == PATIENCE)
    fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "stopped; %s could not be finished: nothing has moved for %d seconds",
                   run->written, PATIENCE));
  return G_SOURCE_CONTINUE;
}

/* A sentence that names a file, and GStreamer's text for what was wrong with it, without the full stop. */
static void
fail_at (Run *run, const char *what, const char *file, const char *text)
{
  fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "cannot %s %s: %.*s", what, file,
                 (int) strlen (text) - g_str_has_suffix (text, "."), text));
}

/* Why a sink cannot write: its message names the part, but the system's reason ends the debug text's last
 * line. */
static const char *
find_reason (const GError *error, const char *debug)
{
  const char *line = debug != NULL ? strrchr (debug, '\n') : NULL;
  const char *colon = line != NULL ? g_strrstr (line, ": ") : NULL;

  if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT))
    return "there is no space left";
  return colon != NULL ? colon + strlen (": ") : "writing failed";
}

static void
take_error (Run *run, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;
  gboolean is_internal;

  gst_message_parse_error (message, &error, &debug);
  is_internal = g_str_has_prefix (error->message, "Internal data stream error");
  if (pipeline_is_output (run->pipeline, GST_MESSAGE_SRC (message)))
    fail_at (run, "write", run->written, find_reason (error, debug));
  else if (pipeline_is_input (run->pipeline, GST_MESSAGE_SRC (message)))
    fail_at (run, "decode", run->input,
        run->left_out != NULL ? run->left_out
        : is_internal         ? "reading it failed"
                              : error->message);
  else if (is_internal)
    fail_at (run, "write", run->written, "its format does not take these pictures");
  else
    fail (run, g_steal_pointer (&error));
}

static void
take_missing_plugin (Run *run, GstMessage *message)
{
  g_autofree char *description = gst_missing_plugin_message_get_description (message);

  if (run->left_out == NULL)
    run->left_out = g_strdup_printf ("GStreamer has no %s", description);
}

static gboolean
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Run *run = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      take_error (run, message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (run->loop);
      break;
    case GST_MESSAGE_APPLICATION:
      if (gst_message_has_name (message, "first-frame") && run->first_frame_only)
        pipeline_finish (run->pipeline);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_is_missing_plugin_message (message))
        take_missing_plugin (run, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* Ends the main loop at EOS, an error or the second signal. */
static void
run_loop (Run *run)
{
  GstElement *element = pipeline_get_element (run->pipeline);
  g_autoptr (GstBus) bus = gst_element_get_bus (element);
  guint sources[] = {
      gst_bus_add_watch (bus, take_message, run),
      g_timeout_add ((guint) (1000 * progress_get_interval (run->progress)), show_progress, run),
      g_timeout_add_seconds (1, watch_input, run),
      g_timeout_add_seconds (1, watch_end, run),
  };

  run->signals->handler = interrupt;
  run->signals->data = run;
  gst_element_set_state (element, GST_STATE_PLAYING);
  g_main_loop_run (run->loop);
  progress_hide_bar (run->progress);
  if (run->error == NULL)
    gst_element_set_state (element, GST_STATE_NULL);
  run->signals->handler = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

RunResult
run_pipeline (Pipeline *pipeline, Progress *progress, Signals *signals, const char *input,
    const char *written, gboolean first_frame_only, GError **error)
{
  Run run = {.loop = g_main_loop_new (NULL, FALSE),
      .pipeline = pipeline,
      .progress = progress,
      .signals = signals,
      .input = input,
      .written = written,
      .first_frame_only = first_frame_only};
  Status status;

  run_loop (&run);
  g_main_loop_unref (run.loop);
  pipeline_get_status (pipeline, &status);
  if (run.left_out != NULL && status.n_frames > 0)
    progress_say (progress, "a part of %s is left out: %s", input, run.left_out);
  g_free (run.left_out);
  if (run.error == NULL && status.n_frames == 0)
    run.error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s holds no frame", input);
  if (run.error != NULL) {
    g_propagate_error (error, run.error);
    return RUN_FAILED;
  }
  return signals->number != 0 ? RUN_INTERRUPTED : RUN_DONE;
}
