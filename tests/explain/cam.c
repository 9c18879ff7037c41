/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Grad-CAM from its definition. A network is cut in two at a layer of three channels: what is behind it is a network of
 * its own, whose image the layer's output is, so that the plain gradient of a logit with respect to it is one that
 * other tests hold against finite differences. */
#include "explain/cam.h"

#include <gbp/gbp.h>
#include <math.h>
#include <string.h>

#include "explain/passes.h"
#include "harness.h"
#include "kernel/memory.h"
#include "network/network.h"

#define HEIGHT    12
#define WIDTH     16
#define N_CLASSES 4
#define N_KINDS   5
#define STRIDE    GBP_LANES

static guint
add (GbpGraph *graph, GbpKind kind, const char *name, guint first, int second, GbpTensor *kernel,
    GbpTensor *bias, guint size)
{
  GbpOperation operation = {.kind = kind, .name = g_strdup (name), .n_inputs = second < 0 ? 1 : 2};
  guint stride = kind == GBP_KIND_POOL_MAX ? size : 1, padding = (size - 1) / 2;
  int value;

  operation.inputs = g_new (guint, 2);
  operation.inputs[0] = first;
  operation.inputs[1] = (guint) MAX (second, 0);
  operation.window =
      (GbpWindow){size, size, stride, stride, 1, 1, {padding, padding, padding, padding}, 1};
  operation.tensors[0] = kernel;
  operation.tensors[1] = bias;
  value = gbp_graph_add (graph, &operation, NULL);
  ck_assert_int_gt (value, 0);
  return (guint) value;
}

static GbpTensor *
make_random (gsize n_values, float most, guint32 *seed)
{
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = gbp_test_random (seed, -most, most);
  return gbp_tensor_new_take (values, n_values);
}

static guint
add_weights (GbpGraph *graph, GbpKind kind, const char *name, guint input, guint size,
    guint n_outputs, guint32 *seed)
{
  gsize n_inputs = gbp_graph_get_shape (graph, input)->channels * (gsize) size * size;
  float most = 2 / sqrtf ((float) n_inputs);

  return add (graph, kind, name, input, -1, make_random (n_inputs * n_outputs, most, seed),
      make_random (n_outputs, 0.1f, seed), size);
}

static guint
add_plain (GbpGraph *graph, GbpKind kind, const char *name, guint first, int second)
{
  return add (graph, kind, name, first, second, NULL, NULL, kind == GBP_KIND_POOL_MAX ? 2 : 1);
}

static guint
rectify (GbpGraph *graph, const char *name, guint value)
{
  return add_plain (graph, GBP_KIND_ACTIVATION, name, value, -1);
}

/* Before the layer "inner".
 * @kind: 0: it is a convolution of a chain, 1: a pool of one, 2: of no chain, 3: inside of what is fused, 4: as 0, with
 *     nothing but pools behind it before the dense layers */
static guint
build_lower (GbpGraph *graph, int kind)
{
  guint32 seed = 5;
  guint value =
      add_weights (graph, GBP_KIND_CONVOLUTION, NULL, 0, kind == 2 || kind == 3 ? 5 : 3, 6, &seed);

  value = rectify (graph, "first", value);
  if (kind == 3)
    return add_weights (graph, GBP_KIND_CONVOLUTION, "inner", value, 3, 3, &seed);
  value = add_weights (graph, GBP_KIND_CONVOLUTION, NULL, value, 3, 3, &seed);
  value = rectify (graph, kind == 1 ? "second" : "inner", value);
  return kind == 1 ? add_plain (graph, GBP_KIND_POOL_MAX, "inner", value, -1) : value;
}

/* Behind @value. Of the chains a pool, a convolution and dense layers; of the others a residual block too, which reads
 * the layer twice. */
