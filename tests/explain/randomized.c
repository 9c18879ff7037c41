/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks with random weights from the top down to a layer: what is below stays, to the last bit; what is above is as
 * before any training. */
#include <math.h>
#include <string.h>

#include "explain/prepared.h"
#include "harness.h"
#include "network/random_weights.h"

#include <gbp/explanation.h>

#define SIZE 16 /* of the small network's input */

/* As many bytes as the largest input has. */
static guint8 image[3 * GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE];

/* All that one explanation gives. */
typedef struct {
  double value;
  float gradient[3 * GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE];
} Output;

static Output outputs[2];

static void
fill_image (void)
{
  guint32 state = 1;

  for (guint i = 0; i < sizeof image; i++)
    image[i] = (guint8) gbp_test_random (&state, 0, 256);
}

static GbpNetwork *
new_vgg (guint dense_width)
{
  const guint widths[GBP_N_BLOCKS] = {4, 6, 8, 8, 8};
  GbpWeights weights = {0};

  gbp_weights_init_random (
      &weights, GBP_ARCHITECTURE_VGG16, widths, dense_width, dense_width > 0 ? 5 : 0, 3);
  return gbp_network_new_take (&weights, NULL);
}

static GbpTensor *
new_tensor (gsize n_values, guint32 seed)
{
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = gbp_test_random (&seed, -0.5f, 0.7f);
  return gbp_tensor_new_take (values, n_values);
}

/* A row of the small network.
 * @inputs: values; @n_values: of the tensors; 0: none */
typedef struct {
  GbpKind kind;
  const char *name;
  guint n_inputs;
  guint inputs[2];
  gsize n_values[2];
} Row;

/* Two branches, as a residual network orders them: conv_b comes before the batch normalisation of conv_a. The first
 * scale is of each channel, yet no weight; the last is the same for every channel, thus a constant. */
static const Row rows[] = {
    {GBP_KIND_SCALE, "normalize", 1, {0}, {3, 3}},
    {GBP_KIND_CONVOLUTION, "conv_1", 1, {1}, {3 * 3 * 3 * 8, 0}},
    {GBP_KIND_SCALE, "bn_1", 1, {2}, {8, 8}},
    {GBP_KIND_ACTIVATION, "relu_1", 1, {3}, {0}},
    {GBP_KIND_CONVOLUTION, "conv_a", 1, {4}, {3 * 3 * 8 * 8, 8}},
    {GBP_KIND_CONVOLUTION, "conv_b", 1, {4}, {3 * 3 * 8 * 8, 8}},
    {GBP_KIND_SCALE, "bn_a", 1, {5}, {8, 8}},
    {GBP_KIND_ACTIVATION, "prelu_a", 1, {7}, {8}},
    {GBP_KIND_LAYER_NORM, "norm_b", 1, {6}, {8, 8}},
    {GBP_KIND_ADD, "add", 2, {8, 9}, {0}},
    {GBP_KIND_SCALE, "half", 1, {10}, {8, 0}},
    {GBP_KIND_GLOBAL_AVERAGE, "mean", 1, {11}, {0}},
    {GBP_KIND_DENSE, "logits", 1, {12}, {8 * 4, 4}},
};
#define N_ROWS G_N_ELEMENTS (rows)

static GbpOperation
make_operation (const Row *row, guint32 seed)
{
  GbpOperation operation = {
      .kind = row->kind, .name = g_strdup (row->name), .n_inputs = row->n_inputs, .epsilon = 0.1f};

  operation.inputs = g_memdup2 (row->inputs, row->n_inputs * sizeof *row->inputs);
  if (row->kind == GBP_KIND_CONVOLUTION)
    operation.window = (GbpWindow){3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1};
  if (row->n_values[0] > 0 && row->kind == GBP_KIND_ACTIVATION)
    operation.function = GBP_FUNCTION_LEAKY_RELU;
  for (guint i = 0; i < 2; i++)
    if (row->n_values[i] > 0)
      operation.tensors[i] = new_tensor (row->n_values[i], seed + i);
  for (guint i = 0; g_strcmp0 (row->name, "half") == 0 && i < row->n_values[0]; i++)
    operation.tensors[0]->values[i] = 0.5f;
  return operation;
}

static GbpNetwork *
new_small (void)
{
  const GbpShape input = {SIZE, SIZE, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_UNIT};

  parts.graph = gbp_graph_new (&input);
  for (guint i = 0; i < N_ROWS; i++) {
    GbpOperation operation = make_operation (&rows[i], 10 * i + 1);

    ck_assert_int_eq (gbp_graph_add (parts.graph, &operation, NULL), (int) i + 1);
  }
  parts.origin = g_strdup ("by hand");
  return gbp_network_new_from_graph (&parts, NULL);
}

