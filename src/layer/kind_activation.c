/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions of one variable. What the way back needs is saved as bits where the derivative has two values, else as the
 * derivative itself, of which forward has all that is dear. */
#include <math.h>

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
activate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize n_units = gbp_shape_get_size (&job->node->output);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  gbp_activator_forward (job->prepared, pass->kernels, pass->inputs[0] + first * stride, NULL,
      pass->output + first * stride,
      gbp_activator_get_saved (job->prepared, pass->saved, n_units, first * stride), n);
}

static void
gate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels);
  gsize n_units = gbp_shape_get_size (&job->node->output);
  gsize first, n = gbp_block_find (&job->node->output, pass->rows, part, &first);

  gbp_activator_backward (job->prepared, pass->kernels, pass->rule, pass->gradient + first * stride,
      gbp_activator_get_saved (job->prepared, pass->saved, n_units, first * stride),
      pass->input_gradients[0] + first * stride, n);
}

static void
forward_activation (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, activate_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_activation (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, gate_block, &job, gbp_block_count (&node->output, pass->rows));
}

/* What is wrong with the numbers of a function that has @slope, @offset and a @maximum as most have them. */
static char *
check_parameters (const GbpOperation *operation)
{
  if (!isfinite (operation->slope) || !isfinite (operation->offset))
    return g_strdup_printf ("expected finite parameters, found a slope of %g and an offset of %g",
        (double) operation->slope, (double) operation->offset);
  if (!(operation->maximum >= 0))
    return g_strdup_printf (
        "expected a maximum above 0, or 0 for none, found %g", (double) operation->maximum);
  if (operation->function == GBP_FUNCTION_POWER && operation->slope == 0)
    return g_strdup ("expected a power that is not 0, found 0");
  return NULL;
}

static char *
check_bounds (const GbpOperation *operation)
{
  if (operation->offset < operation->maximum)
    return NULL;
  return g_strdup_printf ("expected a lower bound below the upper one, found %g and %g",
      (double) operation->offset, (double) operation->maximum);
}

static char *
infer_activation (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpTensor *slopes = operation->tensors[0];
  guint64 n_units = (guint64) inputs->height * inputs->width * inputs->channels;
  gboolean is_map = slopes != NULL && slopes->n_values == n_units;
  char *fault;

  if ((guint) operation->function >= GBP_N_FUNCTIONS)
    return g_strdup_printf (
        "expected a function that is known, found number %u", operation->function);
  fault = operation->function == GBP_FUNCTION_CLAMP ? check_bounds (operation)
                                                    : check_parameters (operation);
  if (fault != NULL)
    return fault;
  if (slopes != NULL && operation->function != GBP_FUNCTION_LEAKY_RELU)
    return g_strdup_printf (
        "expected no slopes, found some of a %s", gbp_function_get_name (operation->function));
  return gbp_shape_check_tensor (slopes, "slopes", is_map ? n_units : inputs->channels, TRUE);
}

const GbpKindClass gbp_kind_activation = {
    .name = "activation",
    .infer = infer_activation,
    .in_place = TRUE,
    .get_saved_size = get_activation_saved_size,
    .prepare = prepare_activation,
    .free = free_activation,
    .find_rows = gbp_rows_find_same,
    .forward = forward_activation,
    .backward = backward_activation,
};
