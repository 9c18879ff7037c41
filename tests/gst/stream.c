/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in a stream: passed, kept, changed, forgotten. */
#include <gst/base/gstbasetransform.h>

#include "support.h"

#define CAPS "video/x-raw,format=I420,width=64,height=48,framerate=30/1"

/* With blend = 0 the very buffer comes out that went in, though others hold it. */
START_TEST (test_blend_zero_passes)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstBuffer *frame = gbp_test_frame_of (CAPS, 1);
  g_autoptr (GstBuffer) copy = gst_buffer_copy_deep (frame);
  g_autoptr (GstBuffer) output = NULL;

  g_object_set (harness->element, "blend", 0.0, NULL);
  ck_assert_int_eq (gst_harness_push (harness, gst_buffer_ref (frame)), GST_FLOW_OK);
  output = gst_harness_pull (harness);
  ck_assert_ptr_eq (output, frame);
  ck_assert (gbp_test_has_equal_bytes (frame, copy));
  gst_buffer_unref (frame);
  gbp_test_harness_free (harness);
}
END_TEST

/* Whether frames pass is known at the first negotiation, before the first one, and follows blend. */
START_TEST (test_passing_is_negotiated)
{
  static const struct {
    const char *output;
    double blend;
    gboolean passes, passes_then;
  } cases[] = {{NULL, 1, FALSE, TRUE}, {NULL, 0.5, FALSE, TRUE}, {NULL, 0, TRUE, FALSE},
      {"video/x-raw,format=BGRx", 0, FALSE, FALSE}};
  GstElement *element = gbp_test_small_element_new ();
  GstBaseTransform *trans = GST_BASE_TRANSFORM (element);
  GstHarness *harness;

  g_object_set (element, "blend", cases[_i].blend, NULL);
  harness = gbp_test_harness_new (element, CAPS, cases[_i].output);
  ck_assert_int_eq (gst_base_transform_is_passthrough (trans), cases[_i].passes);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
  ck_assert_int_eq (gst_base_transform_is_passthrough (trans), cases[_i].passes);
  g_object_set (element, "blend", cases[_i].blend > 0 ? 0.0 : 1.0, NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 2)));
  ck_assert_int_eq (gst_base_transform_is_passthrough (trans), cases[_i].passes_then);
  gbp_test_harness_free (harness);
}
END_TEST

/* Half a frame is an error that names the sizes, unless it passes untouched. */
START_TEST (test_short_buffer)
{
  static const char *const outputs[] = {NULL, "video/x-raw,format=BGRx"};
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, outputs[_i]);

  g_object_set (harness->element, "blend", _i == 0 ? 0.5 : 0.0, NULL);
  ck_assert_int_eq (
      gst_harness_push (harness, gst_buffer_new_allocate (NULL, 2304, NULL)), GST_FLOW_ERROR);
  gbp_test_assert_complaint (harness->element, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "2304 bytes, too few for a frame of I420, 64 x 48, which has 4608");
  ck_assert (gbp_test_pop_message (harness->element, GST_MESSAGE_WARNING) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* An overlay is made where the frame lies if nobody else holds it, and elsewhere if somebody does. */
START_TEST (test_works_in_place)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstBuffer *frame = gbp_test_frame_of (CAPS, 1);
  GstBuffer *held = gst_buffer_copy_deep (frame);
  g_autoptr (GstBuffer) copy = gst_buffer_copy_deep (frame);
  g_autoptr (GstBuffer) output = NULL;
  g_autoptr (GstBuffer) second = NULL;

  g_object_set (harness->element, "blend", 0.5, NULL);
  ck_assert_int_eq (gst_harness_push (harness, frame), GST_FLOW_OK);
  output = gst_harness_pull (harness);
  ck_assert_ptr_eq (output, frame);
  ck_assert (!gbp_test_has_equal_bytes (output, copy));

  ck_assert_int_eq (gst_harness_push (harness, gst_buffer_ref (held)), GST_FLOW_OK);
  second = gst_harness_pull (harness);
  ck_assert (gbp_test_has_equal_bytes (held, copy));
  ck_assert (gbp_test_has_equal_bytes (second, output));
  gst_buffer_unref (held);
  gbp_test_harness_free (harness);
}
END_TEST

/* What is told of a frame stays with it, whether it is made anew or not. */
static const struct {
  const char *output;
  double blend;
} ways[] = {{NULL, 1}, {NULL, 0.5}, {NULL, 0}, {"video/x-raw,format=BGRx", 1},
    {"video/x-raw,format=BGRx", 0.5}, {"video/x-raw,format=BGRx", 0}};

