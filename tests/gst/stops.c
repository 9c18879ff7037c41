/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maps of a million images, which nobody lives to see: whoever loses interest does not wait for them. Where one is
 * waited for, the test runs out of time. */
#include "support.h"

#define CAPS "video/x-raw,format=I420,width=64,height=48,framerate=30/1"

/* The schedule's values. */
enum {
  EVERY_FRAME = 1,
  LATEST = 2
};

static void
ask_for_a_million (GstElement *element)
{
  g_object_set (
      element, "method", GBP_METHOD_INTEGRATED_GRADIENTS, "samples", 1000, "steps", 1000, NULL);
}

static void
ask_for_one (GstElement *element)
{
  g_object_set (element, "method", GBP_METHOD_GUIDED, "samples", 1, NULL);
}

/* Whose computation begins with its first frame: two may be held before one waits. */
static GstHarness *
open_harness (int schedule)
{
  GstElement *element = gbp_test_small_element_new ();

  ask_for_a_million (element);
  g_object_set (element, "schedule", schedule, "workers", 2, "threads", 2, NULL);
  return gbp_test_harness_new (element, CAPS, NULL);
}

static void
push_frame (GstHarness *harness, guint phase)
{
  ck_assert_int_eq (gst_harness_push (harness, gbp_test_frame_of (CAPS, phase)), GST_FLOW_OK);
}

static guint64
count_computed (GstHarness *harness)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 n_computed = 0;

  g_object_get (harness->element, "stats", &stats, NULL);
  ck_assert (gst_structure_get_uint64 (stats, "computed", &n_computed));
  return n_computed;
}

START_TEST (test_state)
{
  GstHarness *harness = open_harness (_i == 0 ? EVERY_FRAME : LATEST);

  push_frame (harness, 0);
  gbp_test_harness_free (harness);
}
END_TEST

/* The frame behind the flush has a map of its own, by the workers that were busy. */
START_TEST (test_flush)
{
  GstHarness *harness = open_harness (EVERY_FRAME);
  GstSegment segment;

  push_frame (harness, 0);
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  ask_for_one (harness->element);
  for (guint i = 0; i < 4; i++) /* more than there are workers and places */
    push_frame (harness, i);
  gst_buffer_unref (gst_harness_pull (harness));
  ck_assert_uint_ge (count_computed (harness), 1);
  gbp_test_harness_free (harness);
}
END_TEST

/* With the newest map, one for another target is there as soon as it can be. */
START_TEST (test_target)
{
  GstHarness *harness = open_harness (LATEST);

  gst_harness_set_drop_buffers (harness, TRUE);
  push_frame (harness, 0);
  ck_assert_uint_eq (count_computed (harness), 0);
  ask_for_one (harness->element);
  for (guint i = 1; count_computed (harness) == 0; i++) {
    push_frame (harness, i);
    g_usleep (1000);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* With the newest map, what has been computed of one image is shown, though each frame asks for another target. */
START_TEST (test_targets_of_every_frame)
{
  GstElement *element = gbp_test_element_new ();
  GstHarness *harness;

  g_object_set (element, "schedule", LATEST, "layer", "block5_conv4", NULL);
  harness = gbp_test_harness_new (element, CAPS, NULL);
  gst_harness_set_drop_buffers (harness, TRUE);
  for (guint i = 0; count_computed (harness) < 5; i++) {
    g_object_set (element, "channel", (int) (i % 4), NULL);
    push_frame (harness, i);
    g_usleep (30000); /* longer than it takes */
  }
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"state", test_state, 2},
      {"flush", test_flush, 0},
      {"target", test_target, 0},
      {"targets of every frame", test_targets_of_every_frame, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/stops", tests));
}
