/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in flight: how many a second with so many workers of so many threads, alone and beside a busy process on
 * each core; and live video into a sink with a clock: how many frames of all are shown. */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define SIZE        "video/x-raw,format=NV12,width=640,height=480,framerate=30/1"
#define MAX_BUSY    64
#define N_LIVE      120
#define LATEST_MS   20 /* that a frame may be late, as video sinks have it */
#define MAX_COLUMNS 10

/* What keeps cores busy meanwhile. */
typedef struct {
  pid_t processes[MAX_BUSY];
  guint n;
} Busy;

/* Ends by itself when this program does. */
static void
keep_busy (pid_t parent)
{
  volatile double sum = 0;

  while (getppid () == parent)
    for (guint i = 0; i < 10000000; i++)
      sum += i;
  _exit (0);
}

static void
busy_start (Busy *busy, guint n)
{
  pid_t parent = getpid ();

  for (busy->n = 0; busy->n < MIN (n, MAX_BUSY); busy->n++) {
    pid_t process = fork ();

    if (process < 0)
      g_error ("no process");
    if (process == 0)
      keep_busy (parent);
    busy->processes[busy->n] = process;
  }
}

static void
busy_stop (Busy *busy)
{
  for (guint i = 0; i < busy->n; i++) {
    kill (busy->processes[i], SIGKILL);
    waitpid (busy->processes[i], NULL, 0);
  }
}

/* @first, @last: seconds at which the frames went out */
typedef struct {
  guint n_warm_up;
  guint n_frames;
  double first;
  double last;
} Count;

static void
count_frame (GstElement *sink, GstBuffer *frame, GstPad *pad, Count *count)
{
  count->last = bench_now ();
  if (count->n_frames++ == count->n_warm_up)
    count->first = count->last;
}

/* Runs to the end. @recalculates: whether LATENCY messages are handled, as they should be */
static void
run_pipeline (GstElement *pipeline, gboolean recalculates)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gboolean has_ended = FALSE;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!has_ended) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_LATENCY);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      g_error ("the pipeline failed");
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY && recalculates)
      gst_bin_recalculate_latency (GST_BIN (pipeline));
    has_ended = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  }
}

static GstElement *
make_pipeline (const char *text, const char *weights, Count *count)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);
  g_autoptr (GstElement) saliency = NULL;
  g_autoptr (GstElement) sink = NULL;

  if (error != NULL)
    g_error ("%s", error->message);
  saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (saliency, "weights", weights, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_frame), count);
  return pipeline;
}

/* How a pipeline computes. @workers: 0: as the element chooses */
typedef struct {
  guint workers;
  guint threads;
} Column;

/* Frames a second. @computing: (out): seconds that one computation took */
static double
run_file (const Column *column, const char *weights, guint n_frames, double *computing)
{
  Count count = {.n_warm_up = 2 + column->threads};
  g_autofree char *text = g_strdup_printf (
      "videotestsrc pattern=ball num-buffers=%u ! " SIZE " ! gbpsaliency name=saliency blend=0.6 "
      "workers=%u threads=%u ! fakesink name=sink sync=false signal-handoffs=true",
      n_frames + count.n_warm_up + 1, column->workers, column->threads);
  g_autoptr (GstElement) pipeline = make_pipeline (text, weights, &count);
  g_autoptr (GstElement) saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  GstStructure *stats;
  guint64 mean = 0;

  run_pipeline (pipeline, TRUE);
  g_object_get (saliency, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "mean-time", &mean);
  gst_structure_free (stats);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  *computing = (double) mean / GST_SECOND;
  return (count.n_frames - count.n_warm_up - 1) / (count.last - count.first);
}

/* One worker of all threads, as many as there are threads with one each, what lies between, one thread alone, and the
 * element's own choice. */
static guint
list_columns (guint threads, Column *columns)
{
  guint n = 0;

  columns[n++] = (Column){1, 1};
  for (guint workers = 1; workers <= threads && n < MAX_COLUMNS - 1; workers *= 2)
    if (threads > 1)
      columns[n++] = (Column){workers, threads};
  columns[n++] = (Column){0, threads};
  return n;
}

