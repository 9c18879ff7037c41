/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element with frames in flight, and with the newest map. */
#include "support.h"

#include <string.h>

#define CAPS   "video/x-raw,format=I420,width=64,height=48,framerate=30/1"
#define OTHERS "video/x-raw,format=NV12,width=33,height=21,framerate=30/1"

enum {
  EVERY_FRAME = 1,
  LATEST = 2
};

/* A harness that writes down what leaves the element: each frame with its time and a sum of its bytes, and each event
 * that keeps its place among them. */
typedef struct {
  GstHarness *harness;
  GString *log;
} Recorder;

/* How many frames have been written down, by whatever thread. */
static struct {
  GMutex lock;
  GCond changed;
  guint n_frames;
} written;

static GstPadProbeReturn
write_down (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GString *log = data;
  GstMapInfo map;

  if ((GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    if (GST_EVENT_IS_SERIALIZED (GST_PAD_PROBE_INFO_EVENT (info)))
      g_string_append_printf (log, "%s\n", GST_EVENT_TYPE_NAME (GST_PAD_PROBE_INFO_EVENT (info)));
    return GST_PAD_PROBE_OK;
  }
  if (gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ)) {
    g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, map.data, map.size);
    GstBuffer *frame = GST_PAD_PROBE_INFO_BUFFER (info);

    g_string_append_printf (log, "frame %" GST_TIME_FORMAT " %s%s\n",
        GST_TIME_ARGS (GST_BUFFER_PTS (frame)), sum,
        GST_BUFFER_IS_DISCONT (frame) ? " discontinuous" : "");
    gst_buffer_unmap (frame, &map);
  }
  g_mutex_lock (&written.lock);
  written.n_frames++;
  g_cond_signal (&written.changed);
  g_mutex_unlock (&written.lock);
  return GST_PAD_PROBE_OK;
}

static Recorder
open_recorder (int schedule, guint workers)
{
  GstElement *element = gbp_test_small_element_new ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  Recorder recorder = {NULL, g_string_new (NULL)};

  g_object_set (element, "schedule", schedule, "workers", workers, "threads", MAX (workers, 1),
      "blend", 0.5, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      write_down, recorder.log, NULL);
  recorder.harness = gbp_test_harness_new (element, CAPS, NULL);
  gst_harness_set_drop_buffers (recorder.harness, TRUE);
  return recorder;
}

/* Returns: the log; free with g_free() */
static char *
close_recorder (Recorder *recorder)
{
  gst_harness_push_event (recorder->harness, gst_event_new_eos ());
  gbp_test_harness_free (recorder->harness);
  return g_string_free (recorder->log, FALSE);
}

