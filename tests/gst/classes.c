/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Classes: which one is explained, and what applications are told of it and of the others. */
#include <math.h>
#include <string.h>

#include "support.h"

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#define CAPS      "video/x-raw,format=RGB,width=224,height=224,framerate=30/1"
#define N_VALUES  (3 * GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE)
#define N_CLASSES 3 /* of the small network */

/* The next element message of that name, or NULL. */
static GstMessage *
pop_message (GstElement *element, const char *name)
{
  GstMessage *message;

  while ((message = gbp_test_pop_message (element, GST_MESSAGE_ELEMENT)) != NULL
         && !gst_message_has_name (message, name))
    gst_message_unref (message);
  return message;
}

/* What the library finds in a 224×224 RGB frame, and the map.
 * Returns: the explanation, which has the scores */
static GbpExplanation *
explain (GstBuffer *frame, const GbpTarget *target, float *gradient, GbpResult *result)
{
  g_autoptr (GbpNetwork) network =
      gbp_network_load (gbp_test_weights (), GBP_PREPROCESS_AUTO, NULL);
  GbpExplanation *explanation = gbp_explanation_new (network, 1);
  GstMapInfo map;

  ck_assert (gbp_explanation_set_target (explanation, target, NULL));
  ck_assert (gst_buffer_map (frame, &map, GST_MAP_READ));
  gbp_explanation_compute (explanation, map.data, 3 * GBP_TEST_INPUT_SIZE, gradient, result);
  gst_buffer_unmap (frame, &map);
  return explanation;
}

static void
assert_map (GstBuffer *output, const float *expected)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (output, "GstGbpSaliencyMapMeta");
  GstBuffer *map;

  ck_assert (meta != NULL);
  ck_assert (
      gst_structure_get (gst_custom_meta_get_structure (meta), "map", GST_TYPE_BUFFER, &map, NULL));
  ck_assert_int_eq (gst_buffer_memcmp (map, 0, expected, N_VALUES * sizeof *expected), 0);
  gst_buffer_unref (map);
}

/* @class_name: as the property has it
 * @class_index: what it is */
static const struct {
  const char *class_name;
  int class_index;
} classes[] = {{"0", 0}, {"2", 2}, {"top", GBP_CLASS_TOP}};

/* A class's map is the library's, to the bit, and a message tells which class it is. */
START_TEST (test_class)
{
  static float expected[N_VALUES];
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3), output = NULL;
  g_autoptr (GbpExplanation) explanation = NULL;
  g_autoptr (GstMessage) message = NULL;
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;
  int class_index;
  double value, score;

  target.class_index = classes[_i].class_index;
  explanation = explain (frame, &target, expected, &result);
  g_object_set (harness->element, "class", classes[_i].class_name, "attach-maps", TRUE, NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  assert_map (output, expected);
  message = pop_message (harness->element, "gbpsaliency-class");
  ck_assert (message != NULL);
  ck_assert (gst_structure_get (gst_message_get_structure (message), "class", G_TYPE_INT,
      &class_index, "value", G_TYPE_DOUBLE, &value, "class-score", G_TYPE_DOUBLE, &score, NULL));
  ck_assert_int_eq (class_index, result.class_index);
  ck_assert_double_eq (value, result.value);
  ck_assert_double_eq (score, gbp_explanation_get_scores (explanation, NULL)[class_index]);
  gbp_test_harness_free (harness);
}
END_TEST

static double
get_number (const GstStructure *content, const char *field, guint i)
{
  const GValue *value = gst_value_array_get_value (gst_structure_get_value (content, field), i);

  return G_VALUE_HOLDS_INT (value) ? g_value_get_int (value) : g_value_get_double (value);
}

static void
assert_scores (const GstStructure *content, const GbpExplanation *explanation, guint n)
{
  const double *scores = gbp_explanation_get_scores (explanation, NULL);
  guint order[N_CLASSES];

  ck_assert_uint_eq (gbp_explanation_find_top (explanation, order, n), n);
  ck_assert_uint_eq (gst_value_array_get_size (gst_structure_get_value (content, "scores")), n);
  for (guint i = 0; i < n; i++) {
    ck_assert_double_eq (get_number (content, "classes", i), order[i]);
    ck_assert_double_eq (get_number (content, "scores", i), scores[order[i]]);
  }
}

