/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run.h"

#include "note.h"
#include "parts.h"
#include "watchdog.h"
#include "whole.h"

#include <gio/gio.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>

/* What streams may be shorter than their file says, in nanoseconds: the rounding of some that write files. */
#define ROUNDING (400 * GST_MSECOND)

/* @missing: what GStreamer lacks to decode all of INPUT; NULL if nothing
 * @cut: why INPUT ended early; NULL if it did not
 * @is_ending: whether the streams were told to end */
typedef struct {
  GMainContext *context;
  GMainLoop *loop;
  Pipeline *pipeline;
  Progress *progress;
  Signals *signals;
  const RunTables *tables;
  const char *input;
  const char *written;
  gboolean first_frame_only;
  Watchdog watchdog;
  guint n_interrupts;
  char *missing;
  char *cut;
  gboolean is_ending;
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

static gboolean
finish (Run *run)
{
  run->is_ending = pipeline_finish (run->pipeline);
  return run->is_ending;
}

/* The first Ctrl-C ends the streams, the second one ends the run. */
static void
interrupt (gpointer data)
{
  Run *run = data;

  if (run->n_interrupts++ == 0 && finish (run))
    progress_answer (run->progress, "finishing the file; once more to stop at once");
  else
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

/* GStreamer's text without the full stop. */
static char *
as_clause (const char *text)
{
  return g_strndup (text, strlen (text) - g_str_has_suffix (text, "."));
}

/* INPUT cannot be decoded any further: what came until here is finished, if anything came. Once the streams are told to
 * end, nothing more is wanted of it.
 * @sentence: (transfer full): what is wrong */
static void
end_early (Run *run, char *sentence)
{
  Status status;

  pipeline_get_status (run->pipeline, &status);
  if (!run->is_ending && status.n_frames > 0 && finish (run))
    run->cut = g_steal_pointer (&sentence);
  else if (!run->is_ending)
    fail (run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, sentence));
  g_free (sentence);
}

static void
end_still_run (Run *run, guint n_seconds)
{
  if (run->is_ending)
    fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "stopped; %s could not be finished: nothing has moved for %u seconds",
                   run->written, n_seconds));
  else
    end_early (run, g_strdup_printf ("cannot decode %s: nothing has moved for %u seconds",
                        run->input, n_seconds));
}

static gboolean
ask_watchdog (gpointer data)
{
  Run *run = data;
  Status status;
  guint n_seconds;

  pipeline_get_status (run->pipeline, &status);
  n_seconds = watchdog_ask (&run->watchdog, status.n_steps, status.is_waiting, run->is_ending);
  if (n_seconds > 0) {
    run->watchdog = (Watchdog){0};
    end_still_run (run, n_seconds);
  }
  return G_SOURCE_CONTINUE;
}

/* Where only a stream's flow is broken. */
static gboolean
is_flow (const GError *error)
{
  return g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
}

/* Whether INPUT was not read. Sources of the network, souphttpsrc before all, do not always say more than that they
 * stop. */
static gboolean
is_unread (const Run *run, GstObject *source, const GError *error)
{
  gboolean is_remote =
      strstr (run->input, "://") != NULL && !g_str_has_prefix (run->input, "file:");

  return error->domain == GST_RESOURCE_ERROR
         || (is_remote && is_flow (error)
             && GST_OBJECT_FLAG_IS_SET (source, GST_ELEMENT_FLAG_SOURCE));
}

/* What is wrong with INPUT, in the words of the element that has it, where these say it. */
static char *
describe_input (const Run *run, GstObject *source, const GError *error)
{
  gboolean is_read = !is_unread (run, source, error);
  g_autofree char *words = as_clause (error->message);
  const char *reason = words;

  if (run->missing != NULL)
    reason = run->missing;
  else if (is_flow (error))
    reason = is_read ? "it is damaged, or of a kind that is not known"
                     : "no connection could be made, or it broke";
  return g_strdup_printf ("cannot %s %s: %s", is_read ? "decode" : "read", run->input, reason);
}

static void
take_error (Run *run, GstMessage *message)
{
  GstObject *source = GST_MESSAGE_SRC (message);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  if (pipeline_is_output (run->pipeline, source))
    fail (run, g_steal_pointer (&error));
  else if (pipeline_is_decoder (run->pipeline, source))
    end_early (run, describe_input (run, source, error));
  else if (pipeline_is_pictures (run->pipeline, source))
    end_early (run, g_strdup (error->message));
  else if (is_flow (error))
    fail (run, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                   "cannot write %s: its format does not take these pictures", run->written));
  else
    fail (run, g_steal_pointer (&error));
}

/* Of those that read INPUT and of the network. That others cannot agree is an error's part. */
static void
take_warning (Run *run, GstMessage *message)
{
  g_autoptr (GError) warning = NULL;
  g_autofree char *text = NULL;

  gst_message_parse_warning (message, &warning, NULL);
  text = as_clause (warning->message);
  if (pipeline_is_decoder (run->pipeline, GST_MESSAGE_SRC (message))) {
    if (run->missing == NULL)
      progress_say (run->progress, "%s: %s", run->input, text);
  } else if (warning->domain == GST_LIBRARY_ERROR) {
    progress_say (run->progress, "%s", text);
  }
}