static void
build_upper (GbpGraph *graph, guint value, int kind)
{
  guint32 seed = 11;
  guint block = value;

  if (kind == 3)
    value = rectify (graph, "active", value);
  if (kind == 0 || kind == 4)
    value = add_plain (graph, GBP_KIND_POOL_MAX, "pool", value, -1);
  if (kind != 4) {
    value = add_weights (graph, GBP_KIND_CONVOLUTION, NULL, value, 3, kind < 2 ? 5 : 3, &seed);
    value = rectify (graph, "third", value);
  }
  if (kind == 2)
    value = add_plain (graph, GBP_KIND_ADD, "sum", value, (int) block);
  value = add_plain (graph, GBP_KIND_POOL_MAX, "second pool", value, -1);
  value = add_plain (graph, GBP_KIND_FLATTEN, "flat", value, -1);
  value = add_weights (graph, GBP_KIND_DENSE, NULL, value, 1, 20, &seed);
  value = rectify (graph, "hidden", value);
  value = add_weights (graph, GBP_KIND_DENSE, NULL, value, 1, N_CLASSES, &seed);
  add_plain (graph, GBP_KIND_SOFTMAX, "classes", value, -1);
}

static GbpNetwork *
finish (GbpGraph *graph)
{
  GbpNetworkParts parts = {
      .graph = graph, .preprocess = GBP_PREPROCESS_NONE, .origin = g_strdup ("test")};
  GbpNetwork *network = gbp_network_new_from_graph (&parts, NULL);

  ck_assert_ptr_nonnull (network);
  return network;
}

static GbpNetwork *
make_whole (int kind)
{
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpGraph *graph = gbp_graph_new (&input);

  build_upper (graph, build_lower (graph, kind), kind);
  return finish (graph);
}

static GbpNetwork *
make_half (int kind, gboolean is_upper)
{
  const GbpShape input = {
      is_upper && kind == 1 ? HEIGHT / 2 : HEIGHT, is_upper && kind == 1 ? WIDTH / 2 : WIDTH, 3};
  GbpGraph *graph = gbp_graph_new (&input);

  if (is_upper)
    build_upper (graph, 0, kind);
  else
    build_lower (graph, kind);
  return finish (graph);
}

/* A forward pass with floats for pixels. */
typedef struct {
  GbpNetwork *network;
  GbpTeam *team;
  GbpPlan plan;
  gpointer memory;
  guint n_pixels;
} Half;

static void
half_init (Half *half, GbpNetwork *network)
{
  guint height, width, n_layers;
  GbpSelection selection = {.inner = -1};

  gbp_network_get_layers (network, &n_layers);
  selection.cut = selection.end = n_layers - 1;
  gbp_network_get_input_size (network, &height, &width);
  *half = (Half){network, gbp_team_new (1), .n_pixels = height * width};
  ck_assert (gbp_plan_init (&half->plan, network, &selection, half->team, NULL));
  half->memory = gbp_memory_new (1, half->plan.n_bytes);
  gbp_plan_bind (&half->plan, half->memory);
}

static void
half_clear (Half *half)
{
  gbp_plan_clear (&half->plan);
  gbp_memory_free (half->memory);
  gbp_team_free (half->team);
  gbp_network_unref (half->network);
}

/* @image: [n_pixels][3]
 * Returns: what comes out: [pixel][STRIDE] */
static const float *
half_run (Half *half, const float *image)
{
  GbpPasses passes = {&half->plan, gbp_kernels_get (), half->team};
  float *input = gbp_plan_get_map (&half->plan, -1);

  for (guint i = 0; i < half->n_pixels; i++) {
    if (half->plan.n_steps > 0)
      half->plan.equivalence[0][i] = i;
    for (guint c = 0; c < STRIDE; c++)
      input[i * STRIDE + c] = c < 3 ? image[3 * i + c] : 0;
  }
  gbp_passes_forward (&passes);
  return gbp_plan_get_end (&half->plan);
}

