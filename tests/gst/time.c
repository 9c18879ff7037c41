/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Time: seeking, changes of caps, latency, lateness, and properties that change with it. */
#include "support.h"

#include <gst/controller/controller.h>

#define CAPS "video/x-raw,format=I420,width=64,height=48,framerate=30/1"

static void
count_frame (GstElement *sink, GstBuffer *frame, GstPad *pad, int *n_frames)
{
  g_atomic_int_inc (n_frames);
}

/* A pipeline of real elements: every frame comes out, before a seek and after it. */
START_TEST (test_seek)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc name=source ! " CAPS " ! gbpsaliency name=saliency layer=block1_conv1 ! "
      "fakesink name=sink sync=false signal-handoffs=true",
      &error);
  g_autoptr (GstElement) saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  int n_frames = 0;

  ck_assert_msg (error == NULL, "%s", error != NULL ? error->message : "");
  g_object_set (saliency, "weights", gbp_test_weights (), NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_frame), &n_frames);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  ck_assert_int_eq (
      gst_element_get_state (pipeline, NULL, NULL, 60 * GST_SECOND), GST_STATE_CHANGE_SUCCESS);
  for (guint round = 0; round < 2; round++) {
    g_autoptr (GstMessage) message = NULL;

    g_atomic_int_set (&n_frames, 0);
    ck_assert (gst_element_seek (pipeline, 1, GST_FORMAT_TIME,
        GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET,
        8 * GST_SECOND / 30));
    ck_assert_int_eq (
        gst_element_get_state (pipeline, NULL, NULL, 60 * GST_SECOND), GST_STATE_CHANGE_SUCCESS);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message =
        gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    ck_assert (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
    ck_assert_msg (g_atomic_int_get (&n_frames) == 8, "%d frames", g_atomic_int_get (&n_frames));
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
END_TEST

/* The position is behind the frame that went out last, though no other one has come in since. */
START_TEST (test_position)
{
  GstElement *element = gbp_test_small_element_new ();
  GstHarness *harness;
  gint64 position;

  g_object_set (element, "workers", 2, "threads", 2, NULL);
  harness = gbp_test_harness_new (element, CAPS, NULL);
  for (guint phase = 0; phase < 60; phase += 30) {
    GstBuffer *frame = gbp_test_frame_of (CAPS, phase);
    GstClockTime end = GST_BUFFER_PTS (frame) + GST_BUFFER_DURATION (frame);

    gst_harness_push (harness, frame);
    gst_buffer_unref (gst_harness_pull (harness));
    ck_assert (gst_element_query_position (element, GST_FORMAT_TIME, &position));
    ck_assert_int_eq (position, (gint64) end);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* The time that a frame takes is added to a live pipeline's latency, from before the first one, and to no
 * other's. A message comes when it is another one. */
START_TEST (test_latency)
{
  gboolean is_live = _i == 0;
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstClockTime before, after;
  g_autoptr (GstMessage) message = NULL;

  gst_harness_set_live (harness, is_live);
  gst_harness_set_upstream_latency (harness, 5 * GST_MSECOND);
  before = gst_harness_query_latency (harness);
  while ((message = gbp_test_pop_message (harness->element, GST_MESSAGE_LATENCY)) != NULL)
    gst_clear_message (&message);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
  after = gst_harness_query_latency (harness);
  message = gbp_test_pop_message (harness->element, GST_MESSAGE_LATENCY);
  ck_assert_int_eq (message != NULL, after != before);
  if (is_live)
    ck_assert (before > 5 * GST_MSECOND && before < 10 * GST_SECOND);
  else
    ck_assert (before == 5 * GST_MSECOND && after == before);
  gbp_test_harness_free (harness);
}
END_TEST

/* A live source that is faster than the network gets all its frames through in time, the late ones with
 * the last picture; with a source that is not live every frame is computed. */
START_TEST (test_late_frames)
{
  gboolean is_live = _i == 0;
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstTestClock *clock = gst_harness_get_testclock (harness);
  g_autoptr (GstBuffer) first = NULL;
  g_autoptr (GstBuffer) late = NULL;
  g_autoptr (GstBuffer) next = NULL;
  GstBuffer *frame;

  gst_harness_set_live (harness, is_live);
  gst_harness_query_latency (harness);
  gst_element_set_base_time (harness->element, 0);
  first = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 0));
  gst_test_clock_set_time (clock, GST_SECOND); /* far too late for a frame that was due at once */
  frame = gbp_test_frame_of (CAPS, 20);
  GST_BUFFER_PTS (frame) = 1;
  late = gst_harness_push_and_pull (harness, frame);
  ck_assert_int_eq (gbp_test_has_equal_bytes (first, late), is_live);
  frame = gbp_test_frame_of (CAPS, 20);
  GST_BUFFER_PTS (frame) = GST_SECOND;
  next = gst_harness_push_and_pull (harness, frame);
  ck_assert (!gbp_test_has_equal_bytes (first, next));
  gst_object_unref (clock);
  gbp_test_harness_free (harness);
}
END_TEST

/* Sends caps alone; the harness would send a segment too, with which all begins anew. */
static void
change_caps (GstHarness *harness, const char *caps_string)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_string);

  ck_assert (gst_harness_push_event (harness, gst_event_new_caps (caps)));
}

