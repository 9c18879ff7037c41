/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What only moves values: flattening to one pixel, and nothing at all. */
#include "layer/dense.h"
#include "layer/kinds.h"

static void
forward_flatten (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gbp_flatten_forward (pass->inputs[0], pass->output, NULL, gbp_shape_get_pixels (node->inputs),
      node->inputs[0].channels);
}

static void
backward_flatten (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  gbp_flatten_backward (pass->gradient, pass->input_gradients[0],
      gbp_shape_get_pixels (node->inputs), node->inputs[0].channels);
}

static void
copy_rows (const GbpShape *shape, GbpRows rows, const float *from, float *to)
{
  gsize n_row = shape->width * gbp_pad_channels (shape->channels);

  if (from != to)
    memcpy (to + rows.first * n_row, from + rows.first * n_row,
        gbp_rows_count (rows) * n_row * sizeof *to);
}

static void
forward_identity (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  copy_rows (&node->output, pass->rows, pass->inputs[0], pass->output);
}

static void
backward_identity (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  copy_rows (&node->output, pass->rows, pass->gradient, pass->input_gradients[0]);
}

static char *
infer_flatten (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  guint64 n_values = (guint64) inputs->height * inputs->width * inputs->channels;

  if (n_values > GBP_MAX_CHANNELS)
    return g_strdup_printf (
        "expected at most %u values, found %" G_GUINT64_FORMAT, GBP_MAX_CHANNELS, n_values);
  *output = (GbpShape){1, 1, (guint) n_values};
  return NULL;
}

const GbpKindClass gbp_kind_flatten = {
    .name = "flatten",
    .infer = infer_flatten,
    .forward = forward_flatten,
    .backward = backward_flatten,
};

const GbpKindClass gbp_kind_identity = {
    .name = "identity",
    .in_place = TRUE,
    .find_rows = gbp_rows_find_same,
    .forward = forward_identity,
    .backward = backward_identity,
};