/* The mean of the gradient of a class's logit over the layer's pixels, for each channel. */
static void
find_weights (Half *upper, const float *map, int class_index, double weights[3])
{
  GbpPasses passes = {&upper->plan, gbp_kernels_get (), upper->team};
  const float *gradient = gbp_plan_get_map (&upper->plan, -1);
  float *seed;

  half_run (upper, map);
  seed = gbp_plan_begin_seed (&upper->plan);
  for (int c = 0; c < STRIDE; c++)
    seed[c] = c == class_index;
  gbp_passes_backward (&passes, GBP_RULE_GRADIENT);
  for (guint channel = 0; channel < 3; channel++) {
    weights[channel] = 0;
    for (guint i = 0; i < upper->n_pixels; i++)
      weights[channel] += gradient[i * STRIDE + channel] / upper->n_pixels;
  }
}

/* From the definition. */
static void
expect_cam (int kind, const guint8 *image, int class_index, double *cam)
{
  Half lower, upper;
  float pixels[3 * HEIGHT * WIDTH], map[3 * HEIGHT * WIDTH];
  double weights[3];
  const float *output;

  for (guint i = 0; i < 3 * HEIGHT * WIDTH; i++)
    pixels[i] = image[i];
  half_init (&lower, make_half (kind, FALSE));
  half_init (&upper, make_half (kind, TRUE));
  output = half_run (&lower, pixels);
  for (guint i = 0; i < 3 * upper.n_pixels; i++)
    map[i] = output[i / 3 * STRIDE + i % 3];
  find_weights (&upper, map, class_index, weights);
  for (guint i = 0; i < upper.n_pixels; i++) {
    cam[i] = 0;
    for (guint channel = 0; channel < 3; channel++)
      cam[i] += weights[channel] * map[3 * i + channel];
    cam[i] = fmax (cam[i], 0);
  }
  half_clear (&lower);
  half_clear (&upper);
}

static void
explain (GbpExplanation *explanation, const GbpTarget *target, const guint8 *image, float *gradient,
    GbpResult *result)
{
  GError *error = NULL;

  if (!gbp_explanation_set_target (explanation, target, &error))
    ck_abort_msg ("%s", error->message);
  ck_assert_ptr_null (gbp_explanation_get_cam (explanation, NULL, NULL));
  gbp_explanation_compute (explanation, image, 3 * WIDTH, gradient, result);
}

static void
fill_image (guint8 *image)
{
  guint32 seed = 21;

  for (guint i = 0; i < 3 * HEIGHT * WIDTH; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
}

START_TEST (from_the_definition)
{
  int kind = _i % N_KINDS, class_index = _i / N_KINDS;
  g_autoptr (GbpNetwork) network = make_whole (kind);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = "inner", .method = GBP_METHOD_GRAD_CAM, .class_index = class_index};
  guint8 image[3 * HEIGHT * WIDTH];
  float gradient[3 * HEIGHT * WIDTH];
  double expected[HEIGHT * WIDTH], largest = 0, sum = 0;
  const float *cam;
  guint height, width;
  GbpResult result;

  fill_image (image);
  expect_cam (kind, image, class_index, expected);
  explain (explanation, &target, image, gradient, &result);
  ck_assert_int_eq (result.class_index, class_index);
  cam = gbp_explanation_get_cam (explanation, &height, &width);
  ck_assert_uint_eq (height, kind == 1 ? HEIGHT / 2 : HEIGHT);
  ck_assert_uint_eq (width, kind == 1 ? WIDTH / 2 : WIDTH);
  for (guint i = 0; i < height * width; i++)
    largest = fmax (largest, expected[i]);
  for (guint i = 0; i < height * width; i++) {
    ck_assert_double_eq_tol (cam[i], expected[i], 1e-4 * largest);
    sum += cam[i];
  }
  ck_assert (sum > 0 || largest == 0);
}
END_TEST