static guint64
get_stat (GstElement *element, const char *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_object_get (element, "stats", &stats, NULL);
  ck_assert_msg (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  gst_structure_free (stats);
  return value;
}

static void
push_frame (Recorder *recorder, const char *caps, guint phase, gboolean is_discontinuous)
{
  GstBuffer *frame = gbp_test_frame_of (caps, phase);

  if (is_discontinuous)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
  ck_assert_int_eq (gst_harness_push (recorder->harness, frame), GST_FLOW_OK);
}

/* What comes between two frames. */
static void
interrupt (Recorder *recorder, guint i)
{
  static const char *const layers[] = {"block1_conv2", "block2_conv1", "block1_conv1"};
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (i % 7 == 3)
    g_object_set (recorder->harness->element, "layer", layers[i % 3], NULL);
  else if (i % 7 == 5)
    g_object_set (recorder->harness->element, "colormap", i % 5, "blend", (i % 3) / 2.0, NULL);
  else if (i % 11 == 4)
    gst_harness_push_event (recorder->harness, gst_event_new_tag (gst_tag_list_new_empty ()));
  else if (i % 11 == 6)
    gst_harness_push_event (recorder->harness, gst_event_new_gap (i * GST_SECOND / 30, 1));
  else if (i % 11 == 8)
    gst_harness_push_event (recorder->harness, gst_event_new_segment (&segment));
  if (i == 20 || i == 31)
    gst_harness_set_src_caps_str (recorder->harness, i == 20 ? OTHERS : CAPS);
}

static char *
record_stream (guint workers)
{
  Recorder recorder = open_recorder (EVERY_FRAME, workers);

  for (guint i = 0; i < 48; i++) {
    interrupt (&recorder, i);
    push_frame (&recorder, i >= 20 && i < 31 ? OTHERS : CAPS, i / 2, i % 13 == 0);
  }
  return close_recorder (&recorder);
}

/* Frames and events leave in the same order, with the same bytes, as one at a time. */
START_TEST (test_same_as_one_at_a_time)
{
  static const guint workers[] = {4, 2};
  g_autofree char *alone = record_stream (1), *together = record_stream (workers[_i]);

  g_auto (GStrv) lines = g_strsplit (alone, "\n", -1), others = g_strsplit (together, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    ck_assert_str_eq (lines[i], others[i]);
  ck_assert_str_eq (alone + strlen (alone) - 4, "eos\n");
}
END_TEST

/* What is held comes out with the end, and what is flushed does not. */
START_TEST (test_drain_and_flush)
{
  Recorder recorder = open_recorder (EVERY_FRAME, 3);
  GstElement *element = recorder.harness->element;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  push_frame (&recorder, CAPS, 0, FALSE);
  push_frame (&recorder, CAPS, 1, FALSE);
  gst_harness_push_event (recorder.harness, gst_event_new_flush_start ());
  gst_harness_push_event (recorder.harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (recorder.harness, gst_event_new_segment (&segment));
  push_frame (&recorder, CAPS, 2, FALSE);
  push_frame (&recorder, CAPS, 3, FALSE);
  ck_assert_uint_le (get_stat (element, "out"), 4);
  gst_harness_push_event (recorder.harness, gst_event_new_eos ());
  ck_assert (g_str_has_suffix (recorder.log->str, "eos\n"));
  ck_assert (strstr (recorder.log->str, "0:00:00.066666666 ") != NULL);
  ck_assert (strstr (recorder.log->str, "0:00:00.100000000 ") != NULL);
  g_free (close_recorder (&recorder));
}
END_TEST

/* A frame like the last one is not computed; one that differs in a pixel that the network sees is. */
START_TEST (test_equal_frames)
{
  Recorder recorder = open_recorder (EVERY_FRAME, 1);
  GstElement *element = recorder.harness->element;

  for (guint i = 0; i < 6; i++) {
    GstBuffer *frame = gbp_test_frame_of (CAPS, 1);

    if (i >= 4)
      gst_buffer_memset (frame, 64 * (20 + i) + 30, i == 4 ? 0 : 255, 1);
    ck_assert_int_eq (gst_harness_push (recorder.harness, frame), GST_FLOW_OK);
  }
  ck_assert_uint_eq (get_stat (element, "in"), 6);
  ck_assert_uint_eq (get_stat (element, "out"), 6);
  ck_assert_uint_eq (get_stat (element, "equal"), 3);
  ck_assert_uint_eq (get_stat (element, "computed"), 3);
  g_free (close_recorder (&recorder));
}
END_TEST

/* With interval=3 two of three frames show the map of the one before them, or none: then the video, as it came in, or
 * the colour of zero alone. */
START_TEST (test_interval_and_hold)
{
  gboolean is_blank = _i > 0, is_alone = _i == 2;
  Recorder recorder = open_recorder (EVERY_FRAME, 1);
  GstElement *element = recorder.harness->element;

  gst_harness_set_drop_buffers (recorder.harness, FALSE);
  g_object_set (element, "interval", 3, "hold", is_blank, "blend", is_alone ? 1.0 : 0.5, NULL);
  for (guint i = 0; i < 6; i++) {
    g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, i);
    g_autoptr (GstBuffer) output =
        gst_harness_push_and_pull (recorder.harness, gst_buffer_copy_deep (frame));
    guint8 luma[2];

    gst_buffer_extract (output, 0, &luma[0], 1);
    gst_buffer_extract (output, 64 * 24 + 32, &luma[1], 1);
    if (!is_alone)
      ck_assert_int_eq (gbp_test_has_equal_bytes (frame, output), is_blank && i % 3 != 0);
    else
      ck_assert (i % 3 == 0 || luma[0] == luma[1]);
  }
  ck_assert_uint_eq (get_stat (element, "computed"), 2);
  ck_assert_uint_eq (get_stat (element, "held"), is_blank ? 0 : 4);
  g_free (close_recorder (&recorder));
}
END_TEST

/* Live, nothing waits: each frame is out when it has been pushed, and each map that is shown is of a frame that came
 * before. The latency that is asked for before the first frame is the one that is answered after. */
START_TEST (test_latest)
{
  Recorder recorder = open_recorder (0, 0);
  GstElement *element = recorder.harness->element;
  GstClockTime latency = gst_harness_query_latency (recorder.harness);

  for (guint i = 0; i < 50; i++) {
    push_frame (&recorder, CAPS, i, i % 2 == 0);
    ck_assert_uint_eq (get_stat (element, "out"), i + 1);
  }
  ck_assert_uint_gt (latency, 0);
  ck_assert_uint_le (latency, 20 * GST_MSECOND);
  ck_assert_uint_eq (get_stat (element, "late"), 0);
  ck_assert_uint_eq (get_stat (element, "dropped"), 0);
  g_free (close_recorder (&recorder));
}
END_TEST

/* An application that waits for each frame before it gives the next gets it, though more could be in flight. */
START_TEST (test_one_by_one)
{
  Recorder recorder = open_recorder (EVERY_FRAME, 3);

  written.n_frames = 0;
  for (guint i = 0; i < 5; i++) {
    push_frame (&recorder, CAPS, i, FALSE);
    g_mutex_lock (&written.lock);
    while (written.n_frames <= i)
      g_cond_wait (&written.changed, &written.lock);
    g_mutex_unlock (&written.lock);
  }
  g_free (close_recorder (&recorder));
}
END_TEST

/* Upstream is told of the buffers that are held. */
START_TEST (test_allocation)
{
  Recorder recorder = open_recorder (_i == 0 ? EVERY_FRAME : LATEST, 3);
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  guint least = 0;

  ck_assert (gst_pad_peer_query (recorder.harness->srcpad, query));
  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, NULL, NULL, &least, NULL);
  ck_assert_uint_eq (least, _i == 0 ? 3 : 0);
  g_free (close_recorder (&recorder));
}
END_TEST

/* A live pipeline from end to end: all frames get through. */
START_TEST (test_live_pipeline)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc is-live=true num-buffers=15 ! " CAPS " ! gbpsaliency name=saliency "
      "layer=block1_conv1 ! fakesink sync=false",
      NULL);
  g_autoptr (GstElement) saliency = gst_bin_get_by_name (GST_BIN (pipeline), "saliency");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  g_object_set (saliency, "weights", gbp_test_weights (), NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  ck_assert_uint_eq (get_stat (saliency, "in"), 15);
  ck_assert_uint_eq (get_stat (saliency, "out"), 15);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
END_TEST

static guint
draw (guint32 *random, guint n)
{
  return MIN ((guint) gbp_test_random (random, 0, (float) n), n - 1);
}

/* Frames leave in the order of their times, each once. */
static GstPadProbeReturn
check_order (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstClockTime *last = data, time = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));

  ck_assert (!GST_CLOCK_TIME_IS_VALID (*last) || time > *last);
  *last = time;
  return GST_PAD_PROBE_OK;
}

