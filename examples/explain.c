/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The C library by itself: the saliency of one picture.
 * usage: explain PICTURE.rgb OUT.ppm [WEIGHTS]
 * PICTURE.rgb is 224 × 224 RGB, 8 bit, rows packed; OUT.ppm is what most viewers show. */
#include <gbp/gbp.h>
#include <stdio.h>

#define STRIDE (3 * GBP_INPUT_SIZE)

/* Explains @rgb as @picture, both [224][224][3]. */
static gboolean
explain (const char *weights, const guint8 *rgb, guint8 *picture, GError **error)
{
  g_autoptr (GbpNetwork) network = gbp_network_load (weights, GBP_PREPROCESS_AUTO, error);
  g_autoptr (GbpExplanation) explanation = NULL;
  g_autofree float *gradient = g_new (float, GBP_INPUT_SIZE *STRIDE);
  GbpTarget target = GBP_TARGET_INIT;
  GbpResult result;

  if (network == NULL)
    return FALSE;
  printf ("network: %s\n", gbp_network_get_description (network));

  /* the strongest channel of the article's layer; as many threads as the process may use */
  target.layer = "block5_conv4";
  target.channel = GBP_CHANNEL_STRONGEST;
  explanation = gbp_explanation_new (network, 0);
  if (explanation == NULL)
    g_error ("not enough memory for an explanation");
  if (!gbp_explanation_set_target (explanation, &target, error))
    return FALSE;

  /* these two, for every frame of a video */
  gbp_explanation_compute (explanation, rgb, STRIDE, gradient, &result);
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, picture, STRIDE);

  printf ("strongest channel: %d, sum of its outputs: %g\n", result.channel, result.value);
  return TRUE;
}

static gboolean
write_ppm (const char *path, const guint8 *picture, GError **error)
{
  g_autoptr (GString) file = g_string_new (NULL);

  g_string_printf (file, "P6 %d %d 255\n", GBP_INPUT_SIZE, GBP_INPUT_SIZE);
  g_string_append_len (file, (const char *) picture, GBP_INPUT_SIZE * STRIDE);
  return g_file_set_contents (path, file->str, (gssize) file->len, error);
}

int
main (int argc, char **argv)
{
  guint8 picture[GBP_INPUT_SIZE * STRIDE];
  g_autoptr (GError) error = NULL;
  g_autofree char *rgb = NULL;
  gsize length;

  if (argc < 3) {
    fprintf (stderr, "usage: explain PICTURE.rgb OUT.ppm [WEIGHTS]\n");
    return 1;
  }
  if (!g_file_get_contents (argv[1], &rgb, &length, &error)) {
    fprintf (stderr, "explain: %s\n", error->message);
    return 1;
  }
  if (length != sizeof picture) {
    fprintf (stderr, "explain: %s has %zu bytes, not 224 x 224 x 3 = %zu\n", argv[1], length,
        sizeof picture);
    return 1;
  }
  if (!explain (argv[3], (const guint8 *) rgb, picture, &error)
      || !write_ppm (argv[2], picture, &error)) {
    fprintf (stderr, "explain: %s\n", error->message);
    return 1;
  }
  return 0;
}
