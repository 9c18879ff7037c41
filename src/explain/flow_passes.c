/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/flow.h"

#include <string.h>

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
      .rows = flow->values[it->value].rows,
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

    if (gbp_rows_count (pass.rows) > 0)
      gbp_kind_get (node->operation->kind)->forward (node, flow->prepared->weights[index], &pass);
  }
}

/* to [n] += from [n] */
typedef struct {
  const GbpKernels *kernels;
  const float *from;
  float *to;
  gsize n;
} Addition;

static void
add_part (gpointer data, guint index, guint worker)
{
  const Addition *addition = data;
  gsize first = (gsize) index * PART;
  float *to = addition->to + first;

  addition->kernels->add (to, addition->from + first, to, MIN (PART, addition->n - first));
}

/* A value's gradient is the sum over all that use it: to what the link @link has brought comes what others brought
 * before.
 * @n_row: floats of a row */
static void
add_earlier (const GbpFlow *flow, guint link, gsize n_row, const GbpKernels *kernels, GbpTeam *team)
{
  GbpRows rows = flow->values[flow->links[link].value].gradient_rows;
  const float *earlier = get_buffer (flow, flow->links[link].earlier);
  Addition addition = {
      .kernels = kernels,
      .from = earlier + rows.first * n_row,
      .to = flow->gradients[link] + rows.first * n_row,
      .n = gbp_rows_count (rows) * n_row,
  };

  gbp_team_run (team, add_part, &addition, (guint) ((addition.n + PART - 1) / PART));
}

/* The rows that a link does not bring, but another one may, are zero. */
static void
clear_others (const GbpFlow *flow, guint link, gsize n_row)
{
  GbpRows rows = flow->values[flow->links[link].value].gradient_rows;

  for (gsize y = rows.first; y < rows.end; y++)
    if (!gbp_rows_contain (flow->gradient_rows[link], y))
      memset (flow->gradients[link] + y * n_row, 0, n_row * sizeof (float));
}

static void
collect_gradients (const GbpFlow *flow, guint step, const GbpKernels *kernels, GbpTeam *team)
{
  const GbpFlowStep *it = &flow->steps[step];
  const GbpNode *node = &flow->prepared->nodes[it->node];

  for (guint j = 0; j < node->n_inputs; j++) {
    guint link = it->first_link + j;
    gsize n_row = node->inputs[j].width * gbp_pad_channels (node->inputs[j].channels);

    if (flow->gradients[link] == NULL)
      continue;
    clear_others (flow, link, n_row);
    if (flow->links[link].earlier != GBP_FLOW_NONE)
      add_earlier (flow, link, n_row, kernels, team);
  }
}

/* Whether a step has nothing to pass on: it sees no row of its input, or nothing comes back to it. */
static gboolean
is_blind (const GbpFlow *flow, guint step)
{
  return gbp_rows_count (flow->gradient_rows[flow->steps[step].first_link]) == 0;
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
    pass.rows = flow->values[flow->steps[i].value].gradient_rows;
    pass.gradient = get_buffer (flow, flow->values[flow->steps[i].value].gradient);
    pass.input_gradients = flow->gradients + flow->steps[i].first_link;
    pass.input_rows = flow->gradient_rows + flow->steps[i].first_link;
    pass.rule = rule;
    if (!is_blind (flow, i))
      gbp_kind_get (node->operation->kind)->backward (node, flow->prepared->weights[index], &pass);
    collect_gradients (flow, i, kernels, team);
  }
}
