/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graphs.h"

#include <math.h>

#include "harness.h"

#define HEIGHT GRAPHS_HEIGHT
#define WIDTH  GRAPHS_WIDTH

static GbpTensor *
make_random (gsize n_values, float low, float high, guint32 *seed)
{
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = gbp_test_random (seed, low, high);
  return gbp_tensor_new_take (values, n_values);
}

/* An operation on one value, or on two where @second is not negative. */
static GbpOperation
make_operation (GbpKind kind, const char *name, guint first, int second)
{
  GbpOperation operation = {.kind = kind, .name = g_strdup (name), .n_inputs = second < 0 ? 1 : 2};

  operation.inputs = g_new (guint, 2);
  operation.inputs[0] = first;
  operation.inputs[1] = (guint) MAX (second, 0);
  operation.window = (GbpWindow){3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1};
  return operation;
}

static guint
add (GbpGraph *graph, GbpOperation operation)
{
  g_autoptr (GError) error = NULL;
  int value = gbp_graph_add (graph, &operation, &error);

  ck_assert_msg (value > 0, "%s", error != NULL ? error->message : "");
  return (guint) value;
}

guint
graphs_add_plain (GbpGraph *graph, GbpKind kind, const char *name, guint first, int second)
{
  return add (graph, make_operation (kind, name, first, second));
}

guint
graphs_add_factors (GbpGraph *graph, guint input, const float factors[3])
{
  GbpOperation operation = make_operation (GBP_KIND_SCALE, NULL, input, -1);

  operation.tensors[0] = gbp_tensor_new_take (g_memdup2 (factors, 3 * sizeof *factors), 3);
  return add (graph, operation);
}

static guint
add_convolution (
    GbpGraph *graph, const char *name, guint input, guint size, guint n_outputs, guint32 *seed)
{
  guint n_inputs = gbp_graph_get_shape (graph, input)->channels, padding = size / 2;
  GbpOperation operation = make_operation (GBP_KIND_CONVOLUTION, name, input, -1);
  float most = 2 / sqrtf ((float) (n_inputs * size * size));

  operation.window = (GbpWindow){size, size, 1, 1, 1, 1, {padding, padding, padding, padding}, 1};
  operation.tensors[0] =
      make_random ((gsize) size * size * n_inputs * n_outputs, -most, most, seed);
  operation.tensors[1] = make_random (n_outputs, -0.1f, 0.1f, seed);
  return add (graph, operation);
}

static guint
add_scale (GbpGraph *graph, const char *name, guint input, guint32 *seed)
{
  guint n = gbp_graph_get_shape (graph, input)->channels;
  GbpOperation operation = make_operation (GBP_KIND_SCALE, name, input, -1);

  operation.tensors[0] = make_random (n, 0.5f, 1.5f, seed);
  operation.tensors[1] = make_random (n, -0.2f, 0.2f, seed);
  return add (graph, operation);
}

static guint
add_dense (GbpGraph *graph, const char *name, guint input, guint n_outputs, guint32 *seed)
{
  guint n = gbp_graph_get_shape (graph, input)->channels;
  GbpOperation operation = make_operation (GBP_KIND_DENSE, name, input, -1);

  operation.tensors[0] = make_random ((gsize) n * n_outputs, -0.5f, 0.5f, seed);
  return add (graph, operation);
}

GbpNetwork *
graphs_make_network (Beginning begin)
{
  gboolean has_chain = begin != NO_CHAIN, has_names = begin == NAMED_CHAIN;
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_NONE, .origin = g_strdup ("test")};
  guint32 seed = 5;
  GbpGraph *graph = gbp_graph_new (&input);
  guint value =
      add_convolution (graph, has_names ? "before stem" : NULL, 0, has_chain ? 3 : 5, 6, &seed);
  guint block, other;

  value = graphs_add_plain (graph, GBP_KIND_ACTIVATION, "stem", value, -1);
  if (has_chain) {
    value = add_convolution (graph, has_names ? "before second" : NULL, value, 3, 7, &seed);
    value = graphs_add_plain (graph, GBP_KIND_ACTIVATION, "second", value, -1);
  }
  block = graphs_add_plain (graph, GBP_KIND_IDENTITY, "block", value, -1);
  value = add_convolution (graph, "convolved", block, 3, 9, &seed);
  value = add_scale (graph, "scaled", value, &seed);
  value = graphs_add_plain (graph, GBP_KIND_ACTIVATION, "active", value, -1);
  value = add_convolution (graph, "narrow", value, 1, has_chain ? 7 : 6, &seed);
  other = graphs_add_plain (graph, GBP_KIND_MULTIPLY, "squared", block, (int) block);
  value = graphs_add_plain (graph, GBP_KIND_ADD, "sum", value, (int) block);
  value = graphs_add_plain (graph, GBP_KIND_CONCATENATE, "both", value, (int) other);
  value = graphs_add_plain (graph, GBP_KIND_POOL_AVERAGE, "pooled", value, -1);
  other = graphs_add_plain (graph, GBP_KIND_GLOBAL_AVERAGE, NULL, value, -1);
  other = add_dense (graph, NULL, other, gbp_graph_get_shape (graph, value)->channels, &seed);
  other = graphs_add_plain (graph, GBP_KIND_SOFTMAX, "squeezed", other, -1);
  value = graphs_add_plain (graph, GBP_KIND_MULTIPLY, "excited", value, (int) other);
  value = graphs_add_plain (graph, GBP_KIND_FLATTEN, NULL, value, -1);
  value = add_dense (graph, "hidden", value, 12, &seed);
  value = add_scale (graph, "rescaled", value, &seed);
  value = add_dense (graph, NULL, value, 4, &seed);
  graphs_add_plain (graph, GBP_KIND_SOFTMAX, "classes", value, -1);
  parts.graph = graph;
  return gbp_network_new_from_graph (&parts, NULL);
}

const char *const graphs_targets[GRAPHS_N_TARGETS] = {"stem", "block", "convolved", "scaled",
    "active", "narrow", "squared", "sum", "both", "pooled", "squeezed", "excited", "hidden",
    "rescaled", "classes"};
