/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What applications are told of maps, and clicks that choose one. */
#include <gst/video/navigation.h>
#include <math.h>
#include <string.h>

#include "support.h"

#ifdef HAVE_TENSOR_META
#include <gst/analytics/analytics.h>
#endif

#define CAPS "video/x-raw,format=RGB,width=224,height=224,framerate=30/1"

static const GstStructure *
get_content (GstMessage *message, const char *name)
{
  const GstStructure *content = message != NULL ? gst_message_get_structure (message) : NULL;

  return content != NULL && gst_structure_has_name (content, name) ? content : NULL;
}

/* The next message about a map, or NULL. */
static GstMessage *
pop_map (GstElement *element)
{
  GstMessage *message;

  while ((message = gbp_test_pop_message (element, GST_MESSAGE_ELEMENT)) != NULL) {
    if (get_content (message, "gbpsaliency-map") != NULL)
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

/* Each map is told of once, with what it is of; an equal frame has the map of the one before. */
START_TEST (test_messages)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) first = gbp_test_frame_of (CAPS, 1);
  g_autoptr (GstBuffer) second = gbp_test_frame_of (CAPS, 2);
  g_autoptr (GstMessage) message = NULL;
  const GstStructure *content;
  guint64 timestamp, running_time, spent;
  double value, low, high, peak;
  g_autofree char *layer = NULL, *method = NULL;

  g_object_set (harness->element, "post-maps", TRUE, "workers", 1, NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_ref (first)));
  message = pop_map (harness->element);
  content = get_content (message, "gbpsaliency-map");
  ck_assert (content != NULL);
  ck_assert (gst_structure_get (content, "layer", G_TYPE_STRING, &layer, "method", G_TYPE_STRING,
      &method, "value", G_TYPE_DOUBLE, &value, "low", G_TYPE_DOUBLE, &low, "high", G_TYPE_DOUBLE,
      &high, "peak", G_TYPE_DOUBLE, &peak, "timestamp", G_TYPE_UINT64, &timestamp, "running-time",
      G_TYPE_UINT64, &running_time, "computing-time", G_TYPE_UINT64, &spent, NULL));
  ck_assert_str_eq (layer, "block1_conv1");
  ck_assert_str_eq (method, "guided");
  ck_assert (value > 0 && low < high && peak >= high && spent > 0);
  ck_assert_uint_eq (timestamp, GST_BUFFER_PTS (first));
  ck_assert_uint_eq (running_time, GST_BUFFER_PTS (first));
  gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_copy (first)));
  ck_assert (pop_map (harness->element) == NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_ref (second)));
  gst_clear_message (&message);
  message = pop_map (harness->element);
  ck_assert (message != NULL);
  g_object_set (harness->element, "post-maps", FALSE, NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_ref (first)));
  ck_assert (pop_map (harness->element) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* The map on a frame is the library's gradient of it, to the bit, whatever the look. */
static const char *const looks[] = {"over", "strength", "side-by-side"};

START_TEST (test_metas)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3);
  g_autofree float *expected = gbp_test_gradient (harness->element, frame);
  g_autoptr (GstBuffer) output = NULL;
  GstCustomMeta *meta;
  GstBuffer *map;
  int height, width, channels;

  gst_util_set_object_arg (G_OBJECT (harness->element), "look", looks[_i]);
  g_object_set (harness->element, "attach-maps", TRUE, NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  meta = gst_buffer_get_custom_meta (output, "GstGbpSaliencyMapMeta");
  ck_assert (meta != NULL);
  ck_assert (gst_structure_get (gst_custom_meta_get_structure (meta), "map", GST_TYPE_BUFFER, &map,
      "height", G_TYPE_INT, &height, "width", G_TYPE_INT, &width, "channels", G_TYPE_INT, &channels,
      NULL));
  ck_assert (height == 224 && width == 224 && channels == 3);
  ck_assert_uint_eq (gst_buffer_get_size (map), 224 * 224 * 3 * sizeof (float));
  ck_assert_int_eq (gst_buffer_memcmp (map, 0, expected, 224 * 224 * 3 * sizeof (float)), 0);
  gst_buffer_unref (map);
#ifdef HAVE_TENSOR_META
  {
    GstTensorMeta *tensors = gst_buffer_get_tensor_meta (output);
    const GstTensor *tensor;

    ck_assert (tensors != NULL);
    tensor = gst_tensor_meta_get (tensors, 0);
    ck_assert (tensor->id == g_quark_from_string ("gbpsaliency-gradient"));
    ck_assert (tensor->data_type == GST_TENSOR_DATA_TYPE_FLOAT32 && tensor->num_dims == 3);
    ck_assert (tensor->dims[0] == 224 && tensor->dims[1] == 224 && tensor->dims[2] == 3);
    ck_assert_int_eq (
        gst_buffer_memcmp (tensor->data, 0, expected, 224 * 224 * 3 * sizeof (float)), 0);
  }
#endif
  gbp_test_harness_free (harness);
}
END_TEST

