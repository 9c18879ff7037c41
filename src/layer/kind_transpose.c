/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A map whose rows, columns and channels change places. */
#include "layer/kinds.h"

#define N_AXES 3

/* How far units of the input lie apart that are neighbours along each of the output's axes. */
static void
find_strides (const GbpNode *node, gsize strides[N_AXES])
{
  gsize stride = gbp_pad_channels (node->inputs->channels);
  const gsize of_input[N_AXES] = {node->inputs->width * stride, stride, 1};

  for (guint i = 0; i < N_AXES; i++)
    strides[i] = of_input[(guint) node->operation->tensors[0]->values[i]];
}

static void
transpose_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpShape *output = &job->node->output;
  gsize y = job->pass->rows.first + part, stride = gbp_pad_channels (output->channels);
  float *to = job->pass->output + y * output->width * stride;
  gsize strides[N_AXES];

  find_strides (job->node, strides);
  for (gsize x = 0; x < output->width; x++, to += stride) {
    const float *from = job->pass->inputs[0] + y * strides[0] + x * strides[1];

    for (gsize c = 0; c < output->channels; c++)
      to[c] = from[c * strides[2]];
    memset (to + output->channels, 0, (stride - output->channels) * sizeof *to);
  }
}

static void
return_row (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpShape *output = &job->node->output;
  gsize y = job->pass->rows.first + part, stride = gbp_pad_channels (output->channels);
  const float *from = job->pass->gradient + y * output->width * stride;
  gsize strides[N_AXES];

  find_strides (job->node, strides);
  for (gsize x = 0; x < output->width; x++, from += stride) {
    float *to = job->pass->input_gradients[0] + y * strides[0] + x * strides[1];

    for (gsize c = 0; c < output->channels; c++)
      to[c * strides[2]] = from[c];
  }
}

static void
forward_transpose (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, transpose_row, &job, gbp_rows_count (pass->rows));
}

/* Rows of the gradient that are not there are zero. */
static void
backward_transpose (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};
  gsize n = node->inputs->width * gbp_pad_channels (node->inputs->channels);

  memset (pass->input_gradients[0] + pass->input_rows->first * n, 0,
      gbp_rows_count (*pass->input_rows) * n * sizeof (float));
  gbp_team_run (pass->team, return_row, &job, gbp_rows_count (pass->rows));
}

static GbpRows
find_transposed_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return node->operation->tensors[0]->values[0] == 0 ? rows : gbp_rows_of (node->inputs);
}

static char *
infer_transpose (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const guint sizes[N_AXES] = {inputs->height, inputs->width, inputs->channels};
  guint made[N_AXES] = {0}, seen = 0;
  char *fault = gbp_shape_check_tensor (operation->tensors[0], "axes", N_AXES, FALSE);

  if (fault != NULL)
    return fault;
  for (guint i = 0; i < N_AXES; i++) {
    float axis = operation->tensors[0]->values[i];

    if (axis != 0 && axis != 1 && axis != 2)
      return g_strdup_printf ("expected axes from 0 to 2, found %g", (double) axis);
    made[i] = sizes[(guint) axis];
    seen |= 1u << (guint) axis;
  }
  *output = (GbpShape){made[0], made[1], made[2]};
  if (seen != (1u << N_AXES) - 1)
    return g_strdup ("expected each axis once, found one twice");
  if (output->height > GBP_MAX_SIZE || output->width > GBP_MAX_SIZE)
    return g_strdup_printf ("expected at most %u rows and columns, found %u×%u", GBP_MAX_SIZE,
        output->height, output->width);
  return NULL;
}

const GbpKindClass gbp_kind_transpose = {
    .name = "transposition",
    .infer = infer_transpose,
    .find_rows = find_transposed_rows,
    .forward = forward_transpose,
    .backward = backward_transpose,
};
