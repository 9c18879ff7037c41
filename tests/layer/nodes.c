/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nodes.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"
#include "layer/shape.h"

static const char *const levels[N_LEVELS] = {"plain", "baseline", "avx2", "avx512"};

gsize
test_shape_get_size (const GbpShape *shape)
{
  return (gsize) shape->height * shape->width * gbp_pad_channels (shape->channels);
}

gsize
test_shape_count (const GbpShape *shape)
{
  return (gsize) shape->height * shape->width * shape->channels;
}

gsize
test_shape_find (const GbpShape *shape, gsize i)
{
  return i / shape->channels * gbp_pad_channels (shape->channels) + i % shape->channels;
}

static float *
new_test_map (const GbpShape *shape)
{
  return gbp_memory_new (test_shape_get_size (shape), sizeof (float));
}

/* Values with some ties and zeros, as maps have them. */
static void
fill_map (const GbpShape *shape, float *map, guint32 seed)
{
  for (gsize i = 0; i < test_shape_count (shape); i++) {
    float x = gbp_test_random (&seed, -2, 2);

    map[test_shape_find (shape, i)] = fabsf (x) < 0.2f ? 0 : x > 1.6f ? 1.5f : x;
  }
}

static void
fill_with_nan (float *map, const GbpShape *shape)
{
  for (gsize i = 0; i < test_shape_get_size (shape); i++)
    map[i] = NAN;
}

static GbpTensor *
new_random_tensor (gsize n, guint32 seed)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = gbp_test_random (&seed, -1, 1);
  return gbp_tensor_new_take (values, n);
}

/* Some of @n_channels several times, some never. */
static GbpTensor *
new_selection (gsize n, guint n_channels)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = i % 5 == 3 ? -1 : (float) (i * i * 7 % n_channels);
  return gbp_tensor_new_take (values, n);
}

/* Lines of @n_taps of @n_sources, some factors being zero. @n: values */
static GbpTensor *
new_lines (gsize n, guint n_taps, guint n_sources)
{
  GbpTensor *lines = new_random_tensor (n, 9);

  for (gsize i = 0; i < n; i++) {
    gsize line = i / (n_taps + 1), tap = i % (n_taps + 1);

    if (tap == 0)
      lines->values[i] = (float) (line * 5 % (n_sources - n_taps + 1));
    else if ((line + tap) % 4 == 0)
      lines->values[i] = line % 3 == 0 ? 0 : 1;
  }
  return lines;
}

/* @index: of the tensor, of @n values */
static GbpTensor *
new_weights (const GbpOperation *operation, const GbpShape *input, guint index, gsize n)
{
  const GbpWindow *window = &operation->window;

  if (operation->kind == GBP_KIND_RESPONSE_NORM)
    return gbp_tensor_new_take (
        g_memdup2 (
            (const float[]){1.5f, 0.3f, input->height == 1 ? 0.4f : 0.75f}, 3 * sizeof (float)),
        3);
  if (operation->kind == GBP_KIND_TRANSPOSE)
    return gbp_tensor_new_take (
        g_memdup2 ((const float[]){(float) (window->groups / 100),
                       (float) (window->groups / 10 % 10), (float) (window->groups % 10)},
            3 * sizeof (float)),
        3);
  if (operation->kind == GBP_KIND_SELECT)
    return new_selection (n, input->channels);
  if (operation->kind == GBP_KIND_RESAMPLE)
    return new_lines (
        n, index == 0 ? window->rows : window->columns, index == 0 ? input->height : input->width);
  return new_random_tensor (n, 3 + index);
}

static void
allocate (TestNode *node)
{
  guint n_workers = gbp_team_get_size (node->team);
  gsize saved_size =
      node->kind->get_saved_size != NULL ? node->kind->get_saved_size (&node->node) : 0;

  if (node->kind->get_workspace_size != NULL)
    node->workspace_size = node->kind->get_workspace_size (&node->node, n_workers);
  node->saved = gbp_memory_new (saved_size, 1);
  memset (node->saved, 0xff, saved_size);
  node->workspace = gbp_memory_new (node->workspace_size, 1);
  for (guint i = 0; i < node->node.n_inputs; i++) {
    node->inputs[i] = new_test_map (&node->shapes[i]);
    node->input_gradients[i] = new_test_map (&node->shapes[i]);
    node->input_rows[i] = gbp_rows_of (&node->shapes[i]);
    fill_map (&node->shapes[i], node->inputs[i], 11 + i);
  }
  node->rows = gbp_rows_of (&node->node.output);
  node->output = new_test_map (&node->node.output);
  node->gradient = new_test_map (&node->node.output);
  fill_map (&node->node.output, node->gradient, 5);
}