static void
explain (GbpNetwork *network, const char *layer, int channel, Output *output)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;
  GbpResult result;
  guint width;

  target.layer = layer;
  target.method = GBP_METHOD_GRADIENT;
  target.channel = channel;
  memset (output, 0, sizeof *output);
  gbp_network_get_input_size (network, NULL, &width);
  ck_assert_msg (gbp_explanation_set_target (explanation, &target, &error), "%s",
      error != NULL ? error->message : "");
  gbp_explanation_compute (explanation, image, 3 * width, output->gradient, &result);
  output->value = result.value;
}

static gboolean
agree (GbpNetwork *a, GbpNetwork *b, const char *layer)
{
  explain (a, layer, GBP_CHANNEL_ALL, &outputs[0]);
  explain (b, layer, GBP_CHANNEL_ALL, &outputs[1]);
  return memcmp (&outputs[0], &outputs[1], sizeof outputs[0]) == 0;
}

static GbpNetwork *
randomize (GbpNetwork *network, const char *layer, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  GbpNetwork *copy = gbp_network_new_randomized (network, layer, seed, &error);

  ck_assert_msg (copy != NULL, "%s", error != NULL ? error->message : "");
  return copy;
}

/* Before and after the original is prepared, which then has its kernels no longer. */
START_TEST (vgg)
{
  static const char *const below[] = {"block1_conv1", "block3_conv1", "block4_conv1", NULL};
  static const char *const above[] = {"block4_conv2", "block5_pool", "fc1", "predictions", NULL};
  g_autoptr (GbpNetwork) network = new_vgg (6);
  g_autoptr (GbpNetwork) copy = NULL;

  if (_i == 1)
    explain (network, "predictions", 0, &outputs[0]);
  copy = randomize (network, "block4_conv2", 1);
  for (guint i = 0; below[i] != NULL; i++)
    ck_assert_msg (agree (network, copy, below[i]), "%s", below[i]);
  for (guint i = 0; above[i] != NULL; i++)
    ck_assert_msg (!agree (network, copy, above[i]), "%s", above[i]);
}
END_TEST

/* What is prepared of the layers below is there once. */
START_TEST (sharing)
{
  g_autoptr (GbpNetwork) network = new_vgg (0);
  g_autoptr (GbpNetwork) copy = randomize (network, "block3_conv1", 1);
  const GbpPrepared *original, *own;

  explain (copy, "block5_conv3", 0, &outputs[0]);
  original = gbp_prepared_get (network, NULL);
  own = gbp_prepared_get (copy, NULL);
  for (guint i = 0; i < original->n_layers; i++) {
    gboolean is_below = strcmp (original->layers[i].name, "block3_conv1") < 0;

    if (original->layers[i].kind != GBP_KIND_CONVOLUTION)
      continue;
    ck_assert_ptr_nonnull (own->convolutions[i]);
    ck_assert_msg (original->convolutions[i] == (is_below ? own->convolutions[i] : NULL), "%s",
        original->layers[i].name);
  }
}
END_TEST

/* Every cut through the small network: what comes before it in its order stays, what reads its output changes. */
START_TEST (branches)
{
  static const struct {
    const char *layer;
    const char *below; /* the last that stays; NULL: none does */
    const char *above; /* the first that changes */
  } cuts[] = {
      {"logits", "mean", "logits"},
      {"half", "mean", "logits"},
      {"norm_b", "prelu_a", "norm_b"},
      {"conv_b", "prelu_a", "conv_b"},
      {"prelu_a", "relu_1", "conv_a"},
      {"bn_a", "relu_1", "conv_a"},
      {"relu_1", "normalize", "conv_1"},
      {"normalize", "normalize", "conv_1"},
  };
  g_autoptr (GbpNetwork) network = new_small ();

  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    g_autoptr (GbpNetwork) copy = randomize (network, cuts[i].layer, 7);

    ck_assert_msg (agree (network, copy, cuts[i].below), "%s: %s", cuts[i].layer, cuts[i].below);
    ck_assert_msg (!agree (network, copy, cuts[i].above), "%s: %s", cuts[i].layer, cuts[i].above);
    ck_assert_msg (!agree (network, copy, "logits"), "%s", cuts[i].layer);
  }
}
END_TEST

static const GbpOperation *
get_operation (GbpNetwork *network, const char *name)
{
  const GbpGraph *graph = gbp_network_get_graph (network);
  guint n_operations;

  return gbp_graph_get_operations (graph, &n_operations) + gbp_graph_find (graph, name) - 1;
}

static void
assert_all (const GbpTensor *tensor, float expected)
{
  for (gsize i = 0; i < tensor->n_values; i++)
    ck_assert_float_eq (tensor->values[i], expected);
}