/* A frame on which nothing is shown has no map, though one was computed, and least of all that of a frame before. */
START_TEST (test_no_meta_of_before)
{
  static const char *const outputs[] = {CAPS, "video/x-raw,format=BGRx"};
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, outputs[_i]);

  g_object_set (harness->element, "attach-maps", TRUE, "channel", GBP_CHANNEL_STRONGEST, NULL);
  for (guint is_hidden = 0; is_hidden < 2; is_hidden++) {
    g_autoptr (GstBuffer) output = NULL;

    g_object_set (harness->element, "blend", is_hidden ? 0.0 : 1.0, NULL);
    output = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 5 * is_hidden));
    ck_assert_int_eq (
        gst_buffer_get_custom_meta (output, "GstGbpSaliencyMapMeta") == NULL, is_hidden);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* Regions of interest stay on the frame, in every look. */
START_TEST (test_regions_stay)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  GstBuffer *frame = gbp_test_frame_of (CAPS, 3);
  g_autoptr (GstBuffer) output = NULL;
  GstVideoRegionOfInterestMeta *region;

  gst_util_set_object_arg (G_OBJECT (harness->element), "look", looks[_i]);
  gst_buffer_add_video_region_of_interest_meta (frame, "face", 10, 20, 30, 40);
  output = gst_harness_push_and_pull (harness, frame);
  region = (GstVideoRegionOfInterestMeta *) gst_buffer_get_meta (
      output, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
  ck_assert (region != NULL && region->x == 10 && region->y == 20 && region->w == 30);
  gbp_test_harness_free (harness);
}
END_TEST

/* Within two regions the frame is as without them; beside them it has the colour of zero, or stays the video. */
START_TEST (test_only_regions)
{
  static const char *const settings[] = {"over", "strength"};
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  GstBuffer *frame = gbp_test_frame_of (CAPS, 3);
  g_autoptr (GstBuffer) whole = NULL;
  g_autoptr (GstBuffer) cut = NULL;
  GstMapInfo all, some, video;

  gst_util_set_object_arg (G_OBJECT (harness->element), "look", settings[_i]);
  gst_util_set_object_arg (G_OBJECT (harness->element), "colormap", "viridis");
  gst_buffer_add_video_region_of_interest_meta (frame, "face", 10, 20, 30, 40);
  gst_buffer_add_video_region_of_interest_meta (frame, "edge", 200, 200, 1000, 1000);
  whole = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  g_object_set (harness->element, "only-regions", TRUE, NULL);
  cut = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  ck_assert (gst_buffer_map (whole, &all, GST_MAP_READ));
  ck_assert (gst_buffer_map (cut, &some, GST_MAP_READ));
  ck_assert (gst_buffer_map (frame, &video, GST_MAP_READ));
  for (guint i = 0; i < 3 * 224 * 224; i++) {
    static const guint8 zero[] = {0x44, 0x01, 0x54};
    guint x = i / 3 % 224, y = i / 3 / 224;
    gboolean is_inside = (x >= 10 && x < 40 && y >= 20 && y < 60) || (x >= 200 && y >= 200);
    guint8 outside = _i == 0 ? zero[i % 3] : video.data[i];

    if (some.data[i] != (is_inside ? all.data[i] : outside))
      ck_abort_msg ("component %u of %u,%u is %u", i % 3, x, y, some.data[i]);
  }
  gst_buffer_unmap (whole, &all);
  gst_buffer_unmap (cut, &some);
  gst_buffer_unmap (frame, &video);
  gst_buffer_unref (frame);
  gbp_test_harness_free (harness);
}
END_TEST

