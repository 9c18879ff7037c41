/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The C library by itself: the saliency of one picture.
 * usage: explain PICTURE.rgb OUT.ppm [WEIGHTS]
 * PICTURE.rgb is RGB of the network's size, 224 × 224 for VGG, 8 bit, rows packed; OUT.ppm is what most viewers
 * show. */
#include <gbp/gbp.h>
#include <stdio.h>

/* Explains @rgb as @picture, both [height][width][3] as @network takes them. */
static gboolean
explain (GbpNetwork *network, const guint8 *rgb, guint8 *picture, GError **error)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  g_autofree float *gradient = NULL;
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;
  guint height, width;

  if (explanation == NULL)
    g_error ("not enough memory for an explanation");
  gbp_network_get_input_size (network, &height, &width);
  gradient = g_new (float, 3 * height * width);
  printf ("network: %s\n", gbp_network_get_description (network));

  /* the strongest channel of the article's layer; as many threads as the process may use */
  target.layer = "block5_conv4";
  target.channel = GBP_CHANNEL_STRONGEST;
  if (!gbp_explanation_set_target (explanation, &target, error))
    return FALSE;

  /* these two, for every frame of a video */
  gbp_explanation_compute (explanation, rgb, 3 * width, gradient, &result);
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, height, width, picture, 3 * width);

  printf ("strongest channel: %d, sum of its outputs: %g\n", result.channel, result.value);
  return TRUE;
}

static gboolean
write_ppm (const char *path, const guint8 *picture, guint height, guint width, GError **error)
{
  g_autoptr (GString) file = g_string_new (NULL);

  g_string_printf (file, "P6 %u %u 255\n", width, height);
  g_string_append_len (file, (const char *) picture, 3 * height * width);
  return g_file_set_contents (path, file->str, (gssize) file->len, error);
}

/* From the file at @path to the one at @out. */
static gboolean
run (const char *path, const char *out, const char *weights, GError **error)
{
  g_autoptr (GbpNetwork) network = gbp_network_load (weights, GBP_PREPROCESS_AUTO, error);
  g_autofree guint8 *picture = NULL;
  g_autofree char *rgb = NULL;
  guint height, width;
  gsize length;

  if (network == NULL || !g_file_get_contents (path, &rgb, &length, error))
    return FALSE;
  gbp_network_get_input_size (network, &height, &width);
  if (length != 3 * height * width) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "%s has %zu bytes, not %u x %u x 3", path,
        length, height, width);
    return FALSE;
  }
  picture = g_new (guint8, length);
  return explain (network, (const guint8 *) rgb, picture, error)
         && write_ppm (out, picture, height, width, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 3) {
    fprintf (stderr, "usage: explain PICTURE.rgb OUT.ppm [WEIGHTS]\n");
    return 1;
  }
  if (!run (argv[1], argv[2], argv[3], &error)) {
    fprintf (stderr, "explain: %s\n", error->message);
    return 1;
  }
  return 0;
}
