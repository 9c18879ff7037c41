/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * States over and over, several elements, and threads at once. */
#include "support.h"

#include <glib/gstdio.h>
#include <string.h>

#define CAPS "video/x-raw,format=YUY2,width=64,height=48,framerate=30/1"

/* The network that is loaded is named once at each start; that it is untrained is said to people too. */
START_TEST (test_network_is_named)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());

  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstMessage) message = NULL;
    g_autoptr (GstMessage) info = NULL;
    const GstStructure *content;
    gboolean is_trained = TRUE;

    gst_element_set_state (element, GST_STATE_PAUSED);
    message = gbp_test_pop_message (element, GST_MESSAGE_ELEMENT);
    info = gbp_test_pop_message (element, GST_MESSAGE_INFO);
    ck_assert (message != NULL && gst_message_has_name (message, "gbpsaliency-network"));
    ck_assert (info != NULL);
    content = gst_message_get_structure (message);
    ck_assert (gst_structure_get_boolean (content, "trained", &is_trained));
    ck_assert (!is_trained);
    ck_assert (g_str_has_prefix (gst_structure_get_string (content, "description"), "VGG19"));
    ck_assert (gbp_test_pop_message (element, GST_MESSAGE_ELEMENT) == NULL);
    gst_element_set_state (element, GST_STATE_NULL);
  }
}
END_TEST

/* A network of one convolution, whose weights are all @weight. Returns its path; free with g_free() */
static char *
write_weights (float weight)
{
  const char *header =
      "{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,3,3,3],\"data_offsets\":[0,108]},"
      "\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[108,112]}}";
  guint64 length = GUINT64_TO_LE ((guint64) strlen (header));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  float values[28] = {0};
  g_autoptr (GError) error = NULL;
  char *path;
  int file = g_file_open_tmp ("gbp-life-XXXXXX", &path, &error);

  ck_assert_msg (file >= 0, "%s", error != NULL ? error->message : "");
  g_close (file, NULL);
  for (guint i = 0; i < 27; i++)
    values[i] = weight;
  g_byte_array_append (bytes, (guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (bytes, (guint8 *) values, sizeof values);
  ck_assert (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  return path;
}

/* Weights that overflow are told of once for each target, however many frames come; ordinary ones never. */
START_TEST (test_overflow)
{
  const gboolean is_large = _i == 1;
  g_autofree char *path = write_weights (is_large ? 1e38f : 0.1f);
  GstElement *element = gbp_test_element_new ();
  GstHarness *harness;

  g_object_set (element, "weights", path, "layer", "block1_conv1", NULL);
  harness = gbp_test_harness_new (element, CAPS, NULL);
  for (guint target = 0; target < 2; target++) {
    g_object_set (element, "unit-x", (int) target, NULL);
    for (guint i = 0; i < 3; i++)
      gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
    if (is_large)
      gbp_test_assert_complaint (element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
          GST_LIBRARY_ERROR_FAILED, "Layer block1_conv1: expected a finite sum of its outputs");
    else
      ck_assert (gbp_test_pop_message (element, GST_MESSAGE_WARNING) == NULL);
  }
  g_remove (path);
  gbp_test_harness_free (harness);
}
END_TEST

static const struct {
  int samples;
  double noise;
  gboolean is_silent;
} noises[] = {{1, 1, FALSE}, {2, 1, TRUE}, {2, 0.001, FALSE}};

/* Noise that leaves nothing of a map is told of once. Each sample of a unit of one convolution is silent or not: with
 * two, some units have no map in some frames. Without noise nothing is said, nor with little, though a unit that is
 * silent in the frame itself has no map then. */
START_TEST (test_silence)
{
  g_autofree char *path = write_weights (0.1f);
  GstElement *element = gbp_test_element_new ();
  GstHarness *harness;
  guint n_silent = 0;

  g_object_set (element, "weights", path, "layer", "block1_conv1", "samples", noises[_i].samples,
      "noise", noises[_i].noise, NULL);
  harness = gbp_test_harness_new (element, CAPS, NULL);
  /* one that is silent is enough for a sanitizer */
  for (int unit = 9; unit < 12 && !(GBP_TEST_SANITIZED && n_silent > 0); unit++) {
    g_autoptr (GstMessage) message = NULL;
    g_autoptr (GError) error = NULL;

    g_object_set (element, "unit-x", 18 * unit, "unit-y", 200 - 16 * unit, NULL);
    for (guint i = 0; i < (GBP_TEST_SANITIZED ? 4 : 12); i++)
      gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, i)));
    message = gbp_test_pop_message (element, GST_MESSAGE_WARNING);
    if (message == NULL)
      continue;
    gst_message_parse_warning (message, &error, NULL);
    ck_assert (g_error_matches (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS));
    ck_assert (
        strstr (error->message, "With noise=1 all 2 samples of a frame have no gradient") != NULL);
    ck_assert (gbp_test_pop_message (element, GST_MESSAGE_WARNING) == NULL);
    n_silent++;
  }
  ck_assert_int_eq (n_silent > 0, noises[_i].is_silent);
  g_remove (path);
  gbp_test_harness_free (harness);
}
END_TEST

static void
begin_stream (GstHarness *harness)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (harness, gst_event_new_stream_start ("test"));
  gst_harness_set_src_caps_str (harness, CAPS);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
}