/* NULL where the CPU lacks it. The thread sanitizer looks for memory that threads share, which is the same at every
 * level: for it the best one stands for all. */
static const GbpKernels *
find_level (const char *level)
{
  const GbpKernels *kernels = gbp_kernels_get_level (level);

#ifdef __SANITIZE_THREAD__
  return kernels == gbp_kernels_get () ? kernels : NULL;
#else
  return kernels;
#endif
}

TestNode *
test_node_new (int level, guint n_threads, const GbpOperation *operation,
    const GbpOperation *activation, const GbpShape *inputs, guint n_inputs, gsize n_weights,
    gsize n_shifts)
{
  TestNode *node = g_new0 (TestNode, 1);
  char *fault;

  node->kernels = find_level (levels[level]);
  if (node->kernels == NULL) {
    g_print ("# %s is not tested here\n", levels[level]);
    return node;
  }
  node->team = gbp_team_new (n_threads);
  node->operation = *operation;
  node->operation.n_inputs = n_inputs;
  if (n_weights > 0)
    node->operation.tensors[0] = new_weights (operation, inputs, 0, n_weights);
  if (n_shifts > 0)
    node->operation.tensors[1] = new_weights (operation, inputs, 1, n_shifts);
  memcpy (node->shapes, inputs, n_inputs * sizeof *inputs);
  node->node = (GbpNode){&node->operation, activation, n_inputs, node->shapes, {0}};
  fault = gbp_shape_infer (&node->operation, node->shapes, &node->node.output);
  ck_assert_msg (fault == NULL, "%s", fault);
  node->kind = gbp_kind_get (operation->kind);
  if (node->kind->prepare != NULL) {
    node->prepared = node->kind->prepare (&node->node, node->kernels);
    ck_assert_ptr_nonnull (node->prepared);
  }
  allocate (node);
  return node;
}

void
test_node_free (TestNode *node)
{
  if (node->kernels != NULL) {
    if (node->kind->prepare != NULL)
      node->kind->free (node->prepared);
    for (guint i = 0; i < node->node.n_inputs; i++) {
      gbp_memory_free (node->inputs[i]);
      gbp_memory_free (node->input_gradients[i]);
    }
    gbp_memory_free (node->output);
    gbp_memory_free (node->gradient);
    gbp_memory_free (node->saved);
    gbp_memory_free (node->workspace);
    for (guint i = 0; i < 2; i++)
      g_clear_pointer (&node->operation.tensors[i], gbp_tensor_unref);
    gbp_team_free (node->team);
  }
  g_free (node);
}

static GbpNodePass
begin_test_pass (TestNode *node)
{
  memset (node->workspace, 0xff, node->workspace_size); /* NaN */
  return (GbpNodePass){
      .kernels = node->kernels,
      .team = node->team,
      .rows = node->rows,
      .input_rows = node->input_rows,
      .saved = node->saved,
      .workspace = node->workspace,
  };
}

void
test_node_forward (TestNode *node)
{
  GbpNodePass pass = begin_test_pass (node);

  fill_with_nan (node->output, &node->node.output);
  pass.inputs = (const float *const *) node->inputs;
  pass.output = node->output;
  node->kind->forward (&node->node, node->prepared, &pass);
}

void
test_node_backward (TestNode *node, GbpRule rule)
{
  const float *no_inputs[MOST_INPUTS] = {NULL};
  GbpNodePass pass = begin_test_pass (node);

  for (guint i = 0; i < node->node.n_inputs; i++)
    if (node->input_gradients[i] != NULL)
      fill_with_nan (node->input_gradients[i], &node->shapes[i]);
  pass.inputs = node->kind->keeps_input ? (const float *const *) node->inputs : no_inputs;
  pass.output = node->kind->keeps_output ? node->output : NULL;
  pass.gradient = node->gradient;
  pass.input_gradients = node->input_gradients;
  pass.rule = rule;
  node->kind->backward (&node->node, node->prepared, &pass);
}

void
test_assert_map (const GbpShape *shape, const double *expected, const float *found, double slack)
{
  double error = 0, norm = 0;
  gsize n_found = 0;

  for (gsize i = 0; i < test_shape_count (shape); i++) {
    double difference = found[test_shape_find (shape, i)] - expected[i];

    error += difference * difference;
    norm += expected[i] * expected[i];
  }
  if (!(sqrt (error) <= slack * sqrt (norm)))
    ck_abort_msg ("relative error %g, norm %g", sqrt (error / norm), sqrt (norm));
  for (gsize i = 0; i < test_shape_get_size (shape); i++)
    n_found += i % gbp_pad_channels (shape->channels) >= shape->channels && !(found[i] == 0);
  ck_assert_msg (n_found == 0, "padding is not zero");
}
