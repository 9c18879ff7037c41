/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a network's widths ask of memory, and which are refused. */
#include "network/demand.h"

#include <string.h>

#include "harness.h"
#include "network/network.h"
#include "network/random_weights.h"

static const GbpShape input = {224, 224, 3};

/* Channels of VGG19's layers, [GBP_MAX_LAYERS]. */
static void
set_widths (guint64 *n_outputs, guint64 scale)
{
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG19, &n_layers);

  for (guint i = 0; i < n_layers; i++)
    n_outputs[i] = entries[i].kind == GBP_LAYER_CONVOLUTION
                       ? MIN (64 << entries[i].block, 512) * scale
                       : 4096 * scale;
}

static guint64
estimate (const guint64 *n_outputs, guint n)
{
  guint n_layers;

  return gbp_demand_estimate_frame (
      gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG19, &n_layers), n, n_outputs, &input);
}

static gboolean
check_all (const guint64 *n_outputs, GError **error)
{
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG19, &n_layers);

  return gbp_demand_check (entries, n_layers, n_outputs, &input, error);
}

/* block1_conv1, 64 channels: two maps of 224 × 224 × 64 floats, 9 bytes for each of those and of the 16
 * that the input is padded to, and two masks. */
START_TEST (one_layer)
{
  const guint64 width[] = {64}, narrow[] = {49}, n_pixels = 224 * 224;

  ck_assert_uint_eq (
      estimate (width, 1), n_pixels * (64 * 2 * 4 + 9 * (64 + 16) + 64 / 8 + 64 / 8));
  ck_assert_uint_eq (estimate (narrow, 1), estimate (width, 1));
}
END_TEST

START_TEST (scales)
{
  guint64 n_outputs[GBP_MAX_LAYERS];

  set_widths (n_outputs, 1);
  ck_assert_uint_lt (estimate (n_outputs, GBP_MAX_LAYERS), 88000000);
  set_widths (n_outputs, 12);
  ck_assert (check_all (n_outputs, NULL));
  set_widths (n_outputs, 13);
  ck_assert (!check_all (n_outputs, NULL));
}
END_TEST

/* Each layer is named that is too wide; nothing overflows on the way to that. */
static const struct {
  guint layer;
  guint64 width;
  const char *words;
} wide[] = {
    {0, 4096,
        "layer block1_conv1: expected a width for which a frame takes at most 1073741824 bytes, "
        "found 4096 channels, for which it takes 3"},
    {0, 1 << 20, "found 1048576 channels"},
    {0, G_MAXUINT32, "found 4294967295 channels"},
    {0, G_MAXUINT64, "found 18446744073709551615 channels"},
    {4, 8192, "layer block2_conv2"},
    {19, G_MAXUINT64, "layer block5_conv4"},
    {22, G_MAXUINT64, "layer fc1"},
    {24, 1 << 30, "layer predictions: "},
};

START_TEST (too_wide)
{
  guint64 n_outputs[GBP_MAX_LAYERS];
  g_autoptr (GError) error = NULL;

  set_widths (n_outputs, 1);
  n_outputs[wide[_i].layer] = wide[_i].width;
  ck_assert (!check_all (n_outputs, &error));
  ck_assert_int_eq (error->code, GBP_ERROR_READ);
  ck_assert_msg (strstr (error->message, wide[_i].words) != NULL, "%s", error->message);
}
END_TEST

/* Whoever makes such a network is told. */
START_TEST (network)
{
  const guint widths[GBP_N_BLOCKS] = {850, 1, 1, 1, 1};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GError) error = NULL;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 1, 1, 1);
  ck_assert_ptr_null (gbp_network_new_take (&weights, &error));
  ck_assert_msg (strstr (error->message, "layer block1_conv2: expected a width") != NULL, "%s",
      error->message);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"one layer", one_layer, 0},
      {"scales", scales, 0},
      {"too wide", too_wide, G_N_ELEMENTS (wide)},
      {"network", network, 0},
  };

  return GBP_TEST_RUN ("demand", tests);
}
