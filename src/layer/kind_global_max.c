/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over the whole map. Where several pixels have it they share the gradient evenly, as in Keras, where it is
 * a reduction and no window: at a channel that is off everywhere that is all of them. */
#include <string.h>

#include "kernel/memory.h"
#include "layer/kinds.h"

static gsize
count_pixels (const GbpNode *node)
{
  return (gsize) node->inputs[0].height * node->inputs[0].width;
}

/* The reciprocal of how many pixels have the maximum, for each channel. */
static gsize
get_shares_size (const GbpNode *node)
{
  return gbp_pad_channels (node->output.channels) * sizeof (float);
}

static void
find_maxima (const GbpNode *node, const GbpNodePass *pass)
{
  gsize stride = gbp_pad_channels (node->output.channels), n_pixels = count_pixels (node);

  memcpy (pass->output, pass->inputs[0], stride * sizeof (float));
  for (gsize i = 1; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c++) {
      float x = pass->inputs[0][i * stride + c];

      if (x > pass->output[c] || x != x) /* NaN stays */
        pass->output[c] = x;
    }
}

static void
forward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gsize stride = gbp_pad_channels (node->output.channels), n_pixels = count_pixels (node);
  float *shares = pass->saved;

  find_maxima (node, pass);
  memset (shares, 0, stride * sizeof *shares);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c++)
      shares[c] += pass->inputs[0][i * stride + c] == pass->output[c];
  for (gsize c = 0; c < stride; c++)
    shares[c] = shares[c] > 0 ? 1 / shares[c] : 0;
}

static void
backward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gsize stride = gbp_pad_channels (node->output.channels), n_pixels = count_pixels (node);
  const float *shares = pass->saved;

  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c++) {
      gsize unit = i * stride + c;

      pass->input_gradients[0][unit] =
          pass->inputs[0][unit] == pass->output[c] ? pass->gradient[c] * shares[c] : 0;
    }
}

const GbpKindClass gbp_kind_global_max = {
    .name = "global max pooling",
    .keeps_input = TRUE,
    .keeps_output = TRUE,
    .get_saved_size = get_shares_size,
    .forward = forward_global_max,
    .backward = backward_global_max,
};