START_TEST (test_what_is_kept)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, ways[_i].output);
  GstBuffer *frame = gbp_test_frame_of (CAPS, 3);
  g_autoptr (GstCaps) reference = gst_caps_new_empty_simple ("timestamp/x-test");
  g_autoptr (GstBuffer) output = NULL;
  GstVideoRegionOfInterestMeta *region;
  GstReferenceTimestampMeta *time;

  g_object_set (harness->element, "blend", ways[_i].blend, NULL);
  GST_BUFFER_DTS (frame) = 5;
  GST_BUFFER_OFFSET (frame) = 17;
  GST_BUFFER_OFFSET_END (frame) = 18;
  GST_BUFFER_FLAG_SET (frame,
      GST_BUFFER_FLAG_MARKER | GST_BUFFER_FLAG_GAP | (GstBufferFlags) GST_VIDEO_BUFFER_FLAG_TFF);
  gst_buffer_add_video_region_of_interest_meta (frame, "face", 3, 4, 20, 10);
  gst_buffer_add_reference_timestamp_meta (frame, reference, 42, GST_CLOCK_TIME_NONE);
  ck_assert_int_eq (gst_harness_push (harness, frame), GST_FLOW_OK);
  output = gst_harness_pull (harness);

  ck_assert_uint_eq (GST_BUFFER_PTS (output), 3 * GST_SECOND / 30);
  ck_assert_uint_eq (GST_BUFFER_DURATION (output), GST_SECOND / 30);
  ck_assert_uint_eq (GST_BUFFER_DTS (output), 5);
  ck_assert_uint_eq (GST_BUFFER_OFFSET (output), 17);
  ck_assert_uint_eq (GST_BUFFER_OFFSET_END (output), 18);
  ck_assert (GST_BUFFER_FLAG_IS_SET (output, GST_BUFFER_FLAG_MARKER));
  ck_assert (GST_BUFFER_FLAG_IS_SET (output, GST_BUFFER_FLAG_GAP));
  ck_assert (GST_BUFFER_FLAG_IS_SET (output, GST_VIDEO_BUFFER_FLAG_TFF));
  region = gst_buffer_get_video_region_of_interest_meta (output);
  ck_assert (
      region != NULL && region->x == 3 && region->y == 4 && region->w == 20 && region->h == 10);
  time = gst_buffer_get_reference_timestamp_meta (output, reference);
  ck_assert (time != NULL && time->timestamp == 42);
  gbp_test_harness_free (harness);
}
END_TEST

/* What is told of a frame's size stays, for the size does; what is told of its colours is not true of others. */
START_TEST (test_metas_of_other_frames)
{
  GstHarness *harness =
      gbp_test_harness_new (gbp_test_small_element_new (), CAPS, "video/x-raw,format=BGRx");
  GstBuffer *frame = gbp_test_frame_of (CAPS, 1);
  g_autoptr (GstBuffer) output = NULL;

  gst_buffer_add_custom_meta (frame, "GbpTestSize");
  gst_buffer_add_custom_meta (frame, "GbpTestColours");
  output = gst_harness_push_and_pull (harness, frame);
  ck_assert (gst_buffer_get_custom_meta (output, "GbpTestSize") != NULL);
  ck_assert (gst_buffer_get_custom_meta (output, "GbpTestColours") == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

static void
register_metas (void)
{
  static const char *size_tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR, NULL};
  static const char *colour_tags[] = {
      GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_COLORSPACE_STR, NULL};

  gst_meta_register_custom ("GbpTestSize", size_tags, NULL, NULL, NULL);
  gst_meta_register_custom ("GbpTestColours", colour_tags, NULL, NULL, NULL);
}

/* New caps in the middle of the stream: sizes and formats, and back to the first. */
START_TEST (test_renegotiation)
{
  static const char *const steps[] = {CAPS,
      "video/x-raw,format=YUY2,width=641,height=479,framerate=30/1",
      "video/x-raw,format=BGRx,width=1,height=1,framerate=25/1",
      "video/x-raw,format=P010_10LE,width=100,height=7,framerate=30/1", CAPS};
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstBuffer) first = NULL;

  g_object_set (harness->element, "blend", 0.5, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GstBuffer) output = NULL;
    GstVideoInfo info;
    GstVideoFrame frame;

    gst_harness_set_src_caps_str (harness, steps[i]);
    ck_assert_int_eq (gst_harness_push (harness, gbp_test_frame_of (steps[i], 1)), GST_FLOW_OK);
    output = gst_harness_pull (harness);
    gbp_test_get_output_info (harness, &info);
    ck_assert (gst_video_frame_map (&frame, &info, output, GST_MAP_READ));
    gst_video_frame_unmap (&frame);
    if (i == 0)
      first = gst_buffer_ref (output);
    else if (g_str_equal (steps[i], CAPS))
      ck_assert (gbp_test_has_equal_bytes (first, output));
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* Downstream changes its mind. */
START_TEST (test_downstream_renegotiation)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstVideoInfo info;

  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
  gst_harness_set_sink_caps_str (harness, "video/x-raw,format=RGB");
  gst_harness_push_upstream_event (harness, gst_event_new_reconfigure ());
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 2)));
  gbp_test_get_output_info (harness, &info);
  ck_assert_int_eq (GST_VIDEO_INFO_FORMAT (&info), GST_VIDEO_FORMAT_RGB);
  gbp_test_harness_free (harness);
}
END_TEST

