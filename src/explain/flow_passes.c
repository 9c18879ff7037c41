/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/flow.h"

/* Floats that a task adds at once. */
#define PART 16384

static gpointer
get_buffer (const GbpFlow *flow, guint buffer)
{
  return flow->memory + flow->buffers[buffer].at;
}

void
gbp_flow_bind (GbpFlow *flow, gpointer memory, const float *entry)
{
  flow->memory = memory;
  for (guint i = 0; i < flow->n_links; i++) {
    const GbpFlowLink *link = &flow->links[i];
    guint map = flow->values[link->value].map;

    flow->inputs[i] = map == GBP_FLOW_NONE ? entry : get_buffer (flow, map);
    flow->gradients[i] = link->gradient == GBP_FLOW_NONE ? NULL : get_buffer (flow, link->gradient);
  }
}

float *
gbp_flow_get_map (const GbpFlow *flow, guint value)
{
  return get_buffer (flow, flow->values[value].map);
}

float *
gbp_flow_get_gradient (const GbpFlow *flow, guint value)
{
  return get_buffer (flow, flow->values[value].gradient);
}

/* What both passes over a step have in common. */
static GbpNodePass
begin_pass (const GbpFlow *flow, guint step, const GbpKernels *kernels, GbpTeam *team)
{
  const GbpFlowStep *it = &flow->steps[step];

  return (GbpNodePass){
      .kernels = kernels,
      .team = team,
      .inputs = flow->inputs + it->first_link,
      .output = get_buffer (flow, flow->values[it->value].map),
      .saved = get_buffer (flow, it->saved),
      .workspace = get_buffer (flow, flow->workspace),
  };
}

void
gbp_flow_forward (const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team)
{
  for (guint i = 0; i < flow->n_steps; i++) {
    guint index = flow->steps[i].node;
    const GbpNode *node = &flow->prepared->nodes[index];
    GbpNodePass pass = begin_pass (flow, i, kernels, team);

    gbp_kind_get (node->operation->kind)->forward (node, flow->prepared->weights[index], &pass);
  }
}

/* to [n] += from [n] */
typedef struct {
  const float *from;
  float *to;
  gsize n;
} Addition;

static void
add_part (gpointer data, guint index, guint worker)
{
  const Addition *addition = data;
  gsize end = MIN ((gsize) (index + 1) * PART, addition->n);

  for (gsize i = (gsize) index * PART; i < end; i++)
    addition->to[i] += addition->from[i];
}

/* A value's gradient is the sum over all that use it. */
static void
add_gradients (const GbpFlow *flow, guint step, GbpTeam *team)
{
  const GbpFlowStep *it = &flow->steps[step];
  const GbpNode *node = &flow->prepared->nodes[it->node];

  for (guint j = 0; j < node->n_inputs; j++) {
    const GbpFlowLink *link = &flow->links[it->first_link + j];
    const GbpShape *shape = &node->inputs[j];
    Addition addition = {.from = flow->gradients[it->first_link + j]};

    if (!link->is_added)
      continue;
    addition.to = get_buffer (flow, flow->values[link->value].gradient);
    addition.n = (gsize) shape->height * shape->width * gbp_pad_channels (shape->channels);
    gbp_team_run (team, add_part, &addition, (guint) ((addition.n + PART - 1) / PART));
  }
}

void
gbp_flow_backward (
    const GbpFlow *flow, const GbpKernels *kernels, GbpTeam *team, GbpRule rule, guint stop)
{
  for (guint i = flow->n_steps; i-- > 0 && flow->steps[i].value > stop;) {
    guint index = flow->steps[i].node;
    const GbpNode *node = &flow->prepared->nodes[index];
    GbpNodePass pass = begin_pass (flow, i, kernels, team);

    if (!flow->values[flow->steps[i].value].leads_back)
      continue;
    pass.gradient = get_buffer (flow, flow->values[flow->steps[i].value].gradient);
    pass.input_gradients = flow->gradients + flow->steps[i].first_link;
    pass.rule = rule;
    gbp_kind_get (node->operation->kind)->backward (node, flow->prepared->weights[index], &pass);
    add_gradients (flow, i, team);
  }
}
