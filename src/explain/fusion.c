/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/fusion.h"

/* The node whose output alone goes into @index, and nowhere else; NULL: there is none. */
static const GbpNode *
find_alone (const GbpNode *nodes, const guint *n_users, const GbpNode *node)
{
  guint input = node->operation->inputs[0];

  return node->n_inputs == 1 && input > 0 && n_users[input] == 1 ? &nodes[input - 1] : NULL;
}

static gboolean
is_rectifier (const GbpOperation *operation)
{
  return operation->kind == GBP_KIND_ACTIVATION && gbp_function_is_rectifier (operation->function);
}

static gboolean
has_kernel (const GbpNode *node)
{
  return node->operation->kind == GBP_KIND_CONVOLUTION || node->operation->kind == GBP_KIND_DENSE;
}

const GbpNode *
gbp_fusion_find_base (
    const GbpNode *nodes, const guint *n_users, guint index, const GbpOperation **scale)
{
  const GbpNode *node = &nodes[index], *before;

  *scale = NULL;
  if (is_rectifier (node->operation))
    node = find_alone (nodes, n_users, node);
  if (node == NULL || node->operation->kind != GBP_KIND_SCALE)
    return node;
  before = find_alone (nodes, n_users, node);
  if (before == NULL || !has_kernel (before))
    return node;
  *scale = node->operation;
  return before;
}

gboolean
gbp_fusion_find (
    const GbpNode *nodes, const guint *n_users, guint index, GbpOperation *folded, GbpNode *fused)
{
  const GbpOperation *scale, *activation = NULL;
  const GbpNode *base = gbp_fusion_find_base (nodes, n_users, index, &scale);

  if (is_rectifier (nodes[index].operation))
    activation = nodes[index].operation;
  if (base == NULL || (scale == NULL && activation == NULL)
      || (activation != NULL && !gbp_kind_get (base->operation->kind)->takes_activation))
    return FALSE;
  *fused = *base;
  fused->activation = activation;
  fused->output = nodes[index].output;
  if (scale == NULL)
    return TRUE;
  *folded = *base->operation;
  folded->name = NULL;
  folded->tensors[0] = folded->tensors[1] = NULL;
  fused->operation = folded;
  return TRUE;
}

gboolean
gbp_fusion_fold (const GbpOperation *base, const GbpOperation *scale, GbpOperation *folded)
{
  const GbpTensor *kernel = base->tensors[0], *bias = base->tensors[1];
  const GbpTensor *factor = scale->tensors[0], *shift = scale->tensors[1];
  gsize n_outputs = factor->n_values;
  g_autofree float *kernel_values = g_try_new (float, kernel->n_values);
  g_autofree float *bias_values = g_try_new (float, n_outputs);

  if (kernel_values == NULL || bias_values == NULL)
    return FALSE;
  for (gsize i = 0; i < kernel->n_values; i += n_outputs)
    for (gsize o = 0; o < n_outputs; o++)
      kernel_values[i + o] = kernel->values[i + o] * factor->values[o];
  for (gsize o = 0; o < n_outputs; o++)
    bias_values[o] = (bias != NULL ? bias->values[o] * factor->values[o] : 0)
                     + (shift != NULL ? shift->values[o] : 0);
  folded->tensors[0] = gbp_tensor_new_take (g_steal_pointer (&kernel_values), kernel->n_values);
  folded->tensors[1] = gbp_tensor_new_take (g_steal_pointer (&bias_values), n_outputs);
  return TRUE;
}
