/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever arrives, in whatever state, on any pad and from any thread: upstreams do not wait for an element
 * to be started, nor for its end. */
#include "support.h"

#define CAPS  "video/x-raw,format=I420,width=64,height=48,framerate=30/1"
#define OTHER "video/x-raw,format=YUY2,width=33,height=17,framerate=30/1"

/* Less where a sanitizer makes all slow. */
#define N_CYCLES (GBP_TEST_SANITIZED ? 10 : 100)

/* An element between a pad that pushes and a pad that takes all.
 * @n_taken: frames that came out
 * @must_end: tells the threads to end */
typedef struct {
  GstElement *element;
  GstPad *upstream;
  GstPad *downstream;
  int n_taken;
  int must_end;
} Stage;

static GstFlowReturn
take_frame (GstPad *pad, GstObject *parent, GstBuffer *frame)
{
  Stage *stage = gst_pad_get_element_private (pad);

  g_atomic_int_inc (&stage->n_taken);
  gst_buffer_unref (frame);
  return GST_FLOW_OK;
}

static void
link_pads (GstPad *src, GstPad *sink)
{
  ck_assert_int_eq (gst_pad_link (src, sink), GST_PAD_LINK_OK);
}

/* Of a pad without a template GStreamer 1.22 answers with its caps of the moment, unlocked. */
static void
open_stage (Stage *stage)
{
  static GstStaticPadTemplate from =
      GST_STATIC_PAD_TEMPLATE ("upstream", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
  static GstStaticPadTemplate to =
      GST_STATIC_PAD_TEMPLATE ("downstream", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;

  *stage = (Stage){.element = gst_object_ref_sink (gbp_test_small_element_new ())};
  sink = gst_element_get_static_pad (stage->element, "sink");
  src = gst_element_get_static_pad (stage->element, "src");
  stage->upstream = gst_object_ref_sink (gst_pad_new_from_static_template (&from, "upstream"));
  stage->downstream = gst_object_ref_sink (gst_pad_new_from_static_template (&to, "downstream"));
  gst_pad_set_element_private (stage->downstream, stage);
  gst_pad_set_chain_function (stage->downstream, take_frame);
  gst_pad_set_active (stage->upstream, TRUE);
  gst_pad_set_active (stage->downstream, TRUE);
  link_pads (stage->upstream, sink);
  link_pads (src, stage->downstream);
}

static void
close_stage (Stage *stage)
{
  gst_element_set_state (stage->element, GST_STATE_NULL);
  gst_pad_set_active (stage->upstream, FALSE);
  gst_pad_set_active (stage->downstream, FALSE);
  gst_object_unref (stage->upstream);
  gst_object_unref (stage->downstream);
  gbp_test_element_free (stage->element);
}

static void
push_beginning (GstPad *upstream, const char *caps_string)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_string);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (upstream, gst_event_new_stream_start ("test"));
  gst_pad_push_event (upstream, gst_event_new_caps (caps));
  gst_pad_push_event (upstream, gst_event_new_segment (&segment));
}

static GstBuffer *
new_frame (const char *caps_string, guint value)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_string);
  GstVideoInfo info;
  GstBuffer *frame;

  ck_assert (gst_video_info_from_caps (&info, caps));
  frame = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (frame, 0, (guint8) value, info.size);
  GST_BUFFER_PTS (frame) = value * GST_MSECOND;
  return frame;
}

/* What an upstream that is playing already does. */
static gpointer
push_stream (gpointer data)
{
  static const char *const caps[] = {CAPS, OTHER};
  Stage *stage = data;

  for (guint i = 0; !g_atomic_int_get (&stage->must_end); i++) {
    push_beginning (stage->upstream, caps[i % 2]);
    gst_pad_push (stage->upstream, new_frame (caps[i % 2], i % 3));
    if (i % 5 == 0)
      gst_pad_push_event (stage->upstream, gst_event_new_gap (0, GST_SECOND));
    if (i % 7 == 0) {
      gst_pad_push_event (stage->upstream, gst_event_new_eos ());
      gst_pad_push_event (stage->upstream, gst_event_new_flush_start ());
      gst_pad_push_event (stage->upstream, gst_event_new_flush_stop (TRUE));
    }
  }
  return NULL;
}

