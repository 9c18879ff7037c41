/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Settings: what is refused and how, and what changes while frames flow. */
#include "support.h"

#include <glib/gstdio.h>
#include <string.h>

#define CAPS "video/x-raw,format=RGB,width=224,height=224,framerate=30/1"

/* Sets properties from a string as gst-launch-1.0 has it, in one go. */
static void
set_together (GstElement *element, const char *settings)
{
  g_auto (GStrv) words = g_strsplit (settings, " ", -1);

  g_object_freeze_notify (G_OBJECT (element));
  for (guint i = 0; words[i] != NULL; i++) {
    g_auto (GStrv) pair = g_strsplit (words[i], "=", 2);

    gst_util_set_object_arg (G_OBJECT (element), pair[0], pair[1]);
  }
  g_object_thaw_notify (G_OBJECT (element));
}

/* Files that are no weights, made in a directory of their own. */
static char *
write_file (const char *content, gsize size)
{
  g_autoptr (GError) error = NULL;
  char *path = NULL;
  int file = g_file_open_tmp ("gbpsaliency-test-XXXXXX.h5", &path, &error);

  ck_assert_msg (file >= 0, "%s", error != NULL ? error->message : "");
  g_close (file, NULL);
  ck_assert (g_file_set_contents (path, content, (gssize) size, NULL));
  return path;
}

/* What a start fails with: one error, which says what was given and what is valid; and that the element
 * starts once the mistake is mended. */
static const struct {
  const char *settings;
  int domain; /* 0: resource, 1: library */
  int code;
  const char *part;
} mistakes[] = {
    {"weights=/nowhere/to/be/found.h5", 0, GST_RESOURCE_ERROR_NOT_FOUND, "/nowhere/to/be/found.h5"},
    {"weights=/", 0, GST_RESOURCE_ERROR_READ, "/"},
    {"layer=block9_conv1", 1, GST_LIBRARY_ERROR_SETTINGS, "block9_conv1"},
    {"layer=block9_conv1", 1, GST_LIBRARY_ERROR_SETTINGS, "block5_conv4"},
    {"layer=", 1, GST_LIBRARY_ERROR_SETTINGS, "block5_conv4"},
    {"channel=4", 1, GST_LIBRARY_ERROR_SETTINGS, "0 to 3"},
    {"layer=block5_conv1 unit-x=14", 1, GST_LIBRARY_ERROR_SETTINGS, "0 to 13"},
    {"layer=block5_conv1 unit-y=14", 1, GST_LIBRARY_ERROR_SETTINGS, "0 to 13"},
    {"input-size=4294967520x0224", 1, GST_LIBRARY_ERROR_SETTINGS, "is not WIDTHxHEIGHT"},
};

static void
check_start_fails (GstElement *element, int domain, int code, const char *part)
{
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gbp_test_assert_complaint (
      element, GST_MESSAGE_ERROR, domain == 0 ? GST_RESOURCE_ERROR : GST_LIBRARY_ERROR, code, part);
  gst_element_set_state (element, GST_STATE_NULL);
  g_object_set (element, "weights", gbp_test_weights (), "layer", "block1_conv1", "channel", -1,
      "unit-x", -1, "unit-y", -1, "input-size", NULL, NULL);
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  ck_assert (gbp_test_pop_message (element, GST_MESSAGE_ERROR) == NULL);
  gst_element_set_state (element, GST_STATE_NULL);
}

START_TEST (test_start_fails)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());

  set_together (element, mistakes[_i].settings);
  check_start_fails (element, mistakes[_i].domain, mistakes[_i].code, mistakes[_i].part);
}
END_TEST

START_TEST (test_broken_file)
{
  static const char *const contents[] = {"", "These are no weights at all.", "\211HDF\r\n\032\n"};
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());
  g_autofree char *path = write_file (contents[_i], strlen (contents[_i]));

  g_object_set (element, "weights", path, NULL);
  check_start_fails (element, 0, GST_RESOURCE_ERROR_READ, path);
  g_unlink (path);
}
END_TEST

/* Which settings a playing element refuses, with a part of what it says. */
static const struct {
  const char *settings, *part;
} refusals[] = {
    {"layer=block9_conv1", "block9_conv1"},
    {"layer=block9_conv1", "block5_conv4"},
    {"layer=", "block5_conv4"},
    {"channel=4", "0 to 3"},
    {"unit-x=224", "0 to 223"},
    {"unit-y=224", "0 to 223"},
    {"layer=block5_conv1 unit-x=14", "0 to 13"},
    {"method=deconvnet channel=99", "0 to 3"},
    {"weights=/nowhere/to/be/found.h5", "/nowhere/to/be/found.h5"},
    {"preprocess=torch", "preprocess=torch is refused while a network is loaded, and auto stays"},
    {"threads=7", "7"},
};

static char *
describe (GstElement *element)
{
  g_autofree char *weights = NULL, *layer = NULL;
  int method, channel, x, y, preprocess;
  guint threads;

  g_object_get (element, "weights", &weights, "layer", &layer, "method", &method, "channel",
      &channel, "unit-x", &x, "unit-y", &y, "preprocess", &preprocess, "threads", &threads, NULL);
  return g_strdup_printf (
      "%s %s %d %d %d,%d %d %u", weights, layer, method, channel, x, y, preprocess, threads);
}

