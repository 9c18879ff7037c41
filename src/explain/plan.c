/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/plan.h"

#include <string.h>

#include "kernel/memory.h"
#include "layer/dense.h"
#include "layer/pool.h"
#include "network/demand.h"

static void
init_step (GbpPlan *plan, guint index, const GbpLayer *layer, const GbpConvolution *convolution)
{
  GbpStep *step = &plan->steps[index], *before = index > 0 ? step - 1 : NULL;
  gsize stride = gbp_pad_channels (layer->channels);

  *step = (GbpStep){.layer = layer, .convolution = convolution};
  step->map_size = layer->height * layer->width * stride;
  step->region = (GbpRegion){0, 0, layer->height, layer->width};
  step->channels = (GbpChannels){0, stride};
  step->is_fused = layer->kind == GBP_KIND_POOL_MAX && before->convolution != NULL
                   && plan->kept_step != (int) index - 1
                   && gbp_convolution_takes_pool (before->convolution);
  if (step->is_fused)
    step->map = before->map;
  else
    step->map = 1 - (before != NULL ? before->map : 0);
}

/* Room for @n elements of @size bytes, from @memory's byte @n_bytes on, which moves on; with @memory NULL the room is
 * only counted. */
static gpointer
reserve (gpointer memory, gsize *n_bytes, gsize n, gsize size)
{
  gsize at = *n_bytes;

  *n_bytes = (at + n * size + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
  return memory != NULL ? (guint8 *) memory + at : NULL;
}

guint
gbp_plan_find_relu (const GbpPlan *plan, guint index)
{
  GbpKind kind = plan->steps[index].layer->kind;

  while (index > 0 && (kind == GBP_KIND_POOL_MAX || kind == GBP_KIND_FLATTEN))
    kind = plan->steps[--index].layer->kind;
  return index;
}

static void
bind_step (GbpPlan *plan, guint index, gpointer memory, gsize *n_bytes)
{
  GbpStep *step = &plan->steps[index];
  const GbpLayer *layer = step->layer;
  gboolean is_pool = layer->kind == GBP_KIND_POOL_MAX;
  gboolean has_relu = plan->steps[gbp_plan_find_relu (plan, index)].layer->has_relu;

  if (is_pool)
    step->argmax = reserve (memory, n_bytes,
        gbp_pool_get_argmax_size (layer->height, layer->width, gbp_pad_channels (layer->channels)),
        sizeof *step->argmax);
  if (is_pool || (has_relu && gbp_plan_get_fused_pool (plan, index) == NULL))
    step->active = reserve (memory, n_bytes, step->map_size / 8, sizeof *step->active);
}

/* Floats of scratch. */
static gsize
get_step_workspace (const GbpStep *step, guint n_workers)
{
  const GbpLayer *layer = step->layer;

  if (step->convolution != NULL)
    return gbp_convolution_get_workspace (step->convolution, n_workers);
  if (layer->kind == GBP_KIND_DENSE)
    return gbp_dense_get_workspace (layer->weights.n_inputs, layer->channels);
  return 0;
}

/* What only a chain has: the second map, and scratch for its layers. */
static void
bind_chain (GbpPlan *plan, gsize map_size, gpointer memory, gsize *n_bytes)
{
  gsize n_pixels = (gsize) plan->input.height * plan->input.width, workspace = 0;

  for (guint i = 0; i < plan->n_steps; i++)
    workspace = MAX (workspace, get_step_workspace (&plan->steps[i], plan->n_workers));
  plan->maps[1] = reserve (memory, n_bytes, map_size, sizeof (float));
  plan->workspace = reserve (memory, n_bytes, workspace, sizeof (float));
  for (guint i = 0; i < 2; i++)
    plan->equivalence[i] = reserve (memory, n_bytes, n_pixels, sizeof (guint64));
  plan->near_zero = reserve (memory, n_bytes, map_size / 8, sizeof (guint8));
  if (plan->kept_step >= 0)
    plan->kept = reserve (memory, n_bytes, plan->steps[plan->kept_step].map_size, sizeof (float));
  for (guint i = 0; i < plan->n_steps; i++)
    bind_step (plan, i, memory, n_bytes);
}

static gsize
bind_all (GbpPlan *plan, gpointer memory)
{
  gsize map_size = (gsize) plan->input.height * plan->input.width * gbp_pad_channels (3);
  gsize n_bytes = 0, n_sums = plan->layer->channels;
  gpointer flow;

  if (plan->inner != NULL)
    n_sums = MAX (n_sums, plan->inner->channels);

  for (guint i = 0; i < plan->n_steps; i++)
    map_size = MAX (map_size, plan->steps[i].map_size);
  plan->maps[0] = reserve (memory, &n_bytes, map_size, sizeof (float));
  plan->sums = reserve (memory, &n_bytes, gbp_pad_channels (n_sums), sizeof (double));
  if (plan->n_steps > 0)
    bind_chain (plan, map_size, memory, &n_bytes);
  if (plan->flow == NULL)
    return n_bytes;
  flow = reserve (memory, &n_bytes, plan->flow->n_bytes, 1);
  if (memory != NULL)
    gbp_flow_bind (plan->flow, flow, gbp_plan_get_map (plan, (int) plan->n_steps - 1));
  return n_bytes;
}

void
gbp_plan_bind (GbpPlan *plan, gpointer memory)
{
  bind_all (plan, memory);
}

/* Whether a layer of the chain lies before the end, and has nothing inside that is looked at. */
static gboolean
is_step (const GbpPlan *plan, const GbpLayer *layer)
{
  return layer->value <= plan->end->value && !gbp_chain_hides (layer, plan->layer->value)
         && (plan->inner == NULL || !gbp_chain_hides (layer, plan->inner->value));
}

/* How many of the chain's layers are computed as such. */
static guint
count_steps (const GbpPlan *plan, const GbpPrepared *prepared)
{
  guint n_steps = 0;

  while (n_steps < prepared->n_layers && is_step (plan, &prepared->layers[n_steps]))
    n_steps++;
  return n_steps;
}

/* The step of the chain that makes @value; -1: none does. */
static int
find_step (const GbpPlan *plan, const GbpPrepared *prepared, guint value)
{
  for (guint i = 0; i < plan->n_steps; i++)
    if (prepared->layers[i].value == value)
      return (int) i;
  return -1;
}

/* The layer whose output is looked at after the forward pass has gone on; NULL: there is none. */
static const GbpLayer *
get_kept (const GbpPlan *plan)
{
  if (plan->inner != NULL)
    return plan->inner;
  return plan->layer->value != plan->end->value ? plan->layer : NULL;
}

static gboolean
init_parts (GbpPlan *plan, const GbpPrepared *prepared, gboolean is_repeated)
{
  guint entry = plan->n_steps > 0 ? prepared->layers[plan->n_steps - 1].value : 0;
  const GbpLayer *kept = get_kept (plan);
  GbpFlowRange range = {
      .entry = entry,
      .end = plan->end->value,
      .seed = MAX (plan->layer->value, entry),
      .kept = kept != NULL ? MAX (kept->value, entry) : entry,
      .is_repeated = is_repeated,
  };

  range.stop = plan->inner != NULL && !is_repeated ? range.kept : entry;

  plan->layer_step = find_step (plan, prepared, plan->layer->value);
  plan->kept_step = kept != NULL ? find_step (plan, prepared, kept->value) : -1;
  plan->steps = gbp_memory_new (plan->n_steps, sizeof *plan->steps);
  if (entry != plan->end->value)
    plan->flow = gbp_flow_new (prepared, &range, plan->n_workers);
  return plan->steps != NULL && (entry == plan->end->value || plan->flow != NULL);
}

/* A frame's buffers are bounded, whatever a file's network asks for. */
static gboolean
check_size (const GbpPlan *plan, GError **error)
{
  if (plan->n_bytes <= GBP_DEMAND_MAX_FRAME)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "layer %s: expected a network of which a frame takes at most %" G_GUINT64_FORMAT
      " bytes up to there, found that it takes %" G_GSIZE_FORMAT,
      plan->end->name, GBP_DEMAND_MAX_FRAME, plan->n_bytes);
  return FALSE;
}

