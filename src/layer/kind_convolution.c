/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any convolution, by the convolver for its window and groups. */
#include "kernel/memory.h"
#include "layer/convolvers.h"
#include "layer/reach.h"

static gboolean
has_stride_1 (const GbpWindow *window)
{
  return window->stride_y == 1 && window->stride_x == 1;
}

static gboolean
has_padding (const GbpWindow *window, guint padding)
{
  return window->padding.top == padding && window->padding.left == padding
         && window->padding.bottom == padding && window->padding.right == padding;
}

static gboolean
is_square (const GbpWindow *window)
{
  return window->rows == 3 && window->columns == 3 && window->dilation_y == 1
         && window->dilation_x == 1 && has_stride_1 (window) && has_padding (window, 1);
}

static gboolean
is_pointwise (const GbpWindow *window)
{
  return window->rows == 1 && window->columns == 1 && has_stride_1 (window)
         && has_padding (window, 0);
}

static const GbpKindClass *
choose_convolver (const GbpNode *node)
{
  const GbpWindow *window = &node->operation->window;

  if (window->groups == 1 && is_square (window))
    return &gbp_convolver_square;
  if (window->groups == 1 && is_pointwise (window))
    return &gbp_convolver_pointwise;
  if (window->groups == node->inputs->channels && window->groups == node->output.channels)
    return &gbp_convolver_depthwise;
  return gbp_narrow_suits (node) ? &gbp_convolver_narrow : &gbp_convolver_patches;
}

GbpRows
gbp_convolver_find_seen (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return gbp_reach_find_seen (&node->operation->window, rows, node->inputs->height);
}

typedef struct {
  const GbpKindClass *convolver;
  gpointer prepared;
} Convolving;

static gpointer
prepare_convolving (const GbpNode *node, const GbpKernels *kernels)
{
  Convolving *convolving = gbp_memory_new (1, sizeof *convolving);

  if (convolving == NULL)
    return NULL;
  convolving->convolver = choose_convolver (node);
  convolving->prepared = convolving->convolver->prepare (node, kernels);
  if (convolving->prepared == NULL)
    g_clear_pointer (&convolving, gbp_memory_free);
  return convolving;
}

static void
free_convolving (gpointer prepared)
{
  Convolving *convolving = prepared;

  convolving->convolver->free (convolving->prepared);
  gbp_memory_free (convolving);
}

static gsize
get_convolving_saved_size (const GbpNode *node)
{
  return choose_convolver (node)->get_saved_size (node);
}

static gsize
get_convolving_workspace_size (const GbpNode *node, guint n_workers)
{
  return choose_convolver (node)->get_workspace_size (node, n_workers);
}

static GbpRows
find_convolving_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return choose_convolver (node)->find_rows (node, input, rows, is_backward);
}

static void
forward_convolving (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Convolving *convolving = prepared;

  convolving->convolver->forward (node, convolving->prepared, pass);
}

static void
backward_convolving (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Convolving *convolving = prepared;

  convolving->convolver->backward (node, convolving->prepared, pass);
}

static char *
infer_convolution (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;
  const GbpTensor *kernel = operation->tensors[0];
  char *fault = gbp_shape_slide (window, output);
  guint64 per_output;

  if (fault != NULL)
    return fault;
  if (kernel == NULL)
    return g_strdup ("expected a kernel, found none");
  if (window->groups == 0 || inputs->channels % window->groups != 0)
    return g_strdup_printf (
        "expected groups that divide %u channels, found %u", inputs->channels, window->groups);
  per_output = (guint64) window->rows * window->columns * (inputs->channels / window->groups);
  if (kernel->n_values == 0 || kernel->n_values % per_output != 0
      || kernel->n_values / per_output % window->groups != 0
      || kernel->n_values / per_output > GBP_MAX_CHANNELS)
    return g_strdup_printf (
        "expected a kernel of %u×%u×%u times outputs in %u groups, found %" G_GSIZE_FORMAT
        " values",
        window->rows, window->columns, inputs->channels / window->groups, window->groups,
        kernel->n_values);
  output->channels = (guint) (kernel->n_values / per_output);
  return gbp_shape_check_tensor (operation->tensors[1], "a bias", output->channels, TRUE);
}

const GbpKindClass gbp_kind_convolution = {
    .name = "convolution",
    .infer = infer_convolution,
    .takes_activation = TRUE,
    .replaces_kernel = TRUE,
    .get_saved_size = get_convolving_saved_size,
    .get_workspace_size = get_convolving_workspace_size,
    .prepare = prepare_convolving,
    .free = free_convolving,
    .find_rows = find_convolving_rows,
    .forward = forward_convolving,
    .backward = backward_convolving,
};
