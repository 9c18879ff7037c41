/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * States, caps and properties that change at random, and long streams. What is left of it is counted: nothing may
 * hang, fail or grow by more than what a first round takes and keeps. Short by default; GBP_STORM=N in the environment
 * does N times as much. */
#include "support.h"

#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* How much of a storm is to be made. */
static guint
count (guint short_storm)
{
  const char *factor = g_getenv ("GBP_STORM");

  return factor == NULL ? short_storm : short_storm * (guint) g_ascii_strtoull (factor, NULL, 10);
}

static guint
count_files (void)
{
  g_autoptr (GDir) files = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n_files = 0;

  while (files != NULL && g_dir_read_name (files) != NULL)
    n_files++;
  return n_files;
}

typedef struct {
  gint64 memory, threads;
  guint files;
} Use;

/* Memory that was freed is not in use, although malloc() keeps some of it. */
static Use
measure_use (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return (Use){gbp_test_read_status ("VmRSS:"), gbp_test_read_status ("Threads:"), count_files ()};
}

/* @memory: in kB: as much may be taken for good, whatever the number of rounds; a sanitizer takes more */
static void
check_use (const char *what, guint n, const Use *before, gint64 memory)
{
  Use after = measure_use ();

  g_print ("%s: %u, memory %+" G_GINT64_FORMAT " kB, threads %+" G_GINT64_FORMAT ", files %+d\n",
      what, n, after.memory - before->memory, after.threads - before->threads,
      (int) after.files - (int) before->files);
  ck_assert_int_le (after.threads, before->threads);
  ck_assert_uint_le (after.files, before->files);
  if (!GBP_TEST_SANITIZED)
    ck_assert_int_le (after.memory - before->memory, memory);
}

static void
empty_bus (GstElement *element)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);
  GstMessage *message;

  while ((message = gst_bus_pop (bus)) != NULL)
    gst_message_unref (message);
}

/* A harness keeps what nobody takes. */
static void
empty_harness (GstHarness *harness)
{
  GstEvent *event;

  empty_bus (harness->element);
  while ((event = gst_harness_try_pull_event (harness)) != NULL)
    gst_event_unref (event);
  while ((event = gst_harness_try_pull_upstream_event (harness)) != NULL)
    gst_event_unref (event);
}

#define CAPS "video/x-raw,format=I420,width=64,height=48,framerate=30/1"

static const char *const layers[] = {"block1_conv1", "block1_conv2", "block2_pool", "nonsense"};

static void
cycle (GstHarness *harness)
{
  GstSegment segment;

  gst_element_set_state (harness->element, GST_STATE_NULL);
  ck_assert_int_eq (
      gst_element_set_state (harness->element, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (harness, gst_event_new_stream_start ("storm"));
  gst_harness_set_src_caps_str (harness, CAPS);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
  empty_harness (harness);
}

START_TEST (test_cycles)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  guint n_cycles = count (GBP_TEST_SANITIZED ? 4 : 40);
  Use before;

  for (guint i = 0; i < 5; i++)
    cycle (harness);
  before = measure_use ();
  for (guint i = 0; i < n_cycles; i++)
    cycle (harness);
  check_use ("cycles with a frame each", n_cycles, &before, 1024);
  gbp_test_harness_free (harness);
}
END_TEST

static void
change (GstHarness *harness, GRand *random, char *const *formats, guint phase)
{
  const char *format =
      formats[g_rand_int_range (random, 0, (gint32) g_strv_length ((char **) formats))];
  int width = gbp_test_choose_width (format, g_rand_int_range (random, 1, 200));
  g_autofree char *caps = gbp_test_caps (format, width, g_rand_int_range (random, 1, 200));

  gst_harness_set_src_caps_str (harness, caps);
  g_object_set (harness->element, "blend", g_rand_int_range (random, 0, 3) / 2.0, "layer",
      layers[g_rand_int_range (random, 0, 4)], "method", g_rand_int_range (random, 0, 3),
      "colormap", g_rand_int_range (random, 0, 5), "channel", g_rand_int_range (random, -2, 4),
      "look", g_rand_int_range (random, 0, 5), "fit", g_rand_int_range (random, 0, 3), NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, phase)));
  empty_harness (harness);
}

