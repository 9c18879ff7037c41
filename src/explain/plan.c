/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/plan.h"

#include "layer/pool.h"

static void
init_step (GbpPlan *plan, guint index, const GbpLayer *layer, const GbpConvolution *convolution)
{
  GbpStep *step = &plan->steps[index], *before = index > 0 ? step - 1 : NULL;
  gsize stride = gbp_pad_channels (layer->channels);

  *step = (GbpStep){.layer = layer, .convolution = convolution};
  step->map_size = layer->height * layer->width * stride;
  step->region = (GbpRegion){0, 0, layer->height, layer->width};
  step->channels = (GbpChannels){0, stride};
  step->is_fused = layer->kind == GBP_LAYER_POOL && before->convolution != NULL
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
  gboolean is_pool = layer->kind == GBP_LAYER_POOL;

  if (is_pool)
    step->choice = reserve (memory, n_bytes,
        gbp_pool_get_choice_size (layer->height, layer->width, gbp_pad_channels (layer->channels)),
        sizeof *step->choice);
  if (is_pool || (layer->has_relu && gbp_plan_get_fused_pool (plan, index) == NULL))
    step->active = reserve (memory, n_bytes, step->map_size / 8, sizeof *step->active);
}

static gsize
bind (GbpPlan *plan, gpointer memory)
{
  const GbpLayer *cut = plan->steps[plan->n_steps - 1].layer;
  gsize map_size = GBP_INPUT_SIZE * GBP_INPUT_SIZE * gbp_pad_channels (3), workspace = 0;
  gsize n_bytes = 0;

  for (guint i = 0; i < plan->n_steps; i++) {
    const GbpStep *step = &plan->steps[i];

    map_size = MAX (map_size, step->map_size);
    if (step->convolution != NULL)
      workspace =
          MAX (workspace, gbp_convolution_get_workspace (step->convolution, plan->n_workers));
  }
  for (guint i = 0; i < 2; i++)
    plan->maps[i] = reserve (memory, &n_bytes, map_size, sizeof (float));
  plan->workspace = reserve (memory, &n_bytes, workspace, sizeof (float));
  for (guint i = 0; i < 2; i++)
    plan->labels[i] = reserve (memory, &n_bytes, GBP_INPUT_SIZE * GBP_INPUT_SIZE, sizeof (guint64));
  plan->unsure = reserve (memory, &n_bytes, map_size / 8, sizeof (guint8));
  plan->sums = reserve (memory, &n_bytes, gbp_pad_channels (cut->channels), sizeof (double));
  for (guint i = 0; i < plan->n_steps; i++)
    bind_step (plan, i, memory, &n_bytes);
  return n_bytes;
}

void
gbp_plan_bind (GbpPlan *plan, gpointer memory)
{
  bind (plan, memory);
}

gboolean
gbp_plan_init (GbpPlan *plan, GbpNetwork *network, guint cut, GbpTeam *team, GError **error)
{
  const GbpConvolution *convolutions[GBP_MAX_LAYERS];
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  *plan = (GbpPlan){
      .n_steps = cut + 1,
      .input_region = {0, 0, GBP_INPUT_SIZE, GBP_INPUT_SIZE},
      .n_workers = gbp_team_get_size (team),
  };
  if (!gbp_prepared_get_convolutions (network, plan->n_steps, team, convolutions, error))
    return FALSE;
  for (guint i = 0; i < plan->n_steps; i++)
    init_step (plan, i, &layers[i], convolutions[i]);
  plan->n_bytes = bind (plan, NULL);
  return TRUE;
}

/* What goes into a layer where @output is wanted of what comes out. */
static GbpRegion
get_input_region (const GbpLayer *layer, const GbpLayer *before, GbpRegion output)
{
  GbpRegion all = {0, 0, before->height, before->width};

  switch (layer->kind) {
    case GBP_LAYER_CONVOLUTION:
      return (GbpRegion){
          .top = output.top > 0 ? output.top - 1 : 0,
          .left = output.left > 0 ? output.left - 1 : 0,
          .bottom = MIN (output.bottom + 1, before->height),
          .right = MIN (output.right + 1, before->width),
      };
    case GBP_LAYER_POOL:
      return (GbpRegion){2 * output.top, 2 * output.left, 2 * output.bottom, 2 * output.right};
    case GBP_LAYER_FLATTEN:
    case GBP_LAYER_DENSE:
      break;
  }
  return all;
}

void
gbp_plan_select_channel (GbpPlan *plan, int channel)
{
  guint i = plan->n_steps - 1;
  gsize stride = gbp_pad_channels (plan->steps[i].layer->channels);
  GbpChannels channels = {0, stride};

  if (channel >= 0) {
    channels.first = (gsize) channel / GBP_PANEL * GBP_PANEL;
    channels.end = MIN (channels.first + GBP_PANEL, stride);
  }
  plan->steps[i].channels = channels;
  if (plan->steps[i].layer->kind == GBP_LAYER_POOL) /* which keeps channels apart */
    plan->steps[i - 1].channels = channels;
}

void
gbp_plan_select (GbpPlan *plan, const GbpSelection *selection)
{
  const GbpLayer input = {.height = GBP_INPUT_SIZE, .width = GBP_INPUT_SIZE};
  guint cut = plan->n_steps - 1;

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