static int
find_sums_step (const GbpPlan *plan)
{
  int i = plan->kept_step + 1, n_steps = (int) plan->n_steps;

  if (plan->inner == NULL || plan->kept_step < 0)
    return -1;
  while (i < n_steps && plan->steps[i].layer->kind == GBP_KIND_POOL_MAX)
    i++;
  if (i + 1 >= n_steps || plan->steps[i].layer->kind != GBP_KIND_FLATTEN
      || plan->steps[i + 1].layer->kind != GBP_KIND_DENSE)
    return -1;
  return i + 1;
}

static gboolean
plan_layers (
    GbpPlan *plan, GbpNetwork *network, gboolean is_repeated, GbpTeam *team, GError **error)
{
  const GbpPrepared *prepared = gbp_prepared_get (network, error);

  if (prepared == NULL)
    return FALSE;
  plan->n_steps = count_steps (plan, prepared);
  if (!init_parts (plan, prepared, is_repeated)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to plan the computation of layer %s", plan->end->name);
    return FALSE;
  }
  if (!gbp_prepared_fill (
          network, plan->n_steps, plan->flow != NULL ? plan->flow->wanted : NULL, team, error))
    return FALSE;
  for (guint i = 0; i < plan->n_steps; i++)
    init_step (plan, i, &prepared->layers[i], prepared->convolutions[i]);
  plan->sums_step = find_sums_step (plan);
  if (plan->sums_step >= 0) {
    plan->pixel_sums = gbp_prepared_sum_pixels (network, (guint) plan->sums_step, team, error);
    if (plan->pixel_sums == NULL)
      return FALSE;
  }
  plan->n_bytes = bind_all (plan, NULL);
  return check_size (plan, error);
}