/* The scores of each frame, whatever layer is explained: also of one that is equal to the one before. */
START_TEST (test_scores)
{
  static float unused[N_VALUES];
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3);
  g_autoptr (GbpExplanation) explanation = NULL;
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;

  target.class_index = GBP_CLASS_TOP;
  explanation = explain (frame, &target, unused, &result);
  g_object_set (harness->element, "scores", 2, NULL);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstBuffer) copy = gst_buffer_copy (frame);
    g_autoptr (GstMessage) message = NULL;
    const GstStructure *content;
    guint64 number, time;

    GST_BUFFER_PTS (copy) = i * GST_SECOND;
    if (i == 2) /* nothing of it is seen, and they are told of nevertheless */
      g_object_set (harness->element, "blend", 0.0, NULL);
    gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_ref (copy)));
    message = pop_message (harness->element, "gbpsaliency-scores");
    ck_assert_msg (message != NULL, "frame %u", i);
    content = gst_message_get_structure (message);
    ck_assert (gst_structure_get (
        content, "frame", G_TYPE_UINT64, &number, "stream-time", G_TYPE_UINT64, &time, NULL));
    ck_assert_uint_eq (number, i);
    ck_assert_uint_eq (time, i * GST_SECOND);
    ck_assert (!gst_structure_has_field (content, "class"));
    assert_scores (content, explanation, 2);
  }
  gbp_test_harness_free (harness);
}
END_TEST

#ifdef HAVE_ANALYTICS
/* With GStreamer's own metadata, each frame has them too, also one that passes through and that others have. */
START_TEST (test_analytics)
{
  static float unused[N_VALUES];
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3), output = NULL;
  g_autoptr (GbpExplanation) explanation = NULL;
  GbpTarget target = GBP_TARGET_INIT;
  GstAnalyticsRelationMeta *relations;
  GstAnalyticsMtd mtd;
  gpointer state = NULL;
  guint order[N_CLASSES];
  GbpResult result;

  target.class_index = GBP_CLASS_TOP;
  explanation = explain (frame, &target, unused, &result);
  gbp_explanation_find_top (explanation, order, N_CLASSES);
  g_object_set (harness->element, "scores", N_CLASSES, "blend", _i == 0 ? 1.0 : 0.0, NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  ck_assert (_i == 0 || gst_buffer_peek_memory (output, 0) == gst_buffer_peek_memory (frame, 0));
  relations = gst_buffer_get_analytics_relation_meta (output);
  ck_assert (relations != NULL);
  ck_assert (gst_analytics_relation_meta_iterate (
      relations, &state, gst_analytics_cls_mtd_get_mtd_type (), &mtd));
  ck_assert_uint_eq (gst_analytics_cls_mtd_get_length (&mtd), N_CLASSES);
  for (guint i = 0; i < N_CLASSES; i++) {
    g_autofree char *number = g_strdup_printf ("%u", order[i]);

    ck_assert_str_eq (g_quark_to_string (gst_analytics_cls_mtd_get_quark (&mtd, i)), number);
    ck_assert_float_eq (gst_analytics_cls_mtd_get_level (&mtd, i),
        (float) gbp_explanation_get_scores (explanation, NULL)[order[i]]);
  }
  ck_assert (!gst_analytics_relation_meta_iterate (
      relations, &state, gst_analytics_cls_mtd_get_mtd_type (), &mtd));
  gbp_test_harness_free (harness);
}
END_TEST
#endif

