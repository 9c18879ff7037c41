/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/plan.h"

#include <string.h>

#include "kernel/memory.h"
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

static void
bind_step (GbpPlan *plan, guint index, gpointer memory, gsize *n_bytes)
{
  GbpStep *step = &plan->steps[index];
  const GbpLayer *layer = step->layer;
  gboolean is_pool = layer->kind == GBP_KIND_POOL_MAX;

  if (is_pool)
    step->choice = reserve (memory, n_bytes,
        gbp_pool_get_choice_size (layer->height, layer->width, gbp_pad_channels (layer->channels)),
        sizeof *step->choice);
  if (is_pool || (layer->has_relu && gbp_plan_get_fused_pool (plan, index) == NULL))
    step->active = reserve (memory, n_bytes, step->map_size / 8, sizeof *step->active);
}

/* What only a chain has: the second map, and scratch for its convolutions. */
static void
bind_chain (GbpPlan *plan, gsize map_size, gpointer memory, gsize *n_bytes)
{
  gsize n_pixels = (gsize) plan->input.height * plan->input.width, workspace = 0;

  for (guint i = 0; i < plan->n_steps; i++) {
    const GbpStep *step = &plan->steps[i];

    if (step->convolution != NULL)
      workspace =
          MAX (workspace, gbp_convolution_get_workspace (step->convolution, plan->n_workers));
  }
  plan->maps[1] = reserve (memory, n_bytes, map_size, sizeof (float));
  plan->workspace = reserve (memory, n_bytes, workspace, sizeof (float));
  for (guint i = 0; i < 2; i++)
    plan->labels[i] = reserve (memory, n_bytes, n_pixels, sizeof (guint64));
  plan->unsure = reserve (memory, n_bytes, map_size / 8, sizeof (guint8));
  for (guint i = 0; i < plan->n_steps; i++)
    bind_step (plan, i, memory, n_bytes);
}

static gsize
bind_all (GbpPlan *plan, gpointer memory)
{
  gsize map_size = (gsize) plan->input.height * plan->input.width * gbp_pad_channels (3);
  gsize n_bytes = 0;
  gpointer flow;

  for (guint i = 0; i < plan->n_steps; i++)
    map_size = MAX (map_size, plan->steps[i].map_size);
  plan->maps[0] = reserve (memory, &n_bytes, map_size, sizeof (float));
  plan->sums =
      reserve (memory, &n_bytes, gbp_pad_channels (plan->layer->channels), sizeof (double));
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

/* How many of the chain's layers lead to @value: it is one of theirs, or behind all of them. */
static guint
count_steps (const GbpPrepared *prepared, guint value)
{
  guint n_steps = 0;

  while (n_steps < prepared->n_layers && prepared->layers[n_steps].value <= value)
    n_steps++;
  return n_steps;
}

static gboolean
init_parts (GbpPlan *plan, const GbpPrepared *prepared)
{
  guint end = plan->n_steps > 0 ? prepared->layers[plan->n_steps - 1].value : 0;

  plan->steps = gbp_memory_new (plan->n_steps, sizeof *plan->steps);
  if (end != plan->layer->value)
    plan->flow = gbp_flow_new (prepared, end, plan->layer->value, plan->n_workers);
  return plan->steps != NULL && (end == plan->layer->value || plan->flow != NULL);
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
      plan->layer->name, GBP_DEMAND_MAX_FRAME, plan->n_bytes);
  return FALSE;
}

static gboolean
plan_layers (GbpPlan *plan, GbpNetwork *network, GbpTeam *team, GError **error)
{
  const GbpPrepared *prepared = gbp_prepared_get (network, error);

  if (prepared == NULL)
    return FALSE;
  plan->n_steps = count_steps (prepared, plan->layer->value);
  if (!init_parts (plan, prepared)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to plan the computation of layer %s", plan->layer->name);
    return FALSE;
  }
  if (!gbp_prepared_fill (
          network, plan->n_steps, plan->flow != NULL ? plan->flow->wanted : NULL, team, error))
    return FALSE;
  for (guint i = 0; i < plan->n_steps; i++)
    init_step (plan, i, &prepared->layers[i], prepared->convolutions[i]);
  plan->n_bytes = bind_all (plan, NULL);
  return check_size (plan, error);
}

gboolean
gbp_plan_init (GbpPlan *plan, GbpNetwork *network, guint cut, GbpTeam *team, GError **error)
{
  guint n_layers;

  *plan = (GbpPlan){
      .layer = gbp_network_get_layers (network, &n_layers) + cut,
      .input = *gbp_graph_get_shape (gbp_network_get_graph (network), 0),
      .n_workers = gbp_team_get_size (team),
  };
  plan->input_region = (GbpRegion){0, 0, plan->input.height, plan->input.width};
  if (plan_layers (plan, network, team, error))
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

/* What goes into a layer where @output is wanted of what comes out. */
static GbpRegion
get_input_region (const GbpLayer *layer, const GbpLayer *before, GbpRegion output)
{
  GbpRegion all = {0, 0, before->height, before->width};

  switch (layer->kind) {
    case GBP_KIND_CONVOLUTION:
      return (GbpRegion){
          .top = output.top > 0 ? output.top - 1 : 0,
          .left = output.left > 0 ? output.left - 1 : 0,
          .bottom = MIN (output.bottom + 1, before->height),
          .right = MIN (output.right + 1, before->width),
      };
    case GBP_KIND_POOL_MAX:
      return (GbpRegion){2 * output.top, 2 * output.left, 2 * output.bottom, 2 * output.right};
    default: /* of flatten and dense layers each output is made of all */
      return all;
  }
}

void
gbp_plan_select_channel (GbpPlan *plan, int channel)
{
  guint i = plan->n_steps - 1;
  gsize stride = gbp_pad_channels (plan->layer->channels);
  GbpChannels channels = {0, stride};

  if (plan->flow != NULL)
    return;
  if (channel >= 0) {
    channels.first = (gsize) channel / GBP_PANEL * GBP_PANEL;
    channels.end = MIN (channels.first + GBP_PANEL, stride);
  }
  plan->steps[i].channels = channels;
  if (plan->steps[i].layer->kind == GBP_KIND_POOL_MAX) /* which keeps channels apart */
    plan->steps[i - 1].channels = channels;
}

void
gbp_plan_select (GbpPlan *plan, const GbpSelection *selection)
{
  const GbpLayer input = {.height = plan->input.height, .width = plan->input.width};
  guint cut = plan->n_steps - 1;

  if (plan->flow != NULL)
    return;
  plan->steps[cut].region = gbp_selection_get_region (selection, plan->steps[cut].layer);
  for (guint i = cut; i > 0; i--)
    plan->steps[i - 1].region =
        get_input_region (plan->steps[i].layer, plan->steps[i - 1].layer, plan->steps[i].region);
  plan->input_region = get_input_region (plan->steps[0].layer, &input, plan->steps[0].region);
  gbp_plan_select_channel (plan, selection->channel);
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

float *
gbp_plan_get_target (const GbpPlan *plan)
{
  return plan->flow != NULL ? gbp_flow_get_target (plan->flow)
                            : gbp_plan_get_map (plan, (int) plan->n_steps - 1);
}

float *
gbp_plan_begin_seed (const GbpPlan *plan)
{
  const GbpLayer *layer = plan->layer;
  float *seed;

  if (plan->flow == NULL)
    return gbp_plan_get_target (plan);
  seed = gbp_flow_get_seed (plan->flow);
  memset (seed, 0,
      (gsize) layer->height * layer->width * gbp_pad_channels (layer->channels) * sizeof *seed);
  return seed;
}
