/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The same weights in every file format, as genuine Keras and safetensors wrote them. */
#include "harness.h"

#include "network/network.h"

static const char *const others[] = {
    "vgg19-w8_notop.h5",
    "vgg19-w8_notop_published.h5",
    "vgg19-w8_notop_model.h5",
    "vgg19-w8_notop.weights.h5",
    "vgg19-w8_notop.keras",
    "vgg19-w8_torchvision.safetensors",
};

static GbpNetwork *
load (const char *name)
{
  g_autofree char *path = g_build_filename (gbp_test_golden_dir (), name, NULL);
  g_autoptr (GError) error = NULL;
  GbpNetwork *network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);

  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "no error either");
  return network;
}

/* All files have the same numbers, to the bit, in the layers that they have. */
START_TEST (same_in_every_format)
{
  g_autoptr (GbpNetwork) network = load ("vgg19-w8.h5"), other = load (others[_i]);
  guint n_layers, n_others, n_compared = 0;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  const GbpLayer *other_layers = gbp_network_get_layers (other, &n_others);

  for (guint i = 0; i < n_others; i++) {
    const GbpLayerView *a = &layers[i].weights, *b = &other_layers[i].weights;

    if (b->kernel == NULL)
      continue;
    n_compared++;
    ck_assert_uint_eq (a->n_inputs, b->n_inputs);
    ck_assert_uint_eq (a->n_outputs, b->n_outputs);
    ck_assert_mem_eq (
        a->kernel, b->kernel, 9 * sizeof (float) * (gsize) a->n_inputs * a->n_outputs);
    ck_assert_mem_eq (a->bias, b->bias, sizeof (float) * a->n_outputs);
  }
  ck_assert_uint_eq (n_compared, 16);
}
END_TEST

/* The whole file goes to predictions. */
START_TEST (top)
{
  g_autoptr (GbpNetwork) network = load ("vgg19-w8.h5");
  guint channels;

  ck_assert (gbp_network_get_layer_shape (network, "fc1", NULL, NULL, &channels, NULL));
  ck_assert_uint_eq (channels, 32);
  ck_assert (gbp_network_get_layer_shape (network, "predictions", NULL, NULL, &channels, NULL));
  ck_assert_uint_eq (channels, 10);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"same in every format", same_in_every_format, G_N_ELEMENTS (others)},
      {"top", top, 0},
  };

  if (gbp_test_golden_dir () == NULL)
    return gbp_test_skip ("no golden files; GBP_GOLDEN_DIR names their directory");
  return GBP_TEST_RUN ("golden files", tests);
}