/* A layer and all above it get random weights while it plays, and learn nothing of what they knew. */
START_TEST (test_randomize)
{
  static float trained[N_VALUES], expected[N_VALUES];
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3), output = NULL;
  g_autoptr (GbpExplanation) explanation = NULL, randomized = NULL;
  GbpTarget target = GBP_TARGET_INIT;

  explanation = explain (frame, &target, trained, NULL);
  target.randomize = "block5_conv4";
  randomized = explain (frame, &target, expected, NULL);
  ck_assert_mem_ne (trained, expected, sizeof trained);
  g_object_set (harness->element, "layer", "block5_conv4", "attach-maps", TRUE, NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  assert_map (output, trained);
  gst_clear_buffer (&output);
  g_object_set (harness->element, "randomize", "block5_conv4", NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  assert_map (output, expected);
  gst_clear_buffer (&output);
  g_object_set (harness->element, "randomize", "block9", NULL);
  gbp_test_assert_complaint (harness->element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, "block9");
  g_object_set (harness->element, "randomize", NULL, NULL);
  output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
  assert_map (output, trained);
  gbp_test_harness_free (harness);
}
END_TEST

/* Each frame has noise of its own, which is the same whenever it is computed: that of its number. */
START_TEST (test_samples)
{
  static float expected[N_VALUES];
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autoptr (GbpNetwork) network =
      gbp_network_load (gbp_test_weights (), GBP_PREPROCESS_AUTO, NULL);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = "block1_conv1";
  target.samples = 2;
  target.noise = 0.3;
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  g_object_set (harness->element, "samples", 2, "noise", 0.3, "attach-maps", TRUE, NULL);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3 + i), output = NULL;
    GstMapInfo map;

    ck_assert (gst_buffer_map (frame, &map, GST_MAP_READ));
    gbp_explanation_set_seed (explanation, i);
    gbp_explanation_compute (explanation, map.data, 3 * GBP_TEST_INPUT_SIZE, expected, NULL);
    gst_buffer_unmap (frame, &map);
    output = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
    assert_map (output, expected);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* What the network does not have is refused while it runs, and what was set before stays. */
START_TEST (test_refusals)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  g_autofree char *kept = NULL;

  g_object_set (harness->element, "class", "1", NULL);
  ck_assert (gbp_test_pop_message (harness->element, GST_MESSAGE_WARNING) == NULL);
  g_object_set (harness->element, "class", "cat", NULL);
  gbp_test_assert_complaint (harness->element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, "no class \"cat\"");
  g_object_set (harness->element, "class", "3", NULL);
  gbp_test_assert_complaint (harness->element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, "valid are 0 to 2");
  g_object_get (harness->element, "class", &kept, NULL);
  ck_assert_str_eq (kept, "1");
  g_object_set (harness->element, "class", NULL, NULL);
  ck_assert (gbp_test_pop_message (harness->element, GST_MESSAGE_WARNING) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* A network without classes has no scores, and says so when it starts. */
START_TEST (test_no_classes)
{
  g_autoptr (GbpTestElement) element = gbp_test_element_new ();

  g_object_set (element, "weights", GBP_TEST_HEADLESS_WEIGHTS, "scores", 1, NULL);
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gbp_test_assert_complaint (
      element, GST_MESSAGE_ERROR, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "no classes");
  gst_element_set_state (element, GST_STATE_NULL);
}
END_TEST

/* Where the network has no block5_conv4, as VGG16, its last convolution stands for it, and for that name alone. */
START_TEST (test_usual_layer)
{
  GstElement *element = gbp_test_element_new ();
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 3);
  g_autoptr (GstMessage) message = NULL;
  GstHarness *harness;

  g_object_set (element, "weights", GBP_TEST_HEADLESS_WEIGHTS, "layer", "block5_conv4", "post-maps",
      TRUE, NULL);
  harness = gbp_test_harness_new (element, CAPS, CAPS);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gst_buffer_ref (frame)));
  message = pop_message (element, "gbpsaliency-map");
  ck_assert (message != NULL);
  ck_assert_str_eq (
      gst_structure_get_string (gst_message_get_structure (message), "layer"), "block5_conv3");
  g_object_set (element, "layer", "block4_conv4", NULL);
  gbp_test_assert_complaint (
      element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "block4_conv4");
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"class", test_class, G_N_ELEMENTS (classes)},
      {"scores", test_scores, 0},
#ifdef HAVE_ANALYTICS
      {"analytics", test_analytics, 2},
#endif
      {"samples", test_samples, 0},
      {"randomize", test_randomize, 0},
      {"refusals", test_refusals, 0},
      {"no classes", test_no_classes, 0},
      {"usual layer", test_usual_layer, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/classes", tests));
}