/* What training begins with, by kind; preprocessing and constants stay. */
START_TEST (start)
{
  g_autoptr (GbpNetwork) network = new_small ();
  g_autoptr (GbpNetwork) copy = randomize (network, "normalize", 1);

  assert_all (get_operation (copy, "bn_a")->tensors[0], 1);
  assert_all (get_operation (copy, "bn_a")->tensors[1], 0);
  assert_all (get_operation (copy, "prelu_a")->tensors[0], 0.25f);
  assert_all (get_operation (copy, "conv_a")->tensors[1], 0);
  assert_all (get_operation (copy, "logits")->tensors[1], 0);
  assert_all (get_operation (copy, "half")->tensors[0], 0.5f);
  ck_assert_ptr_null (get_operation (copy, "conv_1")->tensors[1]);
  for (guint i = 0; i < 2; i++)
    ck_assert_ptr_eq (get_operation (copy, "normalize")->tensors[i],
        get_operation (network, "normalize")->tensors[i]);
}
END_TEST

/* The moments of a kernel, in units of the deviation that He et al. ask for: of n numbers, each within four of its own
 * deviations, which are √(1/n), √(2/n) and √(24/n). A sum of twelve has a kurtosis of 2.9. */
START_TEST (distribution)
{
  g_autoptr (GbpNetwork) network = new_vgg (60);
  g_autoptr (GbpNetwork) copy = randomize (network, "fc1", 5);
  gsize n_inputs = 7 * 7 * 8, n = n_inputs * 60;
  const GbpLayer *layer;
  double mean = 0, variance = 0, kurtosis = 0;
  guint n_layers;

  layer = gbp_network_get_layers (copy, &n_layers) + gbp_network_find_layer (copy, "fc1", NULL);
  for (gsize i = 0; i < n; i++) {
    double value = layer->weights.kernel[i] / sqrt (2.0 / (double) n_inputs);

    mean += value / (double) n;
    variance += value * value / (double) n;
    kurtosis += pow (value, 4) / (double) n;
  }
  ck_assert_double_eq_tol (mean, 0, 4 * sqrt (1 / (double) n));
  ck_assert_double_eq_tol (variance, 1, 4 * sqrt (2 / (double) n));
  ck_assert_double_eq_tol (kurtosis / (variance * variance), 2.9, 4 * sqrt (24 / (double) n));
}
END_TEST

/* On every machine these. */
START_TEST (seeds)
{
  static const float expected[] = {
      -0.25585174560546875f, 0.03285980224609375f, -1.1675872802734375f, 0.16119384765625f};
  g_autoptr (GbpNetwork) network = new_small ();
  g_autoptr (GbpNetwork) once = randomize (network, "conv_1", 42);
  g_autoptr (GbpNetwork) again = randomize (network, "logits", 42);
  g_autoptr (GbpNetwork) other = randomize (network, "logits", 43);
  const float *found = get_operation (once, "logits")->tensors[0]->values;
  gsize n_bytes = 8 * 4 * sizeof *found;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert_float_eq (found[i], expected[i]);
  ck_assert_mem_eq (found, get_operation (again, "logits")->tensors[0]->values, n_bytes);
  ck_assert_mem_ne (found, get_operation (other, "logits")->tensors[0]->values, n_bytes);
  ck_assert_mem_ne (found, get_operation (once, "conv_a")->tensors[0]->values, n_bytes);
}
END_TEST

/* Layers that are not there, or have nothing to lose. */
START_TEST (refusals)
{
  static const char *const words[][2] = {
      {"block6_conv1", "no layer \"block6_conv1\"; valid layers are block1_conv1, "},
      {NULL, "no layer \"\"; valid layers are block1_conv1, "},
      {"block5_pool",
          "layer \"block5_pool\": expected one with weights in it or above it, found none"},
  };
  g_autoptr (GbpNetwork) network = new_vgg (0);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert_ptr_null (gbp_network_new_randomized (network, words[i][0], 1, &error));
    ck_assert_int_eq (error->code, GBP_ERROR_LAYER);
    ck_assert_msg (g_str_has_prefix (error->message, words[i][1]), "%s", error->message);
  }
}
END_TEST

/* The copy says what it is, and keeps what it needs of an original that nobody else has any more; a copy's copy too. */
START_TEST (lives)
{
  GbpNetwork *network = new_small (), *copy = randomize (network, "logits", 1);
  g_autoptr (GbpNetwork) second = randomize (copy, "conv_a", 2);
  g_autoptr (GbpNetwork) first = gbp_network_ref (network);

  ck_assert (gbp_network_is_trained (network));
  ck_assert (!gbp_network_is_trained (copy));
  ck_assert_str_eq (gbp_network_get_description (copy),
      "network, by hand, with random weights from the top down to logits");
  gbp_network_unref (copy);
  ck_assert (agree (first, second, "relu_1"));
  gbp_network_unref (network);
  g_clear_pointer (&first, gbp_network_unref);
  explain (second, "logits", 1, &outputs[0]);
  ck_assert (isfinite (outputs[0].value) && outputs[0].value != 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"vgg", vgg, 2},
      {"sharing", sharing, 0},
      {"branches", branches, 0},
      {"start", start, 0},
      {"distribution", distribution, 0},
      {"seeds", seeds, 0},
      {"refusals", refusals, 0},
      {"lives", lives, 0},
  };

  fill_image ();
  return GBP_TEST_RUN ("randomized", tests);
}
