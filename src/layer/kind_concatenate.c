/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The channels of several maps, one after another. */
#include "layer/kinds.h"

/* Of the pixels from @first on. */
static void
copy_channels (const float *from, gsize from_stride, float *to, gsize to_stride, gsize n_channels,
    gsize n_pixels)
{
  for (gsize i = 0; i < n_pixels; i++)
    memcpy (to + i * to_stride, from + i * from_stride, n_channels * sizeof *to);
}

static void
clear_channels (float *map, gsize stride, gsize first_channel, gsize n_pixels)
{
  for (gsize i = 0; i < n_pixels && first_channel < stride; i++)
    memset (map + i * stride + first_channel, 0, (stride - first_channel) * sizeof *map);
}

static void
concatenate_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNode *node = job->node;
  gsize stride = gbp_pad_channels (node->output.channels), channel = 0;
  gsize first, n = gbp_block_find (&node->output, job->pass->rows, part, &first);
  float *output = job->pass->output + first * stride;

  for (guint i = 0; i < node->n_inputs; i++) {
    gsize n_channels = node->inputs[i].channels, input_stride = gbp_pad_channels (n_channels);

    copy_channels (job->pass->inputs[i] + first * input_stride, input_stride, output + channel,
        stride, n_channels, n);
    channel += n_channels;
  }
  clear_channels (output, stride, channel, n);
}

static void
split_block (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNode *node = job->node;
  gsize stride = gbp_pad_channels (node->output.channels), channel = 0;
  gsize first, n = gbp_block_find (&node->output, job->pass->rows, part, &first);

  for (guint i = 0; i < node->n_inputs; i++) {
    gsize n_channels = node->inputs[i].channels, input_stride = gbp_pad_channels (n_channels);
    float *input = job->pass->input_gradients[i];

    if (input != NULL) {
      copy_channels (job->pass->gradient + first * stride + channel, stride,
          input + first * input_stride, input_stride, n_channels, n);
      clear_channels (input + first * input_stride, input_stride, n_channels, n);
    }
    channel += n_channels;
  }
}

static void
forward_concatenate (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, concatenate_block, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_concatenate (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, split_block, &job, gbp_block_count (&node->output, pass->rows));
}

static char *
infer_concatenate (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = NULL;

  for (guint i = 1; i < operation->n_inputs && fault == NULL; i++) {
    if (inputs[i].height != inputs->height || inputs[i].width != inputs->width)
      fault = gbp_shape_describe_mismatch (inputs, &inputs[i]);
    else if (output->channels > GBP_MAX_CHANNELS - inputs[i].channels)
      fault = g_strdup_printf ("expected at most %u channels, found more", GBP_MAX_CHANNELS);
    else
      output->channels += inputs[i].channels;
  }
  return fault;
}

const GbpKindClass gbp_kind_concatenate = {
    .name = "concatenation",
    .takes_several = TRUE,
    .infer = infer_concatenate,
    .find_rows = gbp_rows_find_same,
    .forward = forward_concatenate,
    .backward = backward_concatenate,
};