/* Through all states, with frames and without, and the same comes out each time. */
START_TEST (test_state_cycles)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstElement *element = harness->element;
  g_autoptr (GstBuffer) first = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));

  for (guint i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) output = NULL;

    gst_element_set_state (element, GST_STATE_NULL);
    gst_element_set_state (element, GST_STATE_PLAYING);
    gst_element_set_state (element, GST_STATE_READY);
    ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    begin_stream (harness);
    ck_assert_uint_gt (gst_harness_query_latency (harness), 0);
    output = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));
    ck_assert (gbp_test_has_equal_bytes (first, output));
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* Two elements with different settings share a network and nothing else. */
START_TEST (test_two_elements)
{
  GstHarness *harnesses[2];
  GstBuffer *alone[2], *together[2];

  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < 2; i++) {
      harnesses[i] = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
      g_object_set (harnesses[i]->element, "layer", i == 0 ? "block1_conv1" : "block2_conv2",
          "blend", i == 0 ? 1.0 : 0.5, NULL);
      if (round == 0) {
        alone[i] = gst_harness_push_and_pull (harnesses[i], gbp_test_frame_of (CAPS, 1));
        gbp_test_harness_free (harnesses[i]);
      }
    }
  }
  for (guint i = 0; i < 2; i++)
    ck_assert_int_eq (gst_harness_push (harnesses[i], gbp_test_frame_of (CAPS, 1)), GST_FLOW_OK);
  for (guint i = 0; i < 2; i++) {
    together[i] = gst_harness_pull (harnesses[i]);
    ck_assert (gbp_test_has_equal_bytes (alone[i], together[i]));
    gst_buffer_unref (alone[i]);
    gst_buffer_unref (together[i]);
    gbp_test_harness_free (harnesses[i]);
  }
}
END_TEST

/* A thread that turns everything that turns until it is told to end. Returns NULL if all went well. */
typedef struct {
  GstElement *element;
  int must_end;
} Turner;

static gpointer
turn (gpointer data)
{
  static const char *const layers[] = {"block1_conv1", "block1_conv2", "block2_conv1", "nonsense"};
  Turner *turner = data;

  for (int i = 0; !g_atomic_int_get (&turner->must_end); i++) {
    g_autofree char *layer = NULL;
    g_auto (GStrv) names = NULL;

    g_object_set (turner->element, "layer", layers[i % 4], "channel", i % 7 - 2, "unit-x",
        i % 5 - 1, "method", i % 3, "blend", (i % 11) / 10.0, "colormap", i % 5, "threads", i % 3,
        NULL);
    g_object_get (turner->element, "layer", &layer, "layers", &names, NULL);
    if (g_str_equal (layer, "nonsense") || g_strv_length (names) < 20)
      return turner;
    g_usleep (200);
  }
  return NULL;
}

/* The same thread beside frames that flow, with new sizes now and then. */
START_TEST (test_changes_from_another_thread)
{
  static const char *const caps[] = {CAPS,
      "video/x-raw,format=NV12,width=33,height=77,framerate=30/1",
      "video/x-raw,format=GRAY8,width=50,height=20,framerate=30/1"};
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  Turner turner = {harness->element, FALSE};
  GThread *thread = g_thread_new ("turner", turn, &turner);

  for (guint i = 0; i < (GBP_TEST_SANITIZED ? 30 : 60); i++) {
    const char *now = caps[i / 10 % 3];

    gst_harness_set_src_caps_str (harness, now);
    gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (now, i)));
  }
  g_atomic_int_set (&turner.must_end, TRUE);
  ck_assert (g_thread_join (thread) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* And beside states that change. */
START_TEST (test_changes_beside_states)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());
  Turner turner = {element, FALSE};
  GThread *thread;

  /* what is set between two starts is not judged until the next one, which may therefore fail */
  thread = g_thread_new ("turner", turn, &turner);
  for (guint i = 0; i < 20; i++) {
    gst_element_set_state (element, GST_STATE_PAUSED);
    gst_element_set_state (element, GST_STATE_READY);
  }
  g_atomic_int_set (&turner.must_end, TRUE);
  g_thread_join (thread);
  gst_element_set_state (element, GST_STATE_NULL);
}
END_TEST

static GstFlowReturn
give_nothing (GstPad *pad, GstObject *parent, guint64 offset, guint length, GstBuffer **buffer)
{
  return GST_FLOW_EOS;
}

static gboolean
accept_mode (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  return TRUE;
}

/* Who would pull frames, from an upstream that lets itself be pulled from, is told that this is not possible. */
START_TEST (test_no_pulling)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_small_element_new ());
  g_autoptr (GstPad) source = gst_element_get_static_pad (element, "src");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstPad) upstream = gst_object_ref_sink (gst_pad_new ("upstream", GST_PAD_SRC));

  gst_pad_set_getrange_function (upstream, give_nothing);
  gst_pad_set_activatemode_function (upstream, accept_mode);
  ck_assert_int_eq (gst_pad_link (upstream, sink), GST_PAD_LINK_OK);
  gst_element_set_state (element, GST_STATE_READY);
  ck_assert (!gst_pad_activate_mode (source, GST_PAD_MODE_PULL, TRUE));
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_pad_set_active (upstream, FALSE);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"network is named", test_network_is_named, 0},
      {"overflow", test_overflow, 2},
      {"silence", test_silence, G_N_ELEMENTS (noises)},
      {"state cycles", test_state_cycles, 0},
      {"no pulling", test_no_pulling, 0},
      {"two elements", test_two_elements, 0},
      {"changes from another thread", test_changes_from_another_thread, 0},
      {"changes beside states", test_changes_beside_states, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/life", tests));
}
