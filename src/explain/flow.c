/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/flow.h"

#include <string.h>

#include "kernel/memory.h"

/* Moments: step i runs forward at i, and back at 2 · n_steps − i; the target's sum and seed are made at n_steps. */
static guint
get_moment_back (const GbpFlow *flow, guint step)
{
  return 2 * flow->n_steps - step;
}

static guint
get_last_moment (const GbpFlow *flow)
{
  return 2 * flow->n_steps + 1;
}

static const GbpNode *
get_node (const GbpFlow *flow, guint step)
{
  return &flow->prepared->nodes[flow->steps[step].node];
}

static const GbpKindClass *
get_class (const GbpFlow *flow, guint step)
{
  return gbp_kind_get (get_node (flow, step)->operation->kind);
}

static gsize
count_bytes (const GbpShape *shape)
{
  return (gsize) shape->height * shape->width * gbp_pad_channels (shape->channels) * sizeof (float);
}

static guint
add_buffer (GbpFlow *flow, gsize n_bytes, guint first, guint last)
{
  flow->buffers[flow->n_buffers] = (GbpBuffer){n_bytes, first, last, 0};
  return flow->n_buffers++;
}

static void
extend_buffer (GbpFlow *flow, guint buffer, guint moment)
{
  flow->buffers[buffer].last = MAX (flow->buffers[buffer].last, moment);
}

/* Whether what is kept comes from between the operations that are one at @index. */
static gboolean
is_kept_within (const GbpFlow *flow, guint index)
{
  const GbpNode *nodes = flow->prepared->nodes;
  guint first = nodes[flow->prepared->n_operations + index].operation->inputs[0];

  for (guint value = nodes[index].operation->inputs[0]; value != first;
       value = nodes[value - 1].operation->inputs[0])
    if (value == flow->range.kept)
      return TRUE;
  return FALSE;
}

/* The node that makes the output of operation @index: with what it closes, where it does. */
static guint
choose_node (const GbpFlow *flow, guint index)
{
  guint fused = flow->prepared->n_operations + index;

  return flow->prepared->nodes[fused].operation != NULL && !is_kept_within (flow, index) ? fused
                                                                                         : index;
}

/* Sets @wanted: what the end, and what is kept, are made of. */
static void
want_nodes (GbpFlow *flow)
{
  const GbpPrepared *prepared = flow->prepared;

  flow->values[flow->range.end].is_wanted = TRUE;
  flow->values[flow->range.kept].is_wanted = TRUE;
  for (guint i = flow->range.end; i-- > flow->range.entry;) {
    guint index = choose_node (flow, i);
    const GbpNode *node = &prepared->nodes[index];

    if (!flow->values[i + 1].is_wanted)
      continue;
    flow->wanted[index] = TRUE;
    flow->n_steps++;
    flow->n_links += node->n_inputs;
    for (guint j = 0; j < node->n_inputs; j++)
      flow->values[node->operation->inputs[j]].is_wanted = TRUE;
  }
}

static gboolean
allocate (GbpFlow *flow)
{
  flow->steps = gbp_memory_new (flow->n_steps, sizeof *flow->steps);
  flow->links = gbp_memory_new (flow->n_links, sizeof *flow->links);
  flow->inputs = gbp_memory_new (flow->n_links, sizeof *flow->inputs);
  flow->gradients = gbp_memory_new (flow->n_links, sizeof *flow->gradients);
  flow->gradient_rows = gbp_memory_new (flow->n_links, sizeof *flow->gradient_rows);
  /* a map, a gradient and what is saved of each step, a gradient of each link, and two more */
  flow->buffers = gbp_memory_new (3 * flow->n_steps + flow->n_links + 2, sizeof *flow->buffers);
  return flow->steps != NULL && flow->links != NULL && flow->inputs != NULL
         && flow->gradients != NULL && flow->gradient_rows != NULL && flow->buffers != NULL;
}

static void
list_steps (GbpFlow *flow)
{
  guint step = 0, link = 0;

  for (guint i = 0; i <= flow->prepared->n_operations; i++) {
    GbpFlowValue *value = &flow->values[i];

    value->step = value->map = value->gradient = GBP_FLOW_NONE;
    if (i <= flow->range.entry || !value->is_wanted)
      continue;
    value->step = step;
    flow->steps[step] = (GbpFlowStep){choose_node (flow, i - 1), i, link, GBP_FLOW_NONE};
    for (guint j = 0; j < get_node (flow, step)->n_inputs; j++)
      flow->links[link++] =
          (GbpFlowLink){get_node (flow, step)->operation->inputs[j], GBP_FLOW_NONE, GBP_FLOW_NONE};
    step++;
  }
}

