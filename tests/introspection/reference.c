/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What C says of a network and of a picture, for other languages to say too: each prints these lines. */
#include <gbp/gbp.h>
#include <stdio.h>
#include <string.h>

static void
print_list (const char *title, const GbpEntry *const *entries)
{
  printf ("%s:", title);
  for (; *entries != NULL; entries++)
    printf (" %d=%s", (*entries)->value, (*entries)->nick);
  printf ("\n");
}

static void
print_checksum (const char *title, gconstpointer bytes, gsize n_bytes)
{
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, n_bytes);

  printf ("%s: %s\n", title, sum);
}

static void
print_network (GbpNetwork *network)
{
  guint major, minor, micro, height, width, channels;

  gbp_get_version (&major, &minor, &micro);
  printf ("version: %u.%u.%u\n", major, minor, micro);
  printf ("network: %s\n", gbp_network_get_description (network));
  printf ("layers: %u\n", g_strv_length ((char **) gbp_network_get_layer_names (network)));
  printf ("class 3: %s\n", gbp_network_get_class_names (network)[3]);
  gbp_network_get_layer_shape (network, "block3_conv1", &height, &width, &channels, NULL);
  printf ("block3_conv1: %u x %u x %u\n", height, width, channels);
  print_list ("methods", gbp_list_methods ());
  print_list ("colormaps", gbp_list_colormaps ());
}

static void
print_error (GbpExplanation *explanation, GbpTarget target)
{
  g_autoptr (GError) error = NULL;

  target.channel = 999;
  gbp_explanation_set_target (explanation, &target, &error);
  printf ("error: %s\n", error->message);
}

static void
print_class (
    const GbpNetwork *network, GbpExplanation *explanation, const guint8 *rgb, float *gradient)
{
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;
  guint height, width, n_classes;
  const double *scores;

  target.class_index = GBP_CLASS_TOP;
  target.method = GBP_METHOD_GRAD_CAM;
  gbp_network_get_input_size (network, &height, &width);
  gbp_explanation_set_target (explanation, &target, NULL);
  gbp_explanation_compute (explanation, rgb, 3 * width, gradient, &result);
  scores = gbp_explanation_get_scores (explanation, &n_classes);
  printf ("top of %u: %d with %.6f\n", n_classes, result.channel, scores[result.channel]);
  print_checksum ("map", gradient, 3 * height * width * sizeof *gradient);
}

/* The image has 7919 · i mod 256 as its byte i. */
int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, &error);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;
  guint height, width;

  print_network (network);
  target.layer = "block3_conv1";
  target.method = GBP_METHOD_GRADIENT;
  target.channel = GBP_CHANNEL_STRONGEST;
  target.unit_x = 5;
  gbp_network_get_input_size (network, &height, &width);
  g_autofree guint8 *rgb = g_new (guint8, 3 * height * width);
  g_autofree float *gradient = g_new (float, 3 * height * width);
  g_autofree guint8 *picture = g_new (guint8, 3 * height * width);

  for (guint i = 0; i < 3 * height * width; i++)
    rgb[i] = (guint8) (7919 * i);
  if (!gbp_explanation_set_target (explanation, &target, &error))
    g_error ("%s", error->message);
  print_error (explanation, target);
  gbp_explanation_compute (explanation, rgb, 3 * width, gradient, &result);
  gbp_picture_render (GBP_COLORMAP_TURBO, gradient, height, width, picture, 3 * width);
  printf ("channel: %d\nvalue: %.4f\n", result.channel, result.value);
  print_checksum ("gradient", gradient, 3 * height * width * sizeof *gradient);
  print_checksum ("picture", picture, 3 * height * width);
  print_class (network, explanation, rgb, gradient);
  return 0;
}