static gpointer
push_queries (gpointer data)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  Stage *stage = data;

  while (!g_atomic_int_get (&stage->must_end)) {
    g_autoptr (GstQuery) allocation = gst_query_new_allocation (caps, TRUE);
    g_autoptr (GstQuery) drain = gst_query_new_drain ();
    g_autoptr (GstCaps) possible = gst_pad_peer_query_caps (stage->upstream, NULL);

    gst_pad_peer_query (stage->upstream, allocation);
    gst_pad_peer_query (stage->upstream, drain);
    gst_pad_peer_query_accept_caps (stage->upstream, caps);
    g_usleep (100);
  }
  return NULL;
}

static gpointer
push_flushes (gpointer data)
{
  Stage *stage = data;

  while (!g_atomic_int_get (&stage->must_end)) {
    gst_pad_push_event (stage->upstream, gst_event_new_flush_start ());
    gst_pad_push_event (stage->upstream, gst_event_new_flush_stop (FALSE));
    gst_pad_push_event (stage->upstream, gst_event_new_flush_stop (TRUE));
    g_usleep (300);
  }
  return NULL;
}

/* What a downstream asks and tells. */
static gpointer
answer_back (gpointer data)
{
  Stage *stage = data;

  while (!g_atomic_int_get (&stage->must_end)) {
    g_autoptr (GstQuery) latency = gst_query_new_latency ();
    g_autoptr (GstCaps) possible = gst_pad_peer_query_caps (stage->downstream, NULL);

    gst_pad_peer_query (stage->downstream, latency);
    gst_pad_push_event (
        stage->downstream, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 0.5, 0, GST_MSECOND));
    gst_pad_push_event (stage->downstream, gst_event_new_reconfigure ());
    g_usleep (100);
  }
  return NULL;
}

static gpointer
turn_properties (gpointer data)
{
  static const char *const layers[] = {"block1_conv1", "block1_conv2", "nonsense"};
  Stage *stage = data;

  for (int i = 0; !g_atomic_int_get (&stage->must_end); i++) {
    g_autofree char *layer = NULL, *weights = NULL;
    g_auto (GStrv) names = NULL;

    g_object_set (stage->element, "blend", (i % 3) / 2.0, "colormap", i % 5, "method", i % 3,
        "channel", i % 4 - 2, "threads", 1 + i % 2, "layer", layers[i % 3], NULL);
    g_object_get (stage->element, "layers", &names, "weights", &weights, "layer", &layer, NULL);
    g_object_set (stage->element, "layer", layers[0], "channel", -1, NULL);
    g_usleep (200);
  }
  return NULL;
}

/* Takes the element through states beside threads. Settings that the network does not have may make a start
 * fail, which is no more than that. */
static void
cycle_beside (Stage *stage, const GThreadFunc *functions, guint n_functions)
{
  GThread *threads[8];

  for (guint i = 0; i < n_functions; i++)
    threads[i] = g_thread_new ("beside", functions[i], stage);
  for (guint i = 0; i < N_CYCLES; i++) {
    gst_element_set_state (stage->element, GST_STATE_PAUSED);
    g_usleep (i % 3 * 500);
    gst_element_set_state (stage->element, i % 10 == 9 ? GST_STATE_NULL : GST_STATE_READY);
  }
  g_atomic_int_set (&stage->must_end, TRUE);
  for (guint i = 0; i < n_functions; i++)
    g_thread_join (threads[i]);
}

