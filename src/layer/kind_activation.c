/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions of one variable. What the way back needs is saved as bits where the derivative has two values, else as the
 * derivative itself, of which forward has all that is dear. */
#include "kernel/memory.h"
#include "layer/activation.h"
#include "layer/kinds.h"

static gpointer
prepare_activation (const GbpNode *node, const GbpKernels *kernels)
{
  return gbp_activator_new (node->operation, node->output.channels);
}

static void
free_activation (gpointer prepared)
{
  gbp_activator_free (prepared);
}

static gsize
get_activation_saved_size (const GbpNode *node)
{
  return gbp_activator_get_saved_size (node->operation, gbp_shape_get_size (&node->output));
}

static void
activate_stretch (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize n_units = gbp_shape_get_size (&job->node->output);
  gsize first, n = gbp_stretch_find (&job->node->output, pass->rows, part, &first);

  gbp_activator_forward (job->prepared, pass->kernels, pass->inputs[0] + first * stride, NULL,
      pass->output + first * stride,
      gbp_activator_get_saved (job->prepared, pass->saved, n_units, first * stride), n);
}

static void
gate_stretch (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize n_units = gbp_shape_get_size (&job->node->output);
  gsize first, n = gbp_stretch_find (&job->node->output, pass->rows, part, &first);

  gbp_activator_backward (job->prepared, pass->kernels, pass->rule, pass->gradient + first * stride,
      gbp_activator_get_saved (job->prepared, pass->saved, n_units, first * stride),
      pass->input_gradients[0] + first * stride, n);
}

static void
forward_activation (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, activate_stretch, &job, gbp_stretch_count (&node->output, pass->rows));
}

static void
backward_activation (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, gate_stretch, &job, gbp_stretch_count (&node->output, pass->rows));
}

const GbpKindClass gbp_kind_activation = {
    .name = "activation",
    .in_place = TRUE,
    .get_saved_size = get_activation_saved_size,
    .prepare = prepare_activation,
    .free = free_activation,
    .find_rows = gbp_rows_find_same,
    .forward = forward_activation,
    .backward = backward_activation,
};