/* What becomes of a map where the caps change.
 * @is_held: whether a frame that is not computed shows it still */
static const struct {
  const char *caps, *fit;
  gboolean is_held;
} changes[] = {
    {"video/x-raw,format=I420,width=64,height=96,framerate=30/1", "letterbox", FALSE},
    {"video/x-raw,format=I420,width=64,height=48,framerate=30/1,pixel-aspect-ratio=2/1", "crop",
        FALSE},
    {"video/x-raw,format=I420,width=128,height=96,framerate=30/1", "letterbox", TRUE},
    {"video/x-raw,format=I420,width=64,height=96,framerate=30/1", "stretch", TRUE},
    {"video/x-raw,format=I420,width=64,height=48,framerate=25/1", "crop", TRUE},
};

START_TEST (test_caps_change)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstStructure) stats = NULL;
  guint64 n_computed, n_held;

  gst_util_set_object_arg (G_OBJECT (harness->element), "fit", changes[_i].fit);
  g_object_set (harness->element, "interval", 100, NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 0)));
  change_caps (harness, changes[_i].caps);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (changes[_i].caps, 20)));
  g_object_get (harness->element, "stats", &stats, NULL);
  ck_assert (gst_structure_get (
      stats, "computed", G_TYPE_UINT64, &n_computed, "held", G_TYPE_UINT64, &n_held, NULL));
  ck_assert_uint_eq (n_held, changes[_i].is_held);
  ck_assert_uint_eq (n_computed, 2 - n_held);
  gbp_test_harness_free (harness);
}
END_TEST

/* The range of the frames before is not that of those behind. */
START_TEST (test_steadiness_ends)
{
  static const char *const caps = "video/x-raw,format=I420,width=64,height=48,framerate=25/1";
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstHarness *fresh = gbp_test_harness_new (gbp_test_small_element_new (), caps, NULL);
  g_autoptr (GstBuffer) expected = NULL;
  g_autoptr (GstBuffer) found = NULL;

  g_object_set (harness->element, "colormap", GBP_COLORMAP_VIRIDIS, "smoothing", 60000.0, NULL);
  g_object_set (fresh->element, "colormap", GBP_COLORMAP_VIRIDIS, NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 0)));
  change_caps (harness, caps);
  found = gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, 3));
  expected = gst_harness_push_and_pull (fresh, gbp_test_frame_of (caps, 3));
  ck_assert (gbp_test_has_equal_bytes (expected, found));
  gbp_test_harness_free (harness);
  gbp_test_harness_free (fresh);
}
END_TEST

/* Late frames are dropped only where the user asks for it. */
START_TEST (test_qos)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);

  for (guint is_on = 0; is_on < 2; is_on++) {
    g_object_set (harness->element, "qos", (gboolean) is_on, NULL);
    gst_harness_push_upstream_event (
        harness, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND, 10 * GST_SECOND));
    ck_assert_int_eq (gst_harness_push (harness, gbp_test_frame_of (CAPS, 1)), GST_FLOW_OK);
    ck_assert_uint_eq (gst_harness_buffers_in_queue (harness), 1);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* blend follows a controller, by the frames' stream time. */
START_TEST (test_blend_is_controlled)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstControlSource *source = gst_interpolation_control_source_new ();

  g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
  gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 0);
  gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), GST_SECOND, 1);
  ck_assert (gst_object_add_control_binding (GST_OBJECT (harness->element),
      gst_direct_control_binding_new (GST_OBJECT (harness->element), "blend", source)));
  gst_object_unref (source);
  for (guint phase = 0; phase <= 30; phase += 15) {
    GstBuffer *frame = gbp_test_frame_of (CAPS, phase);
    g_autoptr (GstBuffer) output = gst_harness_push_and_pull (harness, frame);
    double blend;

    g_object_get (harness->element, "blend", &blend, NULL);
    ck_assert_double_eq_tol (blend, phase / 30.0, 1e-6);
    ck_assert (phase > 0 || output == frame);
  }
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"seek", test_seek, 0},
      {"position", test_position, 0},
      {"latency", test_latency, 2},
      {"late frames", test_late_frames, 2},
      {"caps change", test_caps_change, G_N_ELEMENTS (changes)},
      {"steadiness ends", test_steadiness_ends, 0},
      {"qos", test_qos, 0},
      {"blend is controlled", test_blend_is_controlled, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/time", tests));
}
