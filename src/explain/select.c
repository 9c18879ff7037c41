/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What of a chain's maps is wanted, both ways. */
#include "explain/plan.h"

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

static void
select_channel (GbpPlan *plan, int channel)
{
  guint i = (guint) plan->layer_step;
  gsize stride = gbp_pad_channels (plan->layer->channels);
  GbpChannels channels = {0, stride};

  if (channel >= 0) {
    channels.first = (gsize) channel / GBP_PANEL * GBP_PANEL;
    channels.end = MIN (channels.first + GBP_PANEL, stride);
  }
  plan->steps[i].channels = channels;
  if (plan->steps[i].layer->kind == GBP_KIND_POOL_MAX) /* which keeps channels apart */
    plan->steps[i - 1].channels = channels;
}

static void
select_all (GbpPlan *plan)
{
  for (guint i = 0; i < plan->n_steps; i++) {
    GbpStep *step = &plan->steps[i];

    step->region = (GbpRegion){0, 0, step->layer->height, step->layer->width};
    step->channels = (GbpChannels){0, gbp_pad_channels (step->layer->channels)};
  }
  plan->input_region = (GbpRegion){0, 0, plan->input.height, plan->input.width};
  if (plan->flow != NULL)
    gbp_flow_select_all (plan->flow);
}

/* Of the chain's steps up to @last, of whose output @region is wanted. */
static void
select_steps (GbpPlan *plan, int last, GbpRegion region)
{
  const GbpLayer input = {.height = plan->input.height, .width = plan->input.width};

  plan->steps[last].region = region;
  for (int i = last; i > 0; i--)
    plan->steps[i - 1].region =
        get_input_region (plan->steps[i].layer, plan->steps[i - 1].layer, plan->steps[i].region);
  plan->input_region = get_input_region (plan->steps[0].layer, &input, plan->steps[0].region);
}

static GbpRows
get_selected_rows (const GbpPlan *plan, const GbpSelection *selection)
{
  GbpRegion region = gbp_selection_get_region (selection, plan->layer);

  return (GbpRows){region.top, region.bottom};
}

/* The chain that leads to a flow, of whose entry @rows are wanted. */
static void
select_before_flow (GbpPlan *plan, GbpRows rows)
{
  int last = (int) plan->n_steps - 1;
  guint width = last < 0 ? plan->input.width : plan->steps[last].layer->width;
  GbpRegion region = {rows.first, 0, rows.end, width};

  if (last < 0)
    plan->input_region = region;
  else
    select_steps (plan, last, region);
}

void
gbp_plan_select_back (GbpPlan *plan, const GbpSelection *selection, int channel)
{
  if (plan->layer_step < 0) {
    gbp_flow_select_back (plan->flow, get_selected_rows (plan, selection));
    select_before_flow (plan, gbp_flow_get_gradient_rows (plan->flow, plan->flow->range.entry));
    return;
  }
  select_steps (plan, plan->layer_step, gbp_selection_get_region (selection, plan->layer));
  select_channel (plan, channel);
}

void
gbp_plan_select (GbpPlan *plan, const GbpSelection *selection)
{
  select_all (plan);
  if (plan->layer->value != plan->end->value)
    return;
  if (plan->layer_step >= 0) {
    gbp_plan_select_back (plan, selection, selection->channel);
    return;
  }
  gbp_flow_select (plan->flow, get_selected_rows (plan, selection));
  select_before_flow (plan, gbp_flow_get_rows (plan->flow, plan->flow->range.entry));
}