static void
take_missing_plugin (Run *run, GstMessage *message)
{
  g_autofree char *description = gst_missing_plugin_message_get_description (message);

  if (run->missing == NULL)
    run->missing = g_strdup_printf ("GStreamer has no %s; " PARTS_PACKAGES, description);
}

static void
take_application (Run *run, GstMessage *message)
{
  const char *note = note_get_text (message);

  if (note != NULL)
    progress_say (run->progress, "%s", note);
  else if (gst_message_has_name (message, "first-frame") && run->first_frame_only
           && !run->is_ending)
    finish (run);
}

static gboolean
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Run *run = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      take_error (run, message);
      break;
    case GST_MESSAGE_WARNING:
      take_warning (run, message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (run->loop);
      break;
    case GST_MESSAGE_APPLICATION:
      take_application (run, message);
      break;
    case GST_MESSAGE_ELEMENT:
      channels_take (run->tables->channels, message, run->progress);
      scores_take (run->tables->scores, message, run->progress);
      if (gst_is_missing_plugin_message (message))
        take_missing_plugin (run, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
call_each (Run *run, double seconds, GSourceFunc function)
{
  g_autoptr (GSource) source = g_timeout_source_new ((guint) (1000 * seconds));

  g_source_set_callback (source, function, run, NULL);
  g_source_attach (source, run->context);
}

/* Ends the main loop at EOS, an error or the second signal. */
static void
run_loop (Run *run)
{
  GstElement *element = pipeline_get_element (run->pipeline);
  g_autoptr (GstBus) bus = gst_element_get_bus (element);
  SignalListener listener = {.context = run->context, .function = interrupt, .data = run};

  gst_bus_add_watch (bus, take_message, run);
  call_each (run, progress_get_interval (run->progress), show_progress);
  call_each (run, 1, ask_watchdog);
  signals_listen (run->signals, &listener);
  gst_element_set_state (element, GST_STATE_PLAYING);
  g_main_loop_run (run->loop);
  progress_hide_bar (run->progress);
  if (run->error == NULL)
    gst_element_set_state (element, GST_STATE_NULL);
  signals_leave (run->signals, &listener);
  gst_bus_remove_watch (bus);
}

/* Whether all that came out of INPUT is less than what it says to hold. */
static gboolean
is_short (const Status *status)
{
  return GST_CLOCK_TIME_IS_VALID (status->end) && GST_CLOCK_TIME_IS_VALID (status->duration)
         && status->end + ROUNDING < status->duration;
}

/* What became of the run that has ended without an error of its own. */
static RunResult
conclude (Run *run, GError **error)
{
  Status status;
  gboolean is_stopped = signals_get_number (run->signals) != 0;
  gboolean ended_by_itself = !run->is_ending && !is_stopped;

  pipeline_get_status (run->pipeline, &status);
  if (run->missing != NULL && status.n_frames > 0)
    progress_say (run->progress, "a part of %s is left out: %s", run->input, run->missing);
  if (status.n_frames == 0 && run->n_interrupts > 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped; nothing is written");
  else if (status.n_frames == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s holds no frame", run->input);
  if (status.n_frames == 0)
    return RUN_FAILED;
  if (run->cut != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
        "%s; %s has the %u frames until there", run->cut, run->written, status.n_frames);
  else if (ended_by_itself && is_short (&status))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
        "%s ends early: it has %.2f of its %.2f seconds; %s has the %u frames until there",
        run->input, (double) status.end / GST_SECOND, (double) status.duration / GST_SECOND,
        run->written, status.n_frames);
  else if (!is_stopped && (status.is_broken || !whole_is_picture (run->input)))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
        "%s breaks off before its picture ends; %s has what there is of it", run->input,
        run->written);
  else
    return is_stopped ? RUN_INTERRUPTED : RUN_DONE;
  return RUN_CUT;
}

RunResult
run_pipeline (Pipeline *pipeline, Progress *progress, Signals *signals, const RunTables *tables,
    const char *input, const char *written, gboolean first_frame_only, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Run run = {.context = context,
      .loop = g_main_loop_new (context, FALSE),
      .pipeline = pipeline,
      .progress = progress,
      .signals = signals,
      .tables = tables,
      .input = input,
      .written = written,
      .first_frame_only = first_frame_only};
  RunResult result = RUN_FAILED;

  g_main_context_push_thread_default (context);
  run_loop (&run);
  g_main_context_pop_thread_default (context);
  g_main_loop_unref (run.loop);
  if (run.error != NULL)
    g_propagate_error (error, run.error);
  else
    result = conclude (&run, error);
  g_free (run.missing);
  g_free (run.cut);
  return result;
}