static void
click (GstHarness *harness, int button, double x, double y)
{
  gst_harness_push_upstream_event (harness,
      gst_navigation_event_new_mouse_button_press (button, x, y, GST_NAVIGATION_MODIFIER_NONE));
}

static void
assert_unit (GstHarness *harness, int expected_x, int expected_y)
{
  int x, y;

  g_object_get (harness->element, "unit-x", &x, "unit-y", &y, NULL);
  ck_assert_int_eq (x, expected_x);
  ck_assert_int_eq (y, expected_y);
}

/* A click selects the unit that lies under it, however the frame is fitted and shown; hand-computed on a map of 112 ×
 * 112. */
static const struct {
  const char *look, *fit;
  double x, y;
  int unit_x, unit_y;
} clicks[] = {
    {"over", "stretch", 0, 0, 0, 0},
    {"over", "stretch", 639, 359, 111, 111},
    {"over", "stretch", 320, 90, 56, 28},
    {"over", "letterbox", 320, 180, 56, 56},
    {"over", "letterbox", 0, 0, 0, 24},
    {"over", "crop", 320, 180, 56, 56},
    {"over", "crop", 10, 10, -1, -1}, /* beside what the network sees */
    {"over", "stretch", NAN, 10, -1, -1},
    {"side-by-side", "stretch", 160, 178, 56, 56}, /* the video: 320 x 180 at 0, 88 */
    {"side-by-side", "stretch", 480, 178, 56, 56}, /* the picture: at 320, 88 */
    {"side-by-side", "stretch", 639, 267, 111, 111},
    {"side-by-side", "letterbox", 0, 88, 0, 24},
    {"side-by-side", "stretch", 160, 87, -1, -1}, /* above both */
    {"side-by-side", "stretch", 160, 268, -1, -1},
};

START_TEST (test_clicks)
{
  const char *caps = "video/x-raw,format=I420,width=640,height=360,framerate=30/1";
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), caps, caps);

  g_object_set (harness->element, "layer", "block2_conv1", NULL);
  gst_util_set_object_arg (G_OBJECT (harness->element), "look", clicks[_i].look);
  gst_util_set_object_arg (G_OBJECT (harness->element), "fit", clicks[_i].fit);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, 1)));
  click (harness, 1, clicks[_i].x, clicks[_i].y);
  assert_unit (harness, -1, -1); /* not asked for */
  g_object_set (harness->element, "navigation", TRUE, NULL);
  click (harness, 1, clicks[_i].x, clicks[_i].y);
  assert_unit (harness, clicks[_i].unit_x, clicks[_i].unit_y);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (caps, 2)));
  click (harness, 3, 5, 5);
  assert_unit (harness, -1, -1);
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"messages", test_messages, 0},
      {"metas", test_metas, G_N_ELEMENTS (looks)},
      {"no meta of before", test_no_meta_of_before, 2},
      {"regions stay", test_regions_stay, G_N_ELEMENTS (looks)},
      {"only regions", test_only_regions, 2},
      {"clicks", test_clicks, G_N_ELEMENTS (clicks)},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/maps", tests));
}
