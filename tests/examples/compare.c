/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Compares an .npy file of gradients with what it should hold; exits 0 if it does.
 * usage: compare FILE.npy library FRAMES.rgb [LAYER [CHANNEL]]
 *            every byte is what the library computes from the frames, with the built-in network
 *        compare FILE.npy render PICTURE.rgb
 *            writes the picture that the element shows of its first frame, 224 × 224
 *        compare FILE.npy golden GRADIENT.f32
 *            its only frame is within 2e-3 of the gradient, which is in BGR order */
#include <gbp/gbp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE   224 /* height and width of what the network takes */
#define LENGTH (SIZE * SIZE * 3)

static char *
read_file (const char *path, gsize *size)
{
  char *data;
  g_autoptr (GError) error = NULL;

  if (g_file_get_contents (path, &data, size, &error))
    return data;
  fprintf (stderr, "compare: %s\n", error->message);
  exit (2);
}

/* The frames of an .npy file, its header being as NumPy's documentation of the format has it. */
static const float *
parse_npy (const char *data, gsize size, guint n_frames)
{
  g_autofree char *description = g_strdup_printf (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (%u, 224, 224, 3),", n_frames);
  gsize header;

  if (size < 10 || memcmp (data, "\x93NUMPY\x01\x00", 8) != 0) {
    fprintf (stderr, "compare: this is not an .npy file of format 1.0\n");
    return NULL;
  }
  header = 10 + (guint8) data[8] + 256 * (gsize) (guint8) data[9];
  if (header % 64 != 0 || header > size || memcmp (data + header - 3, " }\n", 3) != 0
      || strncmp (data + 10, description, strlen (description)) != 0) {
    fprintf (stderr, "compare: not a header of %zu bytes with %s: %.*s\n", header, description, 110,
        data + 10);
    return NULL;
  }
  if (size != header + n_frames * LENGTH * sizeof (float)) {
    fprintf (stderr, "compare: %zu bytes do not hold %u frames\n", size, n_frames);
    return NULL;
  }
  return (const float *) (data + header);
}

static gboolean
equals_library (const float *gradients, const char *rgb, guint n_frames, const GbpTarget *target)
{
  g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  g_autofree float *expected = g_new (float, LENGTH);

  if (!gbp_explanation_set_target (explanation, target, NULL))
    return FALSE;
  for (guint i = 0; i < n_frames; i++) {
    gbp_explanation_compute (
        explanation, (const guint8 *) rgb + i * LENGTH, 3 * SIZE, expected, NULL);
    if (memcmp (expected, gradients + i * LENGTH, LENGTH * sizeof (float)) != 0) {
      fprintf (stderr, "compare: frame %u differs from what the library computes\n", i);
      return FALSE;
    }
  }
  return n_frames > 0;
}

static gboolean
is_near (const float *rgb, const float *bgr)
{
  double difference = 0, norm = 0;

  for (gsize i = 0; i < LENGTH; i++) {
    double expected = bgr[i - i % 3 + 2 - i % 3];
    difference += (rgb[i] - expected) * (rgb[i] - expected);
    norm += expected * expected;
  }
  fprintf (stderr, "compare: relative error %.1e\n", sqrt (difference / norm));
  return sqrt (difference / norm) <= 2e-3;
}

static gboolean
render (const float *gradient, const char *path)
{
  g_autofree guint8 *picture = g_malloc (LENGTH);

  gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIZE, SIZE, picture, 3 * SIZE);
  return g_file_set_contents (path, (const char *) picture, LENGTH, NULL);
}

static gboolean
compare_golden (const float *gradients, const char *path)
{
  gsize size;
  g_autofree char *expected = read_file (path, &size);

  return size == LENGTH * sizeof (float) && is_near (gradients, (const float *) expected);
}

static gboolean
compare_library (const float *gradients, const char *frames, guint n_frames, int argc, char **argv)
{
  GbpTarget target = GBP_TARGET_INIT;

  if (argc > 4)
    target.layer = argv[4];
  if (argc > 5)
    target.channel = atoi (argv[5]);
  return equals_library (gradients, frames, n_frames, &target);
}

int
main (int argc, char **argv)
{
  gsize size, frames_size = LENGTH;
  g_autofree char *data = read_file (argv[1], &size);
  g_autofree char *frames = NULL;
  const float *gradients;
  gboolean good;

  if (g_str_equal (argv[2], "library"))
    frames = read_file (argv[3], &frames_size);
  gradients = parse_npy (data, size, (guint) (frames_size / LENGTH));
  if (gradients == NULL)
    return 1;
  if (frames != NULL)
    good = compare_library (gradients, frames, (guint) (frames_size / LENGTH), argc, argv);
  else if (g_str_equal (argv[2], "render"))
    good = render (gradients, argv[3]);
  else
    good = compare_golden (gradients, argv[3]);
  return good ? 0 : 1;
}