START_TEST (test_refusals_while_playing)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  GstElement *element = harness->element;
  g_autofree char *before = describe (element);
  g_autofree char *after = NULL;
  g_autoptr (GstBuffer) expected = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));
  g_autoptr (GstBuffer) found = NULL;

  set_together (element, refusals[_i].settings);
  after = describe (element);
  ck_assert_str_eq (after, before);
  gbp_test_assert_complaint (element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, refusals[_i].part);
  found = gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1));
  ck_assert (gbp_test_has_equal_bytes (expected, found));
  gbp_test_harness_free (harness);
}
END_TEST

/* Where nobody listens on a bus, the refusal is a line on the terminal. */
START_TEST (test_refusal_without_a_bus)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  g_autofree char *layer = NULL;

  gst_element_set_bus (harness->element, NULL);
  g_test_expect_message ("gbpsaliency", G_LOG_LEVEL_WARNING, "*block9_conv1*block5_conv4*");
  g_object_set (harness->element, "layer", "block9_conv1", NULL);
  g_test_assert_expected_messages ();
  g_object_get (harness->element, "layer", &layer, NULL);
  ck_assert_str_eq (layer, "block1_conv1");
  gbp_test_harness_free (harness);
}
END_TEST

/* The same values again are no change. */
START_TEST (test_unchanged_settings)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);

  g_object_set (harness->element, "weights", gbp_test_weights (), "threads", 1, NULL);
  ck_assert (gbp_test_pop_message (harness->element, GST_MESSAGE_WARNING) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* What is set while frames flow holds from the next frame on, and gives what the library gives. */
static const char *const changes[] = {"method=gradient", "method=deconvnet", "channel=2",
    "channel=-2", "unit-x=100 unit-y=50", "layer=block2_pool",
    "layer=block5_conv4 channel=3 unit-x=13 unit-y=0", "layer=predictions channel=2", "layer=fc1",
    "colormap=inferno", "colormap=gray", "colormap=viridis", "colormap=turbo"};

START_TEST (test_changes_while_playing)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, CAPS);
  GstElement *element = harness->element;

  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
  for (guint i = 0; i < 2; i++) { /* forth, and back to the defaults */
    g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 1);
    g_autoptr (GstBuffer) expected = NULL;
    g_autoptr (GstBuffer) found = NULL;

    set_together (element, i == 0 ? changes[_i]
                                  : "layer=block1_conv1 method=guided channel=-1 unit-x=-1 "
                                    "unit-y=-1 colormap=rgb");
    expected = gbp_test_explain (element, frame);
    found = gst_harness_push_and_pull (harness, gst_buffer_ref (frame));
    ck_assert_msg (gbp_test_has_equal_bytes (expected, found), "%s", changes[_i]);
  }
  ck_assert (gbp_test_pop_message (element, GST_MESSAGE_WARNING) == NULL);
  gbp_test_harness_free (harness);
}
END_TEST

/* A layer and a channel that only fit together are taken together, in either order. */
START_TEST (test_settings_that_belong_together)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  GstElement *element = harness->element;
  int x;

  g_object_set (element, "unit-x", 200, NULL);
  g_object_set (element, "layer", "block5_conv1", "unit-x", 13, NULL);
  g_object_set (element, "unit-x", 200, "layer", "block1_conv1", NULL);
  ck_assert (gbp_test_pop_message (element, GST_MESSAGE_WARNING) == NULL);
  g_object_get (element, "unit-x", &x, NULL);
  ck_assert_int_eq (x, 200);
  g_object_set (element, "layer", "block5_conv1", NULL);
  gbp_test_assert_complaint (
      element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "0 to 13");
  gbp_test_harness_free (harness);
}
END_TEST

/* Who is told of a change reads what it came to. */
static void
read_layer (GstElement *element, GParamSpec *spec, char **layer)
{
  g_free (*layer);
  g_object_get (element, "layer", layer, NULL);
}

START_TEST (test_notify_after_judgement)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_element_new (), CAPS, NULL);
  g_autofree char *layer = NULL;

  g_signal_connect (harness->element, "notify::layer", G_CALLBACK (read_layer), &layer);
  g_object_set (harness->element, "layer", "block9_conv1", NULL);
  ck_assert_str_eq (layer, "block1_conv1");
  g_object_set (harness->element, "layer", "block2_conv1", NULL);
  ck_assert_str_eq (layer, "block2_conv1");
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"start fails", test_start_fails, G_N_ELEMENTS (mistakes)},
      {"broken file", test_broken_file, 3},
      {"refusals while playing", test_refusals_while_playing, G_N_ELEMENTS (refusals)},
      {"refusal without a bus", test_refusal_without_a_bus, 0},
      {"unchanged settings", test_unchanged_settings, 0},
      {"changes while playing", test_changes_while_playing, G_N_ELEMENTS (changes)},
      {"settings that belong together", test_settings_that_belong_together, 0},
      {"notify after judgement", test_notify_after_judgement, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/settings", tests));
}