/* Another format, size and settings with each frame. The converters of a frame take up to a megabyte, so that the
 * largest that came so far counts, and not how many there were. */
START_TEST (test_changes)
{
  g_auto (GStrv) formats = gbp_test_formats ();
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  guint n_changes = count (GBP_TEST_SANITIZED ? 12 : 150);
  Use before;

  for (guint i = 0; i < (GBP_TEST_SANITIZED ? 2 : 50); i++)
    change (harness, random, formats, i % 30);
  before = measure_use ();
  for (guint i = 0; i < n_changes; i++)
    change (harness, random, formats, i % 30);
  check_use ("frames with new caps and properties", n_changes, &before, 4096);
  gbp_test_harness_free (harness);
}
END_TEST

/* A stream of different frames; the memory of many may not grow by one for each. */
START_TEST (test_long_stream)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  guint n_frames = count (GBP_TEST_SANITIZED ? 10 : 300);
  Use before;

  for (guint i = 0; i < 20; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
  before = measure_use ();
  for (guint i = 0; i < n_frames; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
  check_use ("frames in a stream", n_frames, &before, 1024);
  gbp_test_harness_free (harness);
}
END_TEST

static void
run_many (guint n_elements)
{
  g_autofree GstHarness **harnesses = g_new (GstHarness *, n_elements);

  for (guint i = 0; i < n_elements; i++)
    harnesses[i] = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  for (guint i = 0; i < n_elements; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harnesses[i], gbp_test_frame_of (CAPS, i)));
  for (guint i = 0; i < n_elements; i++)
    gbp_test_harness_free (harnesses[i]);
}

/* Many elements at once; what they took is there for as many others. An element takes more
 * than a megabyte while it lives. */
START_TEST (test_many_elements)
{
  guint n_elements = MIN (count (GBP_TEST_SANITIZED ? 3 : 10), 200);
  Use before;

  run_many (n_elements);
  before = measure_use ();
  for (guint i = 0; i < 3; i++)
    run_many (n_elements);
  check_use ("elements, a third at a time", 3 * n_elements, &before, 4096);
}
END_TEST

/* A pipeline whose element's properties change meanwhile.
 * @seed: of the next thread's numbers
 * @must_end: tells the threads to end */
typedef struct {
  GstElement *pipeline, *filter, *element;
  int seed;
  int must_end;
} Whole;

static void
set_at_random (GObject *element, GParamSpec *spec, GRand *random)
{
  double real = g_rand_double_range (random, -1, 100);
  int whole = g_rand_int_range (random, -2, 4);

  if (g_str_equal (spec->name, "layer"))
    g_object_set (element, spec->name, layers[g_rand_int_range (random, 0, 4)], NULL);
  else if (G_IS_PARAM_SPEC_ENUM (spec))
    g_object_set (element, spec->name,
        g_rand_int_range (random, 0, (gint32) G_PARAM_SPEC_ENUM (spec)->enum_class->n_values),
        NULL);
  else if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    g_object_set (element, spec->name, g_rand_boolean (random), NULL);
  else if (G_IS_PARAM_SPEC_DOUBLE (spec))
    g_object_set (element, spec->name,
        CLAMP (real, G_PARAM_SPEC_DOUBLE (spec)->minimum, G_PARAM_SPEC_DOUBLE (spec)->maximum),
        NULL);
  else if (G_IS_PARAM_SPEC_INT (spec))
    g_object_set (element, spec->name, MAX (whole, G_PARAM_SPEC_INT (spec)->minimum), NULL);
  else if (G_IS_PARAM_SPEC_UINT (spec))
    g_object_set (
        element, spec->name, MAX ((guint) ABS (whole), G_PARAM_SPEC_UINT (spec)->minimum), NULL);
}

/* All properties there are. */
static gpointer
turn_properties (gpointer data)
{
  Whole *whole = data;
  GObject *element = G_OBJECT (whole->element);
  guint n_specs;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n_specs);
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_atomic_int_add (&whole->seed, 1));

  while (!g_atomic_int_get (&whole->must_end)) {
    GParamSpec *spec = specs[g_rand_int_range (random, 0, (gint32) n_specs)];
    g_auto (GStrv) names = NULL;

    if (g_type_is_a (spec->owner_type, GST_TYPE_BASE_TRANSFORM)
        && (spec->flags & G_PARAM_WRITABLE) != 0)
      set_at_random (element, spec, random);
    g_object_get (element, "layers", &names, NULL);
    g_usleep ((gulong) g_rand_int_range (random, 0, 500));
  }
  return NULL;
}

