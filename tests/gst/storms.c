/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * States, caps and properties that change at random, and long streams. What is left of it is counted: nothing may
 * hang, fail or grow. Short by default; GBP_STORM=N in the environment does N times as much. */
#include "support.h"

#include <string.h>

/* How much of a storm is to be made. */
static guint
count (guint short_storm)
{
  const char *factor = g_getenv ("GBP_STORM");

  return factor == NULL ? short_storm : short_storm * (guint) g_ascii_strtoull (factor, NULL, 10);
}

/* A number from Linux' description of this process, such as "VmRSS" in kB or "Threads"; 0 elsewhere. */
static gint64
read_status (const char *name)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  line = strstr (text, name);
  return line == NULL ? 0 : g_ascii_strtoll (line + strlen (name) + 1, NULL, 10);
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

static Use
measure_use (void)
{
  return (Use){read_status ("VmRSS:"), read_status ("Threads:"), count_files ()};
}

static void
report (const char *what, guint n, const Use *before)
{
  Use after = measure_use ();

  g_print ("%s: %u, memory %+" G_GINT64_FORMAT " kB, threads %+" G_GINT64_FORMAT ", files %+d\n",
      what, n, after.memory - before->memory, after.threads - before->threads,
      (int) after.files - (int) before->files);
  ck_assert_int_le (after.threads, before->threads);
  ck_assert_uint_le (after.files, before->files);
}

#define CAPS "video/x-raw,format=I420,width=64,height=48,framerate=30/1"

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
}

START_TEST (test_cycles)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  guint n_cycles = count (GBP_TEST_SANITIZED ? 10 : 50);
  Use before;

  cycle (harness);
  before = measure_use ();
  for (guint i = 0; i < n_cycles; i++)
    cycle (harness);
  report ("cycles with a frame each", n_cycles, &before);
  gbp_test_harness_free (harness);
}
END_TEST

/* Another format, size and blend with each frame, and properties at random between them. */
START_TEST (test_changes)
{
  static const char *const layers[] = {"block1_conv1", "block1_conv2", "block2_pool", "nonsense"};
  g_auto (GStrv) formats = gbp_test_formats ();
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  guint n_changes = count (GBP_TEST_SANITIZED ? 20 : 200);
  Use before = measure_use ();

  for (guint i = 0; i < n_changes; i++) {
    const char *format = formats[g_rand_int_range (random, 0, (gint32) g_strv_length (formats))];
    g_autofree char *caps =
        gbp_test_caps (format, gbp_test_choose_width (format, g_rand_int_range (random, 1, 200)),
            g_rand_int_range (random, 1, 200));

    gst_harness_set_src_caps_str (harness, caps);
    g_object_set (harness->element, "blend", g_rand_int_range (random, 0, 3) / 2.0, "layer",
        layers[g_rand_int_range (random, 0, 4)], "method", g_rand_int_range (random, 0, 3),
        "colormap", g_rand_int_range (random, 0, 5), "channel", g_rand_int_range (random, -2, 4),
        NULL);
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, i % 30)));
  }
  report ("frames with new caps and properties", n_changes, &before);
  gbp_test_harness_free (harness);
}
END_TEST

/* A stream of different frames; the memory of many may not grow by one for each. */
START_TEST (test_long_stream)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  guint n_frames = count (GBP_TEST_SANITIZED ? 20 : 400);
  Use before;

  for (guint i = 0; i < 20; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
  before = measure_use ();
  for (guint i = 0; i < n_frames; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
  report ("frames in a stream", n_frames, &before);
  if (!GBP_TEST_SANITIZED)
    ck_assert_int_lt (measure_use ().memory - before.memory, 1024);
  gbp_test_harness_free (harness);
}
END_TEST

/* Many elements at once; what they took is given back. */
START_TEST (test_many_elements)
{
  guint n_elements = MIN (count (GBP_TEST_SANITIZED ? 3 : 20), 200);
  g_autofree GstHarness **harnesses = g_new (GstHarness *, n_elements);
  Use before = measure_use ();

  for (guint i = 0; i < n_elements; i++)
    harnesses[i] = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  for (guint i = 0; i < n_elements; i++)
    gst_buffer_unref (gst_harness_push_and_pull (harnesses[i], gbp_test_frame_of (CAPS, i)));
  for (guint i = 0; i < n_elements; i++)
    gbp_test_harness_free (harnesses[i]);
  report ("elements at once", n_elements, &before);
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
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/storms", tests));
}
