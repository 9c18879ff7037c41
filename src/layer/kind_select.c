/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Channels in another order, or some of them, and channels of zeros. */
#include <math.h>

#include "kernel/memory.h"
#include "layer/kinds.h"

#define MAX_SELECTED (1u << 24) /* whole numbers that a float has */

/* [channels out]: which of the input's; −1: none */
static gpointer
prepare_selection (const GbpNode *node, const GbpKernels *kernels)
{
  gint32 *channels = gbp_memory_new (node->output.channels, sizeof *channels);

  for (guint c = 0; channels != NULL && c < node->output.channels; c++)
    channels[c] = (gint32) node->operation->tensors[0]->values[c];
  return channels;
}

static void
select_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const gint32 *channels = job->prepared;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels);
  gsize input_stride = gbp_pad_channels (job->node->inputs->channels);
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);
  const float *input = job->pass->inputs[0] + first * input_stride;
  float *output = job->pass->output + first * stride;

  for (; n > 0; n--, input += input_stride, output += stride) {
    for (guint c = 0; c < n_channels; c++)
      output[c] = channels[c] >= 0 ? input[channels[c]] : 0;
    memset (output + n_channels, 0, (stride - n_channels) * sizeof *output);
  }
}

/* A channel may have been selected several times, or never. */
static void
return_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const gint32 *channels = job->prepared;
  guint n_channels = job->node->output.channels;
  gsize stride = gbp_pad_channels (n_channels);
  gsize input_stride = gbp_pad_channels (job->node->inputs->channels);
  gsize first, n = gbp_block_find (&job->node->output, job->pass->rows, part, &first);
  const float *gradient = job->pass->gradient + first * stride;
  float *input = job->pass->input_gradients[0] + first * input_stride;

  memset (input, 0, n * input_stride * sizeof *input);
  for (; n > 0; n--, input += input_stride, gradient += stride)
    for (guint c = 0; c < n_channels; c++)
      if (channels[c] >= 0)
        input[channels[c]] += gradient[c];
}

static void
forward_select (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, select_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_select (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, return_block, &job, gbp_block_count (&node->output, pass->rows));
}

static char *
infer_select (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpTensor *channels = operation->tensors[0];

  if (channels == NULL || channels->n_values == 0)
    return g_strdup ("expected channels, found none");
  if (inputs->channels > MAX_SELECTED || channels->n_values > MAX_SELECTED)
    return g_strdup_printf ("expected at most %u channels, found %u and %" G_GSIZE_FORMAT,
        MAX_SELECTED, inputs->channels, channels->n_values);
  for (gsize i = 0; i < channels->n_values; i++) {
    float channel = channels->values[i];

    if (!(channel >= -1 && channel < (float) inputs->channels) || channel != floorf (channel))
      return g_strdup_printf ("expected channels below %u, or −1 for zeros, found %g",
          inputs->channels, (double) channel);
  }
  output->channels = (guint) channels->n_values;
  return NULL;
}

const GbpKindClass gbp_kind_select = {
    .name = "selection of channels",
    .infer = infer_select,
    .prepare = prepare_selection,
    .free = gbp_memory_free,
    .find_rows = gbp_rows_find_same,
    .forward = forward_select,
    .backward = backward_select,
};