static void
print_row (const char *what, const Column *columns, guint n_columns, BenchTimes *times,
    const BenchTimes *computing)
{
  double reference = 1 / bench_times_get (&times[n_columns > 2 ? 1 : 0], 0.5);

  printf ("%s\n", what);
  for (guint i = 0; i < n_columns; i++) {
    double pace = 1 / bench_times_get (&times[i], 0.5);

    if (columns[i].workers == 0)
      printf ("  workers=0, %u threads", columns[i].threads);
    else
      printf (
          "  %2u × %u threads     ", columns[i].workers, columns[i].threads / columns[i].workers);
    printf ("  %7.1f frames/s, %4.2f × one at a time; a computation takes %.1f ms\n", pace,
        pace / reference, 1e3 * bench_times_get (&computing[i], 0.5));
  }
  if (n_columns > 2) {
    double single = bench_times_get (&computing[0], 0.5),
           full = bench_times_get (&computing[1], 0.5);

    printf ("  %.0f %% of the time of %u threads that share a frame is not its computation\n",
        100 - 100 * single / (full * columns[1].threads), columns[1].threads);
  }
}

/* In turn, so that whatever else the machine does falls on all of them. */
static void
measure_files (const BenchOptions *options, const char *name, const char *weights, guint n_frames,
    guint n_busy)
{
  g_autofree char *what = g_strdup_printf ("%s, beside %u busy processes", name, n_busy);
  Column columns[MAX_COLUMNS];
  BenchTimes times[MAX_COLUMNS], computing[MAX_COLUMNS];
  guint n_columns = list_columns ((guint) options->threads, columns);
  Busy busy;

  for (guint i = 0; i < n_columns; i++) {
    bench_times_init (&times[i]);
    bench_times_init (&computing[i]);
  }
  busy_start (&busy, n_busy);
  for (int round = 0; round < options->rounds; round++)
    for (guint i = 0; i < n_columns; i++) {
      double seconds;

      bench_times_add (&times[i], 1 / run_file (&columns[i], weights, n_frames, &seconds));
      bench_times_add (&computing[i], seconds);
    }
  busy_stop (&busy);
  print_row (what, columns, n_columns, times, computing);
  for (guint i = 0; i < n_columns; i++) {
    bench_times_clear (&times[i]);
    bench_times_clear (&computing[i]);
  }
}

static void
measure_live (const char *weights, guint n_frames, gboolean recalculates, guint n_busy)
{
  Count count = {0};
  g_autofree char *text = g_strdup_printf (
      "videotestsrc is-live=true pattern=ball num-buffers=%u ! " SIZE
      " ! gbpsaliency name=saliency "
      "blend=0.6 ! fakesink name=sink sync=true qos=true max-lateness=%d signal-handoffs=true",
      n_frames, LATEST_MS * 1000000);
  g_autoptr (GstElement) pipeline = make_pipeline (text, weights, &count);
  g_autoptr (GstElement) saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  GstStructure *stats;
  guint64 computed = 0, mean = 0;
  Busy busy;

  busy_start (&busy, n_busy);
  run_pipeline (pipeline, recalculates);
  busy_stop (&busy);
  g_object_get (saliency, "stats", &stats, NULL);
  gst_structure_get (
      stats, "computed", G_TYPE_UINT64, &computed, "mean-time", G_TYPE_UINT64, &mean, NULL);
  gst_structure_free (stats);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  printf ("  live, 30 frames/s, LATENCY %s, %u busy: %u of %u frames shown; %" G_GUINT64_FORMAT
          " maps, %.0f ms each\n",
      recalculates ? "handled" : "ignored", n_busy, count.n_frames, n_frames, computed,
      (double) mean / GST_MSECOND);
}

static void
measure_network (const BenchOptions *options, const char *name, const char *weights, guint n_frames)
{
  guint n_live = options->quick ? 5 : N_LIVE;

  measure_files (options, name, weights, n_frames, 0);
  if (!options->quick)
    measure_files (options, name, weights, n_frames, (guint) options->threads);
  for (int round = 0; round < options->rounds; round++)
    for (guint i = 0; i < 4; i++)
      measure_live (weights, n_live, i % 2 == 0, i / 2);
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 3);

  gst_init (NULL, NULL);
  bench_print_machine ("frames in flight, 640×480 NV12", &options);
  measure_network (&options, "built-in network", NULL, options.quick ? 2 : 100);
  if (options.maker != NULL && !options.quick) {
    g_autofree char *directory = g_dir_make_tmp ("bench-XXXXXX", NULL);
    g_autofree char *weights = bench_write_vgg19 (options.maker, directory);

    measure_network (&options, "VGG19", weights, 24);
    g_unlink (weights);
    g_rmdir (directory);
  }
  return EXIT_SUCCESS;
}
