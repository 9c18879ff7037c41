/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Softmax over the channels of each pixel. It keeps its own gradient in every method. */
#include "layer/kinds.h"

/* dx = y · (dy − Σ dy · y) */
static void
differentiate_pixel (const float *y, const float *dy, float *dx, guint n_channels)
{
  double sum = 0;

  for (guint c = 0; c < n_channels; c++)
    sum += (double) dy[c] * y[c];
  for (guint c = 0; c < n_channels; c++)
    dx[c] = (float) (y[c] * (dy[c] - sum));
}

static void
forward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gsize n_pixels = gbp_shape_get_pixels (&node->output);
  gsize stride = gbp_pad_channels (node->output.channels);

  for (gsize i = 0; i < n_pixels; i++)
    pass->kernels->softmax (
        pass->inputs[0] + i * stride, pass->output + i * stride, node->output.channels);
}

static void
backward_softmax (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gsize n_pixels = gbp_shape_get_pixels (&node->output);
  gsize stride = gbp_pad_channels (node->output.channels);

  memset (pass->input_gradients[0], 0, n_pixels * stride * sizeof *pass->output);
  for (gsize i = 0; i < n_pixels; i++)
    differentiate_pixel (pass->output + i * stride, pass->gradient + i * stride,
        pass->input_gradients[0] + i * stride, node->output.channels);
}

static char *
infer_softmax (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  return gbp_shape_check_pixel (inputs);
}

const GbpKindClass gbp_kind_softmax = {
    .name = "softmax",
    .infer = infer_softmax,
    .keeps_output = TRUE,
    .forward = forward_softmax,
    .backward = backward_softmax,
};