/* After all that, a stream flows as if nothing had been. */
static void
check_that_it_works (Stage *stage)
{
  g_object_set (stage->element, "layer", "block1_conv1", "channel", -1, "blend", 1.0, NULL);
  gst_element_set_state (stage->element, GST_STATE_NULL);
  ck_assert_int_eq (
      gst_element_set_state (stage->element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  gst_pad_push_event (stage->upstream, gst_event_new_flush_start ());
  gst_pad_push_event (stage->upstream, gst_event_new_flush_stop (TRUE));
  push_beginning (stage->upstream, CAPS);
  stage->n_taken = 0;
  ck_assert_int_eq (gst_pad_push (stage->upstream, new_frame (CAPS, 1)), GST_FLOW_OK);
  ck_assert_int_eq (stage->n_taken, 1);
}

START_TEST (test_states_beside_a_stream)
{
  static const GThreadFunc functions[] = {push_stream};
  Stage stage;

  open_stage (&stage);
  cycle_beside (&stage, functions, G_N_ELEMENTS (functions));
  check_that_it_works (&stage);
  close_stage (&stage);
}
END_TEST

START_TEST (test_states_beside_everything)
{
  static const GThreadFunc functions[] = {
      push_stream, push_queries, push_flushes, answer_back, turn_properties};
  Stage stage;

  open_stage (&stage);
  cycle_beside (&stage, functions, G_N_ELEMENTS (functions));
  check_that_it_works (&stage);
  close_stage (&stage);
}
END_TEST

static gpointer
push_one (gpointer data)
{
  Stage *stage = data;

  push_beginning (stage->upstream, CAPS);
  return GINT_TO_POINTER (gst_pad_push (stage->upstream, new_frame (CAPS, 1)));
}

/* Called in the midst of the start, when the network has been loaded. */
static GstBusSyncReply
push_while_starting (GstBus *bus, GstMessage *message, gpointer data)
{
  GThread **thread = data;

  if (*thread == NULL && gst_message_has_name (message, "gbpsaliency-network")) {
    Stage *stage = g_object_get_data (G_OBJECT (bus), "stage");

    *thread = g_thread_new ("early", push_one, stage);
    g_usleep (50000); /* long enough for what is not held back to be through */
    ck_assert_int_eq (g_atomic_int_get (&stage->n_taken), 0);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* What comes during the start is held until its end, and nothing of it is lost. */
START_TEST (test_early_frame_is_kept)
{
  g_autoptr (GstBus) bus = gst_bus_new ();
  GThread *thread = NULL;
  Stage stage;

  open_stage (&stage);
  g_object_set_data (G_OBJECT (bus), "stage", &stage);
  gst_bus_set_sync_handler (bus, push_while_starting, &thread, NULL);
  gst_element_set_bus (stage.element, bus);
  ck_assert_int_eq (
      gst_element_set_state (stage.element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  ck_assert (thread != NULL);
  ck_assert_int_eq (GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_OK);
  ck_assert_int_eq (stage.n_taken, 1);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  close_stage (&stage);
}
END_TEST

/* Without a network to explain with, all is turned away. */
START_TEST (test_refused_after_a_failed_start)
{
  Stage stage;

  open_stage (&stage);
  g_object_set (stage.element, "layer", "nonsense", NULL);
  ck_assert_int_eq (
      gst_element_set_state (stage.element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  push_beginning (stage.upstream, CAPS);
  gst_pad_push_event (stage.upstream, gst_event_new_flush_start ());
  gst_pad_push_event (stage.upstream, gst_event_new_flush_stop (TRUE));
  ck_assert_int_eq (gst_pad_push (stage.upstream, new_frame (CAPS, 1)), GST_FLOW_FLUSHING);
  ck_assert_int_eq (stage.n_taken, 0);
  check_that_it_works (&stage);
  close_stage (&stage);
}
END_TEST

static void
ignore_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  /* a flush between a segment and its frames makes GStreamer complain of the frames */
  g_log_set_handler ("GStreamer", G_LOG_LEVEL_WARNING, ignore_warning, NULL);
  const GbpTest tests[] = {
      {"states beside a stream", test_states_beside_a_stream, 0},
      {"states beside everything", test_states_beside_everything, 0},
      {"an early frame is kept", test_early_frame_is_kept, 0},
      {"refused after a failed start", test_refused_after_a_failed_start, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/race", tests));
}