static void
storm_once (Recorder *recorder, guint32 *random, guint i)
{
  static const char *const layers[] = {"block1_conv1", "block1_conv2", "block1_pool"};
  GstElement *element = recorder->harness->element;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  switch (draw (random, 24)) {
    case 0:
      gst_harness_push_event (recorder->harness, gst_event_new_flush_start ());
      gst_harness_push_event (recorder->harness, gst_event_new_flush_stop (TRUE));
      gst_harness_push_event (recorder->harness, gst_event_new_segment (&segment));
      break;
    case 1:
      g_object_set (
          element, "layer", layers[draw (random, 3)], "channel", (int) draw (random, 3) - 2, NULL);
      break;
    case 2:
      g_object_set (element, "interval", 1 + draw (random, 3), "hold", draw (random, 2), NULL);
      break;
    case 3:
      g_object_set (element, "blend", draw (random, 3) / 2.0, "fit", draw (random, 3), NULL);
      break;
    case 4:
      gst_harness_push_event (recorder->harness, gst_event_new_gap (i * GST_SECOND / 30, 1));
      break;
  }
}

START_TEST (test_storm)
{
  Recorder recorder = open_recorder (_i == 0 ? LATEST : EVERY_FRAME, _i == 2 ? 3 : 1);
  GstElement *element = recorder.harness->element;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  const guint n_frames = GBP_TEST_SANITIZED ? 30 : 300;
  GstClockTime last = GST_CLOCK_TIME_NONE;
  guint32 random = (guint32) _i;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, check_order, &last, NULL);
  for (guint i = 0; i < n_frames; i++) {
    storm_once (&recorder, &random, i);
    push_frame (&recorder, CAPS, i, draw (&random, 10) == 0);
  }
  gst_harness_push_event (recorder.harness, gst_event_new_eos ());
  ck_assert_uint_eq (get_stat (element, "in"), n_frames);
  ck_assert_uint_le (get_stat (element, "out"), n_frames);
  ck_assert (_i == 2 || get_stat (element, "out") == n_frames);
  ck_assert_uint_ge (get_stat (element, "out"), n_frames * 8 / 10);
  g_free (close_recorder (&recorder));
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"same as one at a time", test_same_as_one_at_a_time, GBP_TEST_SANITIZED ? 1 : 2},
      {"drain and flush", test_drain_and_flush, 0},
      {"equal frames", test_equal_frames, 0},
      {"interval and hold", test_interval_and_hold, 3},
      {"latest", test_latest, 0},
      {"one by one", test_one_by_one, 0},
      {"allocation", test_allocation, 2},
      {"live pipeline", test_live_pipeline, 0},
      {"storm", test_storm, 3},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/schedules", tests));
}