static void
open_whole (Whole *whole)
{
  g_autofree char *description = g_strdup_printf (
      "videotestsrc pattern=ball ! capsfilter name=filter caps=\"" CAPS "\" ! "
      "gbpsaliency name=element layer=block1_conv1 threads=1 weights=\"%s\" ! fakesink",
      gbp_test_weights ());

  *whole = (Whole){.pipeline = gst_parse_launch (description, NULL)};
  ck_assert (whole->pipeline != NULL);
  whole->filter = gst_bin_get_by_name (GST_BIN (whole->pipeline), "filter");
  whole->element = gst_bin_get_by_name (GST_BIN (whole->pipeline), "element");
}

static void
close_whole (Whole *whole)
{
  gst_element_set_state (whole->pipeline, GST_STATE_NULL);
  gst_object_unref (whole->filter);
  gst_object_unref (whole->element);
  gst_object_unref (whole->pipeline);
}

/* Now of all, now of the element alone; that one goes no further down than a pause, since every GstBaseTransform waits
 * below it for the frame that a paused sink holds. A start that the settings make fail is no more than that. */
static void
upset (Whole *whole, GRand *random)
{
  static const char *const formats[] = {"I420", "YUY2", "BGRx", "GRAY8", "NV12", "v210"};
  g_autofree char *string = gbp_test_caps (formats[g_rand_int_range (random, 0, 6)],
      g_rand_int_range (random, 1, 100), g_rand_int_range (random, 1, 100));
  g_autoptr (GstCaps) caps = gst_caps_from_string (string);

  if (g_rand_int_range (random, 0, 3) == 0)
    g_object_set (whole->filter, "caps", caps, NULL);
  if (g_rand_int_range (random, 0, 4) > 0)
    gst_element_set_state (whole->pipeline,
        (GstState) g_rand_int_range (random, GST_STATE_NULL, GST_STATE_PLAYING + 1));
  else
    gst_element_set_state (
        whole->element, g_rand_boolean (random) ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  if (g_rand_int_range (random, 0, 8) == 0)
    gst_element_sync_state_with_parent (whole->element);
  g_usleep ((gulong) g_rand_int_range (random, 0, 4000));
  empty_bus (whole->pipeline);
}

/* After all that, a frame passes as if nothing had been. */
static void
check_that_it_works (Whole *whole)
{
  gst_element_set_state (whole->pipeline, GST_STATE_NULL);
  g_object_set (
      whole->element, "layer", "block1_conv1", "channel", -1, "unit-x", -1, "unit-y", -1, NULL);
  gst_element_set_state (whole->pipeline, GST_STATE_PAUSED);
  ck_assert_int_eq (gst_element_get_state (whole->pipeline, NULL, NULL, 60 * GST_SECOND),
      GST_STATE_CHANGE_SUCCESS);
}

static void
upset_whole (guint32 seed, guint n_changes)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Whole whole;
  GThread *threads[3];

  open_whole (&whole);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("turn", turn_properties, &whole);
  for (guint i = 0; i < n_changes; i++)
    upset (&whole, random);
  g_atomic_int_set (&whole.must_end, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  check_that_it_works (&whole);
  close_whole (&whole);
}

/* Whatever a thread frees, malloc() keeps some of it for the next one: up to the largest frame that GStreamer ever had,
 * for each of the threads, and not for each change. */
START_TEST (test_whole_pipeline)
{
  guint n_changes = count (GBP_TEST_SANITIZED ? 10 : 200);
  Use before;

  upset_whole (2, GBP_TEST_SANITIZED ? 3 : 50);
  before = measure_use ();
  before.threads += 2; /* that GLib may keep for GStreamer's next stream */
  upset_whole (3, n_changes);
  check_use (
      "states of a pipeline beside properties from 3 threads", n_changes, &before, 32 * 1024);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"cycles", test_cycles, 0},
      {"changes", test_changes, 0},
      {"long stream", test_long_stream, 0},
      {"many elements", test_many_elements, 0},
      {"whole pipeline", test_whole_pipeline, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/storms", tests));
}
