/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a stream takes of memory: how much more after very many frames than after the first ones, and with each worker
 * more beside what another explanation of the library takes. Each figure is of a process of its own. */
#include <gbp/gbp.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define STRIDE       (3 * BENCH_INPUT_SIZE)
#define MOST_GROWTH  1024 /* kB, in all frames */
#define N_COMPUTED   4    /* by each explanation */
#define MOST_WORKERS 4

/* Resident, in kB. */
static gint64
read_memory (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL)
      || (line = strstr (text, "VmRSS:")) == NULL)
    g_error ("this system does not tell what memory a process has");
  return g_ascii_strtoll (line + strlen ("VmRSS:"), NULL, 10);
}

/* Runs @measure in a child of this process, and returns what it returned. */
static gint64
measure_apart (gint64 (*measure) (gconstpointer data), gconstpointer data)
{
  gint64 result = 0;
  int ends[2], status;
  pid_t child;

  fflush (stdout);
  if (pipe (ends) != 0 || (child = fork ()) < 0)
    g_error ("no process");
  if (child == 0) {
    result = measure (data);
    _exit (write (ends[1], &result, sizeof result) == sizeof result ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  close (ends[1]);
  if (read (ends[0], &result, sizeof result) != sizeof result
      || waitpid (child, &status, 0) != child)
    g_error ("a measurement failed");
  close (ends[0]);
  return result;
}

/* @size: of the frames, as caps have it; @weights: (nullable): of the network
 * @first: the frame that memory is first looked at with, of @n_frames
 * @before, @after: memory at that and at the last one */
typedef struct {
  const char *size, *weights, *properties;
  guint first, n_frames, n;
  gint64 before, after;
} Stream;

static void
look_at_memory (GstElement *sink, GstBuffer *frame, GstPad *pad, Stream *stream)
{
  if (++stream->n == stream->first)
    stream->before = read_memory ();
  if (stream->n == stream->n_frames)
    stream->after = read_memory ();
}

static void
run_stream (Stream *stream)
{
  g_autofree char *text =
      g_strdup_printf ("videotestsrc pattern=ball num-buffers=%u ! video/x-raw,%s,framerate=30/1 ! "
                       "gbpsaliency name=saliency %s ! fakesink name=sink signal-handoffs=true",
          stream->n_frames, stream->size, stream->properties);
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) saliency = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  gst_init (NULL, NULL);
  pipeline = gst_parse_launch (text, NULL);
  saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  bus = gst_element_get_bus (pipeline);
  g_object_set (saliency, "weights", stream->weights, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (look_at_memory), stream);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR || stream->n != stream->n_frames)
    g_error ("the pipeline failed");
}

static gint64
measure_growth (gconstpointer data)
{
  Stream stream = *(const Stream *) data;

  run_stream (&stream);
  return stream.after - stream.before;
}

static gint64
measure_use (gconstpointer data)
{
  Stream stream = *(const Stream *) data;

  run_stream (&stream);
  return stream.after;
}

static char *
write_tiny (const char *maker, const char *directory)
{
  char *path = g_build_filename (directory, "tiny.safetensors", NULL);
  const char *arguments[] = {
      maker, "--widths", "4,4,4,4,4", "--dense", "4", "--classes", "3", path, NULL};
  int status;

  if (!g_spawn_sync (
          NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL)
      || !g_spawn_check_wait_status (status, NULL))
    g_error ("%s failed", maker);
  return path;
}

/* Of a network and a target that take little time, one frame after the other through all of the element.
 * Returns: whether it stayed within bounds */
static gboolean
measure_long_streams (const BenchOptions *options)
{
  static const char *const schedules[] = {"latest", "every-frame"};
  g_autofree char *directory = g_dir_make_tmp ("bench-XXXXXX", NULL);
  g_autofree char *weights = write_tiny (options->maker, directory);
  guint n_frames = options->quick ? 60 : 100000;
  gboolean is_bounded = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (schedules); i++) {
    g_autofree char *properties =
        g_strdup_printf ("layer=block1_conv1 unit-x=99 unit-y=99 schedule=%s", schedules[i]);
    Stream stream = {.size = "format=RGB,width=224,height=224",
        .weights = weights,
        .properties = properties,
        .first = n_frames / 50,
        .n_frames = n_frames + n_frames / 50};
    gint64 growth = measure_apart (measure_growth, &stream);

    printf ("%s: %u frames of a tiny network, memory %+" G_GINT64_FORMAT " kB\n", schedules[i],
        n_frames, growth);
    is_bounded = is_bounded && (options->quick || growth < MOST_GROWTH);
  }
  g_unlink (weights);
  g_rmdir (directory);
  return is_bounded;
}

static gpointer
compute_some (gpointer explanation)
{
  g_autofree guint8 *rgb = g_malloc (STRIDE * BENCH_INPUT_SIZE);
  g_autofree float *gradient = g_new (float, STRIDE *BENCH_INPUT_SIZE);

  bench_fill_image (0, BENCH_INPUT_SIZE, BENCH_INPUT_SIZE, rgb);
  for (guint i = 0; i < N_COMPUTED; i++)
    gbp_explanation_compute (explanation, rgb, STRIDE, gradient, NULL);
  return NULL;
}

/* As many explanations with one thread each, which compute at once. @data: a guint: how many */
static gint64
measure_explanations (gconstpointer data)
{
  guint n = *(const guint *) data;
  GbpNetwork *network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  GbpTarget target = GBP_TARGET_INIT;
  GThread *threads[MOST_WORKERS];

  for (guint i = 0; i < n; i++) {
    GbpExplanation *explanation = gbp_explanation_new (network, 1);

    if (explanation == NULL || !gbp_explanation_set_target (explanation, &target, NULL))
      g_error ("no explanation");
    threads[i] = g_thread_new ("explanation", compute_some, explanation);
  }
  for (guint i = 0; i < n; i++)
    g_thread_join (threads[i]);
  return read_memory ();
}

static void
measure_workers (const BenchOptions *options)
{
  static const guint one = 1, two = 2;
  gint64 second =
      measure_apart (measure_explanations, &two) - measure_apart (measure_explanations, &one);
  gint64 first = 0;

  printf ("a second explanation of the built-in network takes %" G_GINT64_FORMAT " kB\n", second);
  for (guint workers = 1; workers <= MOST_WORKERS; workers *= 2) {
    g_autofree char *properties =
        g_strdup_printf ("blend=0.6 schedule=every-frame workers=%u threads=%u", workers, workers);
    Stream stream = {.size = "format=NV12,width=640,height=480",
        .properties = properties,
        .n_frames = options->quick ? 8 : 100};
    gint64 use = measure_apart (measure_use, &stream);

    printf ("%u workers: %" G_GINT64_FORMAT " kB", workers, use);
    if (workers == 1)
      first = use;
    else
      printf (", %+" G_GINT64_FORMAT " kB a worker", (use - first) / (workers - 1));
    printf ("\n");
  }
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 1);
  gboolean is_bounded = TRUE;

  bench_print_machine ("memory", &options);
  measure_workers (&options);
  if (options.maker != NULL)
    is_bounded = measure_long_streams (&options);
  return is_bounded ? EXIT_SUCCESS : EXIT_FAILURE;
}
