/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What of a flow's maps is wanted, both ways: what the windows of what is selected see. */
#include "explain/flow.h"

static const GbpNode *
get_node (const GbpFlow *flow, guint step)
{
  return &flow->prepared->nodes[flow->steps[step].node];
}

static GbpRows
get_all_rows (const GbpFlow *flow, guint value)
{
  return gbp_rows_of (&get_node (flow, flow->values[value].step)->output);
}

static gboolean
is_all (const GbpFlow *flow, guint value, GbpRows rows)
{
  return gbp_rows_count (rows) == gbp_rows_count (get_all_rows (flow, value));
}

/* The rows of input @input that @rows of what the step makes are made of. */
static GbpRows
find_rows (const GbpFlow *flow, guint step, guint input, GbpRows rows, gboolean is_backward)
{
  const GbpNode *node = get_node (flow, step);
  const GbpKindClass *class = gbp_kind_get (node->operation->kind);

  if (gbp_rows_count (rows) == 0)
    return rows;
  return class->find_rows != NULL ? class->find_rows (node, input, rows, is_backward)
                                  : gbp_rows_of (&node->inputs[input]);
}

static void
select_all_forward (GbpFlow *flow)
{
  for (guint i = 0; i < flow->n_steps; i++) {
    const GbpNode *node = get_node (flow, i);

    flow->values[flow->steps[i].value].rows = gbp_rows_of (&node->output);
    for (guint j = 0; j < node->n_inputs; j++)
      flow->values[flow->links[flow->steps[i].first_link + j].value].rows =
          gbp_rows_of (&node->inputs[j]);
  }
}

static void
select_all_back (GbpFlow *flow)
{
  for (guint i = 0; i < flow->n_steps; i++) {
    const GbpNode *node = get_node (flow, i);

    flow->values[flow->steps[i].value].gradient_rows = gbp_rows_of (&node->output);
    for (guint j = 0; j < node->n_inputs; j++) {
      guint link = flow->steps[i].first_link + j;

      flow->gradient_rows[link] = gbp_rows_of (&node->inputs[j]);
      flow->values[flow->links[link].value].gradient_rows = flow->gradient_rows[link];
    }
  }
}

void
gbp_flow_select_all (GbpFlow *flow)
{
  select_all_forward (flow);
  select_all_back (flow);
}

void
gbp_flow_select (GbpFlow *flow, GbpRows rows)
{
  GbpFlowValue *entry = &flow->values[flow->range.entry];

  if (is_all (flow, flow->range.end, rows)) {
    select_all_forward (flow);
    return;
  }
  for (guint i = 0; i <= flow->prepared->n_operations; i++)
    flow->values[i].rows = (GbpRows){0, 0};
  flow->values[flow->range.end].rows = rows;
  for (guint i = flow->n_steps; i-- > 0;)
    for (guint j = 0; j < get_node (flow, i)->n_inputs; j++) {
      GbpFlowValue *input = &flow->values[flow->links[flow->steps[i].first_link + j].value];
      GbpRows wanted = flow->values[flow->steps[i].value].rows;

      input->rows = gbp_rows_unite (input->rows, find_rows (flow, i, j, wanted, FALSE));
    }
  if (gbp_rows_count (entry->rows) == 0) /* the chain before cannot make none */
    entry->rows.end = 1;
}

/* What comes back to the inputs of a step. */
static void
select_step_back (GbpFlow *flow, guint step)
{
  GbpRows rows = flow->values[flow->steps[step].value].gradient_rows;

  for (guint j = 0; j < get_node (flow, step)->n_inputs; j++) {
    guint link = flow->steps[step].first_link + j;
    GbpFlowValue *input = &flow->values[flow->links[link].value];

    flow->gradient_rows[link] = find_rows (flow, step, j, rows, TRUE);
    input->gradient_rows = gbp_rows_unite (input->gradient_rows, flow->gradient_rows[link]);
  }
}

void
gbp_flow_select_back (GbpFlow *flow, GbpRows rows)
{
  if (is_all (flow, flow->range.seed, rows)) {
    select_all_back (flow);
    return;
  }
  for (guint i = 0; i <= flow->prepared->n_operations; i++)
    flow->values[i].gradient_rows = (GbpRows){0, 0};
  flow->values[flow->range.seed].gradient_rows = rows;
  for (guint i = flow->n_steps; i-- > 0;)
    if (flow->values[flow->steps[i].value].leads_back)
      select_step_back (flow, i);
}

GbpRows
gbp_flow_get_rows (const GbpFlow *flow, guint value)
{
  return flow->values[value].rows;
}

GbpRows
gbp_flow_get_gradient_rows (const GbpFlow *flow, guint value)
{
  return flow->values[value].gradient_rows;
}