/* Of what the seed is made, behind where the way back stops. */
static void
find_way_back (GbpFlow *flow)
{
  if (flow->range.seed == flow->range.entry)
    return;
  flow->values[flow->range.seed].leads_back = TRUE;
  for (guint i = flow->n_steps; i-- > 0;)
    for (guint j = 0; j < get_node (flow, i)->n_inputs; j++) {
      guint input = flow->links[flow->steps[i].first_link + j].value;

      if (flow->values[flow->steps[i].value].leads_back && input > flow->range.stop)
        flow->values[input].leads_back = TRUE;
    }
}

/* When what a step leaves for its way back was last needed. */
static guint
get_end_of_step (const GbpFlow *flow, guint step)
{
  if (!flow->values[flow->steps[step].value].leads_back)
    return step;
  return flow->range.is_repeated ? get_last_moment (flow) : get_moment_back (flow, step);
}

/* Until when each value's map is read. */
static void
find_last_uses (GbpFlow *flow)
{
  GbpFlowValue *kept = &flow->values[flow->range.kept];

  flow->values[flow->range.end].last_use = flow->n_steps;
  if (flow->range.kept != flow->range.entry)
    kept->last_use = get_moment_back (flow, kept->step);
  for (guint i = 0; i < flow->n_steps; i++) {
    const GbpKindClass *class = get_class (flow, i);
    guint last = class->keeps_input ? get_end_of_step (flow, i) : i;
    GbpFlowValue *output = &flow->values[flow->steps[i].value];

    output->last_use = MAX (output->last_use, class->keeps_output ? get_end_of_step (flow, i) : i);
    for (guint j = 0; j < get_node (flow, i)->n_inputs; j++) {
      GbpFlowValue *input = &flow->values[flow->links[flow->steps[i].first_link + j].value];

      input->last_use = MAX (input->last_use, last);
    }
  }
}

static gboolean
is_read_twice (const GbpNode *node)
{
  for (guint j = 1; j < node->n_inputs; j++)
    if (node->operation->inputs[j] == node->operation->inputs[0])
      return TRUE;
  return FALSE;
}

/* An input of several that is not repeated. */
static gboolean
is_whole (const GbpNode *node, guint input)
{
  return memcmp (&node->inputs[input], &node->output, sizeof node->output) == 0;
}

/* Whether the kind allows that what a step makes lies over its first input. */
static gboolean
is_in_place (const GbpFlow *flow, guint step)
{
  const GbpNode *node = get_node (flow, step);

  return get_class (flow, step)->in_place && (node->n_inputs == 1 || is_whole (node, 0));
}

/* The map that comes out of a step: where its kind allows, over the one that goes in, which nobody needs then. */
static void
add_map (GbpFlow *flow, guint step)
{
  const GbpNode *node = get_node (flow, step);
  GbpFlowValue *output = &flow->values[flow->steps[step].value];
  const GbpFlowValue *input = &flow->values[node->operation->inputs[0]];

  if (is_in_place (flow, step) && input->map != GBP_FLOW_NONE && input->last_use == step
      && !is_read_twice (node)) {
    output->map = input->map;
    extend_buffer (flow, output->map, output->last_use);
  } else {
    output->map = add_buffer (flow, count_bytes (&node->output), step, output->last_use);
  }
}

/* When the gradient of @value was last needed: at the step that made it, on the way back. */
static guint
get_end_of_gradient (const GbpFlow *flow, const GbpFlowValue *value)
{
  return value->step == GBP_FLOW_NONE ? get_last_moment (flow)
                                      : get_moment_back (flow, value->step);
}

/* Whether after @moment somebody reads @buffer as a gradient. */
static gboolean
is_needed_after (const GbpFlow *flow, guint buffer, guint moment)
{
  for (guint i = 0; i <= flow->prepared->n_operations; i++)
    if (flow->values[i].gradient == buffer && get_end_of_gradient (flow, &flow->values[i]) > moment)
      return TRUE;
  return FALSE;
}