gboolean
gbp_plan_init (GbpPlan *plan, GbpNetwork *network, const GbpSelection *selection, GbpTeam *team,
    GError **error)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  *plan = (GbpPlan){
      .layer = &layers[selection->cut],
      .end = &layers[selection->end],
      .inner = selection->inner >= 0 ? &layers[selection->inner] : NULL,
      .input = *gbp_graph_get_shape (gbp_network_get_graph (network), 0),
      .n_workers = gbp_team_get_size (team),
  };
  plan->input_region = (GbpRegion){0, 0, plan->input.height, plan->input.width};
  if (plan_layers (plan, network, selection->is_repeated, team, error))
    return TRUE;
  gbp_plan_clear (plan);
  return FALSE;
}

void
gbp_plan_clear (GbpPlan *plan)
{
  gbp_memory_free (plan->steps);
  g_clear_pointer (&plan->flow, gbp_flow_free);
  *plan = (GbpPlan){0};
}

const GbpStep *
gbp_plan_get_fused_pool (const GbpPlan *plan, guint index)
{
  const GbpStep *next = &plan->steps[index + 1];

  return index + 1 < plan->n_steps && next->is_fused ? next : NULL;
}

float *
gbp_plan_get_map (const GbpPlan *plan, int index)
{
  return plan->maps[index < 0 ? 0 : plan->steps[index].map];
}

const float *
gbp_plan_get_end (const GbpPlan *plan)
{
  return plan->flow != NULL ? gbp_flow_get_map (plan->flow, plan->end->value)
                            : gbp_plan_get_map (plan, (int) plan->n_steps - 1);
}

/* Of a layer that is not the end. */
static const float *
get_kept_map (const GbpPlan *plan, const GbpLayer *layer)
{
  return plan->kept_step >= 0 ? plan->kept : gbp_flow_get_map (plan->flow, layer->value);
}

const float *
gbp_plan_get_target (const GbpPlan *plan)
{
  return plan->layer->value == plan->end->value ? gbp_plan_get_end (plan)
                                                : get_kept_map (plan, plan->layer);
}

const float *
gbp_plan_get_inner (const GbpPlan *plan)
{
  return get_kept_map (plan, plan->inner);
}

float *
gbp_plan_begin_seed (const GbpPlan *plan)
{
  const GbpLayer *layer = plan->layer;
  gsize n_row = layer->width * gbp_pad_channels (layer->channels);
  GbpRows rows;
  float *seed;

  if (plan->layer_step >= 0)
    return gbp_plan_get_map (plan, plan->layer_step);
  seed = gbp_flow_get_gradient (plan->flow, layer->value);
  rows = gbp_flow_get_gradient_rows (plan->flow, layer->value);
  memset (seed + rows.first * n_row, 0, gbp_rows_count (rows) * n_row * sizeof *seed);
  return seed;
}