static GstMessage *
pop_channel (GstElement *element)
{
  GstMessage *message;

  while ((message = gbp_test_pop_message (element, GST_MESSAGE_ELEMENT)) != NULL) {
    if (gst_message_has_name (message, "gbpsaliency-channel"))
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

static void
check_report (GstMessage *message)
{
  const GstStructure *content = gst_message_get_structure (message);
  int channel = -1;
  double value = 0;
  guint64 stream_time = 0;

  ck_assert (gst_structure_get (content, "channel", G_TYPE_INT, &channel, "value", G_TYPE_DOUBLE,
      &value, "stream-time", G_TYPE_UINT64, &stream_time, NULL));
  ck_assert (channel >= 0 && channel < 4 && value > 0);
  ck_assert_uint_eq (stream_time, GST_SECOND / 30);
  ck_assert_pstr_eq (gst_structure_get_string (content, "layer"), "block1_conv1");
}

/* The strongest channel is reported when it changes, and again in another segment or after a flush, not after
 * each frame that a lossy source marks; the video may pass untouched meanwhile. */
START_TEST (test_strongest_channel_is_reported)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_object_set (harness->element, "channel", -2, "blend", 0.0, NULL);
  for (guint i = 0; i < 5; i++) {
    g_autoptr (GstMessage) message = NULL;
    g_autoptr (GstBuffer) output = NULL;
    GstBuffer *frame = gbp_test_frame_of (CAPS, 1);

    if (i == 3)
      GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
    if (i == 4) {
      gst_harness_push_event (harness, gst_event_new_flush_start ());
      gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
    }
    if (i == 2 || i == 4)
      gst_harness_push_event (harness, gst_event_new_segment (&segment));
    output = gst_harness_push_and_pull (harness, frame);
    ck_assert_ptr_eq (output, frame);
    message = pop_channel (harness->element);
    ck_assert_msg ((message != NULL) == (i != 1 && i != 3), "frame %u", i);
    if (message != NULL)
      check_report (message);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* After a flush and after EOS frames flow as before; EOS goes through. */
START_TEST (test_flush_and_eos)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstBuffer) before = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));
  g_autoptr (GstBuffer) after = NULL;
  gboolean has_eos = FALSE;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  ck_assert (gst_harness_push_event (harness, gst_event_new_eos ()));
  ck_assert_int_eq (gst_harness_push (harness, gbp_test_frame_of (CAPS, 2)), GST_FLOW_EOS);
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  after = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));
  ck_assert (gbp_test_has_equal_bytes (before, after));
  for (GstEvent *event; (event = gst_harness_try_pull_event (harness)) != NULL;) {
    has_eos |= GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  ck_assert (has_eos);
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  register_metas ();
  const GbpTest tests[] = {
      {"blend zero passes", test_blend_zero_passes, 0},
      {"passing is negotiated", test_passing_is_negotiated, 4},
      {"short buffer", test_short_buffer, 2},
      {"works in place", test_works_in_place, 0},
      {"what is kept", test_what_is_kept, G_N_ELEMENTS (ways)},
      {"metas of other frames", test_metas_of_other_frames, 0},
      {"renegotiation", test_renegotiation, 0},
      {"downstream renegotiation", test_downstream_renegotiation, 0},
      {"strongest channel is reported", test_strongest_channel_is_reported, 0},
      {"flush and eos", test_flush_and_eos, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/stream", tests));
}
