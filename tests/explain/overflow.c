/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weights that overflow, in whatever layer: infinite sums cancel to NaN, and ReLUs, pools and all further layers pass
 * it on, so that the target's value says it. */
#include <gbp/explanation.h>
#include <math.h>

#include "harness.h"
#include "network/random_weights.h"

#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)

static guint8 image[N_COMPONENTS];
static float gradient[N_COMPONENTS];

#define N_WEIGHTED   16 /* layers of VGG16 that have weights */
#define N_ALGORITHMS 3
#define STEP         (GBP_TEST_SANITIZED ? 6 : 1) /* from one pair of layers to the next */
#define N_PAIRS      ((N_WEIGHTED - 2) / STEP + 1)

static const char *const algorithms[N_ALGORITHMS] = {"", "blas", "direct"};

static void
scale_layer (GbpLayerWeights *weights, GbpLayerKind kind, float factor)
{
  gsize n_taps = kind == GBP_LAYER_CONVOLUTION ? 9 : 1;

  for (gsize i = 0; i < n_taps * weights->n_inputs * weights->n_outputs; i++)
    weights->kernel[i] *= factor;
}

/* What layers @first and @second make of a frame is each too large by some 10^25: together no float. */
static GbpNetwork *
new_network (guint first, guint second)
{
  const guint widths[GBP_N_BLOCKS] = {4, 4, 8, 8, 8};
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG16, &n_layers);
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 7, 5);
  scale_layer (&weights.layers[first], entries[first].kind, 1e25f);
  scale_layer (&weights.layers[second], entries[second].kind, 1e25f);
  return gbp_network_new_take (&weights, NULL);
}

static double
compute_value (GbpNetwork *network, const char *layer, int channel)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = layer,
      .method = GBP_METHOD_GUIDED,
      .channel = channel,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};
  GbpResult result;

  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_SIZE, gradient, &result);
  return result.value;
}

static void
assert_not_finite (guint first, guint second)
{
  static const struct {
    const char *layer;
    int channel;
  } targets[] = {{"block5_pool", GBP_CHANNEL_ALL}, {"predictions", GBP_CHANNEL_STRONGEST}};
  g_autoptr (GbpNetwork) network = new_network (first, second);
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    if (gbp_network_find_layer (network, targets[i].layer, NULL) >= (int) second)
      ck_assert_msg (!isfinite (compute_value (network, targets[i].layer, targets[i].channel)),
          "%s and %s overflow, and the value at %s is finite", layers[first].name,
          layers[second].name, targets[i].layer);
}

START_TEST (shows_at_any_depth)
{
  guint first = (guint) _i / N_ALGORITHMS * STEP;
  guint n_layers, n_weighted = 0, weighted[GBP_MAX_LAYERS];
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG16, &n_layers);
  guint32 seed = 1;

  g_setenv ("GBP_CONVOLUTION", algorithms[_i % N_ALGORITHMS], TRUE);
  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
  for (guint i = 0; i < n_layers; i++)
    if (entries[i].kind == GBP_LAYER_CONVOLUTION || entries[i].kind == GBP_LAYER_DENSE)
      weighted[n_weighted++] = i;
  ck_assert_uint_eq (n_weighted, N_WEIGHTED);
  assert_not_finite (weighted[first], weighted[first + 1]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"shows at any depth", shows_at_any_depth, N_ALGORITHMS * N_PAIRS},
  };

  return GBP_TEST_RUN ("overflow", tests);
}