/* Whether the gradient of an input is the gradient of the step's output, or may be written over it. */
static gboolean
takes_own_gradient (const GbpFlow *flow, guint step, guint input)
{
  const GbpNode *node = get_node (flow, step);
  guint own = flow->values[flow->steps[step].value].gradient;

  if (get_class (flow, step)->passes_gradient)
    return is_whole (node, input);
  return node->n_inputs == 1 && is_in_place (flow, step)
         && !is_needed_after (flow, own, get_moment_back (flow, step));
}

/* Where a step writes the gradient of an input: what was brought before is added there. */
static void
add_gradient (GbpFlow *flow, guint step, guint input)
{
  GbpFlowLink *link = &flow->links[flow->steps[step].first_link + input];
  GbpFlowValue *value = &flow->values[link->value];
  guint moment = get_moment_back (flow, step);

  link->earlier = value->gradient;
  if (link->earlier != GBP_FLOW_NONE)
    extend_buffer (flow, link->earlier, moment);
  if (link->earlier == GBP_FLOW_NONE && takes_own_gradient (flow, step, input))
    link->gradient = flow->values[flow->steps[step].value].gradient;
  else
    link->gradient =
        add_buffer (flow, count_bytes (&get_node (flow, step)->inputs[input]), moment, moment);
  value->gradient = link->gradient;
}

static void
add_gradients (GbpFlow *flow)
{
  GbpFlowValue *seed = &flow->values[flow->range.seed];

  if (flow->range.seed == flow->range.entry)
    return;
  seed->gradient = add_buffer (
      flow, count_bytes (&get_node (flow, seed->step)->output), flow->n_steps, flow->n_steps);
  for (guint i = flow->n_steps; i-- > 0;)
    for (guint j = 0; j < get_node (flow, i)->n_inputs; j++)
      if (flow->values[flow->steps[i].value].leads_back)
        add_gradient (flow, i, j);
  for (guint i = 0; i <= flow->prepared->n_operations; i++)
    if (flow->values[i].gradient != GBP_FLOW_NONE)
      extend_buffer (flow, flow->values[i].gradient, get_end_of_gradient (flow, &flow->values[i]));
}

static void
add_buffers (GbpFlow *flow, guint n_workers)
{
  gsize workspace = 0;

  for (guint i = 0; i < flow->n_steps; i++) {
    const GbpKindClass *class = get_class (flow, i);
    const GbpNode *node = get_node (flow, i);

    add_map (flow, i);
    flow->steps[i].saved =
        add_buffer (flow, class->get_saved_size != NULL ? class->get_saved_size (node) : 0, i,
            get_end_of_step (flow, i));
    if (class->get_workspace_size != NULL)
      workspace = MAX (workspace, class->get_workspace_size (node, n_workers));
  }
  add_gradients (flow);
  flow->workspace = add_buffer (flow, workspace, 0, get_last_moment (flow));
}

GbpFlow *
gbp_flow_new (const GbpPrepared *prepared, const GbpFlowRange *range, guint n_workers)
{
  g_autoptr (GbpFlow) flow = gbp_memory_new (1, sizeof *flow);

  if (flow == NULL)
    return NULL;
  flow->prepared = prepared;
  flow->range = *range;
  flow->wanted = gbp_memory_new (2 * prepared->n_operations, sizeof *flow->wanted);
  flow->values = gbp_memory_new (prepared->n_operations + 1, sizeof *flow->values);
  if (flow->wanted == NULL || flow->values == NULL)
    return NULL;
  want_nodes (flow);
  if (!allocate (flow))
    return NULL;
  list_steps (flow);
  find_way_back (flow);
  find_last_uses (flow);
  add_buffers (flow, n_workers);
  gbp_flow_select_all (flow);
  if (!gbp_arena_place (flow->buffers, flow->n_buffers, &flow->n_bytes))
    return NULL;
  return g_steal_pointer (&flow);
}

void
gbp_flow_free (GbpFlow *flow)
{
  gbp_memory_free (flow->wanted);
  gbp_memory_free (flow->steps);
  gbp_memory_free (flow->links);
  gbp_memory_free (flow->inputs);
  gbp_memory_free (flow->gradients);
  gbp_memory_free (flow->gradient_rows);
  gbp_memory_free (flow->values);
  gbp_memory_free (flow->buffers);
  gbp_memory_free (flow);
}
