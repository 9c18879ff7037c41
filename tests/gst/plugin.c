/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin is the build's, and says of itself what there is to know. */
#include "support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Everything below tests what was just built, and nothing that may be installed. */
START_TEST (test_plugin_is_of_this_build)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("gbpsaliency");
  g_autoptr (GstPlugin) plugin = NULL;
  g_autofree char *found = NULL, *built = NULL;

  ck_assert_msg (factory != NULL, "there is no gbpsaliency in %s", g_getenv ("GST_PLUGIN_PATH"));
  plugin = gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory));
  found = realpath (gst_plugin_get_filename (plugin), NULL);
  built = realpath (GBP_TEST_PLUGIN, NULL);
  ck_assert_str_eq (found, built);
  ck_assert_str_eq (gst_plugin_get_license (plugin), "LGPL");
}
END_TEST

START_TEST (test_metadata)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("gbpsaliency");
  g_autoptr (GstPluginFeature) loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));

  ck_assert (loaded != NULL);
  ck_assert_str_eq (gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS),
      "Filter/Effect/Video");
  ck_assert_uint_eq (gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)), GST_RANK_NONE);
  ck_assert_str_eq (
      g_type_name (gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded))),
      "GstGbpSaliency");
}
END_TEST

/* The contract with applications.
 * @value: the default as gst-launch-1.0 would print it; NULL: no string */
static const struct {
  const char *name, *type, *value;
  gboolean is_mutable, is_controllable;
} properties[] = {
    {"weights", "gchararray", NULL, FALSE, FALSE},
    {"preprocess", "GstGbpSaliencyPreprocess", "auto", FALSE, FALSE},
    {"class-names", "gchararray", NULL, FALSE, FALSE},
    {"scoring", "GstGbpSaliencyScoring", "auto", FALSE, FALSE},
    {"input-size", "gchararray", NULL, FALSE, FALSE},
    {"threads", "guint", "0", FALSE, FALSE},
    {"layer", "gchararray", "block5_conv4", TRUE, FALSE},
    {"method", "GstGbpSaliencyMethod", "guided", TRUE, FALSE},
    {"channel", "gint", "-1", TRUE, FALSE},
    {"unit-x", "gint", "-1", TRUE, FALSE},
    {"unit-y", "gint", "-1", TRUE, FALSE},
    {"blend", "gdouble", "1", TRUE, TRUE},
    {"colormap", "GstGbpSaliencyColormap", "rgb", TRUE, FALSE},
    {"qos", "gboolean", "false", FALSE, FALSE},
};

START_TEST (test_properties)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("gbpsaliency", NULL));
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), properties[_i].name);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  ck_assert (spec != NULL);
  ck_assert_str_eq (g_type_name (spec->value_type), properties[_i].type);
  g_value_init (&value, spec->value_type);
  g_object_get_property (G_OBJECT (element), properties[_i].name, &value);
  text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value) : gst_value_serialize (&value);
  ck_assert_pstr_eq (text, properties[_i].value);
  ck_assert_int_eq ((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0, properties[_i].is_mutable);
  ck_assert_int_eq ((spec->flags & GST_PARAM_CONTROLLABLE) != 0, properties[_i].is_controllable);
  ck_assert (g_param_spec_get_nick (spec) != NULL && strlen (g_param_spec_get_blurb (spec)) > 10);
}
END_TEST

/* Choices by the names that a command line has. */
static const char *const choices[][2] = {{"method", "guided"}, {"method", "gradient"},
    {"method", "deconvnet"}, {"colormap", "rgb"}, {"colormap", "gray"}, {"colormap", "viridis"},
    {"colormap", "inferno"}, {"colormap", "turbo"}, {"preprocess", "auto"}, {"preprocess", "caffe"},
    {"preprocess", "torch"}};

START_TEST (test_choices)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("gbpsaliency", NULL));
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  gst_util_set_object_arg (G_OBJECT (element), choices[_i][0], choices[_i][1]);
  g_object_get_property (G_OBJECT (element), choices[_i][0], &value);
  text = gst_value_serialize (&value);
  ck_assert_str_eq (text, choices[_i][1]);
}
END_TEST

/* The layers are the built-in network's until another one is loaded, whatever file is named. */
START_TEST (test_layers)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());
  g_auto (GStrv) before = NULL;
  g_auto (GStrv) loaded = NULL;

  g_object_set (element, "weights", GBP_TEST_HEADLESS_WEIGHTS, NULL);
  g_object_get (element, "layers", &before, NULL);
  ck_assert_str_eq (before[0], "block1_conv1");
  ck_assert_str_eq (before[g_strv_length (before) - 1], "predictions");
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  g_object_get (element, "layers", &loaded, NULL);
  ck_assert_str_eq (loaded[g_strv_length (loaded) - 1], "flatten");
  gst_element_set_state (element, GST_STATE_NULL);
}
END_TEST

/* What a user knows of the network and its file does not say; a size that is none stops the element. */
START_TEST (test_what_a_user_says)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());
  g_autofree char *path = g_strdup_printf ("%s/gbp-classes-%d", g_get_tmp_dir (), (int) getpid ());
  g_auto (GStrv) classes = NULL;

  ck_assert (g_file_set_contents (path, "one\ntwo\nthree\n", -1, NULL));
  g_object_set (element, "class-names", path, "input-size", "231x224", NULL);
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  g_object_get (element, "classes", &classes, NULL);
  ck_assert_uint_eq (g_strv_length (classes), 3);
  ck_assert_str_eq (classes[2], "three");
  gst_element_set_state (element, GST_STATE_NULL);
  g_object_set (element, "input-size", "231", NULL);
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  g_object_set (element, "input-size", NULL, NULL);
  ck_assert_int_eq (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  g_remove (path);
}
END_TEST

/* gst-inspect-1.0 names the built-in network as the network names itself, and its number of classes. */
START_TEST (test_built_in_is_named)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("gbpsaliency", NULL));
  const char *blurb = g_param_spec_get_blurb (
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), "weights"));
  g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  g_auto (GStrv) parts = g_strsplit (gbp_network_get_description (network), ", ", -1);
  guint n_classes = g_strv_length ((char **) gbp_network_get_class_names (network));
  g_autofree char *families = g_strdup_printf ("%u families", n_classes);

  ck_assert_uint_eq (g_strv_length (parts), 3);
  ck_assert_str_eq (parts[1], "built in");
  ck_assert_msg (strstr (blurb, parts[0]) && strstr (blurb, parts[2]) && strstr (blurb, families),
      "\"%s\", \"%s\" and \"%s\" are not all in: %s", parts[0], parts[2], families, blurb);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"plugin is of this build", test_plugin_is_of_this_build, 0},
      {"metadata", test_metadata, 0},
      {"properties", test_properties, G_N_ELEMENTS (properties)},
      {"choices", test_choices, G_N_ELEMENTS (choices)},
      {"layers", test_layers, 0},
      {"what a user says", test_what_a_user_says, 0},
      {"built-in is named", test_built_in_is_named, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/plugin", tests));
}