/* What is left of the way back does not hang on how far it is gone: the map is also that of guided Grad-CAM, which is
 * the guided gradient of that logit times the map between its pixels. */
START_TEST (guided)
{
  int kind = _i;
  g_autoptr (GbpNetwork) network = make_whole (kind);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 2);
  GbpTarget target = {.layer = "inner", .method = GBP_METHOD_GRAD_CAM, .class_index = 1};
  guint8 image[3 * HEIGHT * WIDTH];
  float spread[3 * HEIGHT * WIDTH], gradient[3 * HEIGHT * WIDTH], both[3 * HEIGHT * WIDTH];
  float cam[HEIGHT * WIDTH];
  gsize n_bytes;
  guint height, width;
  GbpResult result;

  fill_image (image);
  explain (explanation, &target, image, spread, &result);
  gbp_explanation_get_cam (explanation, &height, &width);
  n_bytes = (gsize) height * width * sizeof (float);
  memcpy (cam, gbp_explanation_get_cam (explanation, NULL, NULL), n_bytes);
  target.method = GBP_METHOD_GUIDED;
  explain (explanation, &target, image, gradient, &result);
  target.method = GBP_METHOD_GUIDED_GRAD_CAM;
  explain (explanation, &target, image, both, &result);
  ck_assert_mem_eq (gbp_explanation_get_cam (explanation, NULL, NULL), cam, n_bytes);
  for (guint i = 0; i < 3 * HEIGHT * WIDTH; i++)
    ck_assert_float_eq (both[i], gradient[i] * spread[i]);
}
END_TEST

/* Without a class it is of the strongest; without a layer, at the last map that is no pool. */
START_TEST (defaults)
{
  g_autoptr (GbpNetwork) network = make_whole (2);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
  GbpTarget target = {.layer = "sum", .method = GBP_METHOD_GRAD_CAM};
  guint8 image[3 * HEIGHT * WIDTH];
  float expected[3 * HEIGHT * WIDTH], found[3 * HEIGHT * WIDTH];
  guint top;
  GbpResult result;

  fill_image (image);
  ck_assert_str_eq (gbp_network_get_last_map (network), "sum");
  target.class_index = GBP_CLASS_TOP;
  explain (explanation, &target, image, expected, &result);
  ck_assert_uint_eq (gbp_explanation_find_top (explanation, &top, 1), 1);
  ck_assert_int_eq (result.class_index, (int) top);
  target = (GbpTarget){.method = GBP_METHOD_GRAD_CAM, .class_index = GBP_CLASS_NONE};
  explain (explanation, &target, image, found, &result);
  ck_assert_int_eq (result.class_index, (int) top);
  ck_assert_mem_eq (found, expected, sizeof found);
}
END_TEST

/* Between the centres of pixels in a straight line; beyond the outermost the same. */
START_TEST (spreads)
{
  static const float map[2] = {1, 5};
  static const float expected[4] = {1, 2, 4, 5};
  const GbpResize across = {1, 2, 3, 4}, down = {2, 1, 4, 3};
  float output[3 * 3 * 4];

  gbp_cam_spread (&across, map, FALSE, output);
  for (guint i = 0; i < 3 * 3 * 4; i++)
    ck_assert_float_eq (output[i], expected[i / 3 % 4]);
  gbp_cam_spread (&down, map, FALSE, output);
  for (guint i = 0; i < 3 * 3 * 4; i++)
    ck_assert_float_eq (output[i], expected[i / 9]);
  gbp_cam_spread (&down, map, TRUE, output);
  for (guint i = 0; i < 3 * 3 * 4; i++)
    ck_assert_float_eq (output[i], expected[i / 9] * expected[i / 9]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"from the definition", from_the_definition, N_KINDS * N_CLASSES},
      {"guided", guided, N_KINDS},
      {"defaults", defaults, 0},
      {"spreads", spreads, 0},
  };

  return GBP_TEST_RUN ("cam", tests);
}
