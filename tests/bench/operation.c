/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operation.h"

#include "bench.h"
#include "kernel/memory.h"
#include "layer/kinds.h"
#include "layer/shape.h"

void
bench_fill (float *values, gsize n, BenchSeed seed)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (float) ((double) ((i + 1000 * (gsize) seed) * 7919 % 2503) + 0.5) / 2503.0f - 0.5f;
}

/* A map whose padding is zero. */
static float *
new_map (const GbpShape *shape, BenchSeed seed)
{
  gsize stride = gbp_pad_channels (shape->channels), n = gbp_shape_get_pixels (shape);
  g_autofree float *values = g_new (float, n * shape->channels);
  float *map = gbp_memory_new (n * stride, sizeof *map);

  bench_fill (values, n * shape->channels, seed);
  for (gsize i = 0; i < n; i++)
    memcpy (map + i * stride, values + i * shape->channels, shape->channels * sizeof *values);
  return map;
}

static GbpTensor *
new_tensor (gsize n, BenchSeed seed)
{
  float *values;

  if (n == 0)
    return NULL;
  values = g_new (float, n);
  bench_fill (values, n, seed);
  return gbp_tensor_new_take (values, n);
}

static gsize
count_weights (const GbpOperation *operation, guint n_inputs, guint n_outputs)
{
  const GbpWindow *window = &operation->window;

  switch (operation->kind) {
    case GBP_KIND_CONVOLUTION:
      return (gsize) window->rows * window->columns * (n_inputs / window->groups) * n_outputs;
    case GBP_KIND_DENSE:
      return (gsize) n_inputs * n_outputs;
    default:
      return n_outputs > 0 || gbp_kind_scales (operation->kind) ? n_inputs : 0;
  }
}

static void
make_weights (BenchOperation *self, guint n_outputs)
{
  GbpOperation *operation = &self->operation;
  guint n_inputs = self->inputs[0].channels;

  if (operation->tensors[0] != NULL)
    return;
  operation->tensors[0] = new_tensor (count_weights (operation, n_inputs, n_outputs), BENCH_KERNEL);
  if (operation->kind == GBP_KIND_ACTIVATION)
    return;
  operation->tensors[1] =
      new_tensor (gbp_kind_scales (operation->kind) ? n_inputs : n_outputs, BENCH_BIAS);
}

/* As in a network: where the kind passes its gradient on, it is the output's. */
static float *
new_input_gradient (const BenchOperation *self, guint input)
{
  if (self->kind->passes_gradient
      && memcmp (&self->inputs[input], &self->node.output, sizeof self->node.output) == 0)
    return self->gradient;
  return new_map (&self->inputs[input], BENCH_GRADIENT);
}

static gpointer
new_bytes (gsize n)
{
  return gbp_memory_new (MAX (n, 1), 1);
}

static void
make_pass (BenchOperation *self, GbpRule rule, GbpTeam *team)
{
  const GbpKindClass *kind = self->kind;
  const GbpNode *node = &self->node;

  self->gradient = new_map (&node->output, BENCH_GRADIENT);
  for (guint i = 0; i < node->n_inputs; i++) {
    self->maps[i] = new_map (&self->inputs[i], (BenchSeed) (BENCH_FIRST_INPUT + i));
    self->gradients[i] = new_input_gradient (self, i);
    self->input_rows[i] = gbp_rows_of (&self->inputs[i]);
  }
  self->pass = (GbpNodePass){
      .kernels = gbp_kernels_get (),
      .team = team,
      .inputs = (const float *const *) self->maps,
      .output = new_map (&node->output, BENCH_GRADIENT),
      .rows = gbp_rows_of (&node->output),
      .gradient = self->gradient,
      .input_gradients = self->gradients,
      .input_rows = self->input_rows,
      .saved = new_bytes (kind->get_saved_size != NULL ? kind->get_saved_size (node) : 0),
      .rule = rule,
      .workspace = new_bytes (kind->get_workspace_size != NULL
                                  ? kind->get_workspace_size (node, gbp_team_get_size (team))
                                  : 0),
  };
}

BenchOperation *
bench_operation_new (const GbpOperation *operation, const GbpOperation *activation,
    const GbpShape *inputs, guint n_inputs, guint n_outputs, GbpRule rule, GbpTeam *team)
{
  BenchOperation *self = g_new0 (BenchOperation, 1);
  g_autofree char *problem = NULL;

  self->operation = *operation;
  self->operation.n_inputs = n_inputs;
  memcpy (self->inputs, inputs, n_inputs * sizeof *inputs);
  make_weights (self, n_outputs);
  self->node.operation = &self->operation;
  if (activation != NULL) {
    self->activation = *activation;
    self->node.activation = &self->activation;
  }
  self->node.n_inputs = n_inputs;
  self->node.inputs = self->inputs;
  problem = gbp_shape_infer (&self->operation, self->inputs, &self->node.output);
  if (problem != NULL)
    g_error ("%s: %s", gbp_kind_get_name (operation->kind), problem);
  self->kind = gbp_kind_get (operation->kind);
  make_pass (self, rule, team);
  if (self->kind->in_place)
    self->chained = new_map (&self->node.output, BENCH_FIRST_INPUT);
  if (self->kind->prepare != NULL)
    self->prepared = self->kind->prepare (&self->node, self->pass.kernels);
  return self;
}

void
bench_operation_free (BenchOperation *self)
{
  if (self->kind->free != NULL)
    self->kind->free (self->prepared);
  for (guint i = 0; i < BENCH_MOST_INPUTS; i++) {
    gbp_memory_free (self->maps[i]);
    if (self->gradients[i] != self->gradient)
      gbp_memory_free (self->gradients[i]);
    g_clear_pointer (&self->operation.tensors[i], gbp_tensor_unref);
  }
  gbp_memory_free (self->pass.output);
  gbp_memory_free (self->pass.saved);
  gbp_memory_free (self->pass.workspace);
  gbp_memory_free (self->gradient);
  gbp_memory_free (self->chained);
  g_free (self);
}

void
bench_operation_forward (BenchOperation *self)
{
  self->kind->forward (&self->node, self->prepared, &self->pass);
}

void
bench_operation_backward (BenchOperation *self)
{
  self->kind->backward (&self->node, self->prepared, &self->pass);
}

double
bench_operation_time (BenchOperation *self, gboolean is_backward)
{
  double begin = bench_now ();

  (is_backward ? bench_operation_backward : bench_operation_forward) (self);
  return bench_now () - begin;
}

double
bench_operation_time_chain (BenchOperation *self, gboolean is_backward)
{
  const GbpNodePass *pass = &self->pass;
  gsize n_bytes = gbp_shape_get_size (&self->node.output) * sizeof (float);
  const float *inputs[] = {self->chained};
  float *gradients[] = {self->chained};
  GbpNodePass link = *pass;
  double begin;

  if (self->chained == NULL || self->node.n_inputs > 1)
    return bench_operation_time (self, is_backward);
  link.inputs = inputs;
  link.output = link.gradient = self->chained;
  link.input_gradients = gradients;
  begin = bench_now ();
  memcpy (self->chained, is_backward ? self->gradient : self->maps[0], n_bytes);
  for (guint i = 0; i < BENCH_CHAIN; i++)
    (is_backward ? self->kind->backward : self->kind->forward) (&self->node, self->prepared, &link);
  return (bench_now () - begin) / BENCH_CHAIN;
}
