/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The maximum over the whole map. Equal maxima share the gradient evenly, as reduce_max has it in TensorFlow and amax
 * in PyTorch: other than in a pool with a window, where the first one gets it all. */
#include "layer/kinds.h"

/* Channels of a part: neighbours in memory, of which some hundred come faster than one vector from each pixel. */
#define SLICE 256

static void
find_global_maxima (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  gsize stride = gbp_pad_channels (job->node->output.channels), first = (gsize) part * SLICE;

  job->pass->kernels->find_largest (job->pass->inputs[0] + first, job->pass->output + first,
      gbp_shape_get_pixels (job->node->inputs), stride, MIN (SLICE, stride - first));
}

typedef float Four __attribute__ ((vector_size (16), may_alias));
typedef gint32 FourInts __attribute__ ((vector_size (16), may_alias));

/* All ones where four channels of a pixel have their maxima. */
static FourInts
find_equals (const float *x, const float *maxima)
{
  Four values = *(const Four *) x;

  return (values == *(const Four *) maxima) | (values != values);
}

/* SLICE channels. */
static void
share_gradient (gpointer data, guint part, guint worker)
{
  const GbpNodeJob *job = data;
  const GbpNodePass *pass = job->pass;
  gsize stride = gbp_pad_channels (job->node->output.channels), first = (gsize) part * SLICE;
  gsize n = MIN (SLICE, stride - first), width = job->node->inputs->width;
  const float *input = pass->inputs[0] + first, *maxima = pass->output + first;
  float *target = pass->input_gradients[0] + first;
  gint32 counts[SLICE] __attribute__ ((aligned (16))) = {0};
  float shares[SLICE] __attribute__ ((aligned (16)));

  for (gsize i = 0; i < gbp_shape_get_pixels (job->node->inputs); i++)
    for (gsize c = 0; c < n; c += 4)
      *(FourInts *) (counts + c) -= find_equals (input + i * stride + c, maxima + c);
  for (gsize c = 0; c < n; c++)
    shares[c] = pass->gradient[first + c] * (1 / (float) MAX (counts[c], 1));
  for (gsize i = pass->input_rows->first * width; i < pass->input_rows->end * width; i++)
    for (gsize c = 0; c < n; c += 4)
      *(FourInts *) (target + i * stride + c) =
          find_equals (input + i * stride + c, maxima + c) & *(const FourInts *) (shares + c);
}

static guint
count_slices (const GbpNode *node)
{
  return (guint) ((gbp_pad_channels (node->output.channels) + SLICE - 1) / SLICE);
}

static void
forward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, find_global_maxima, &job, count_slices (node));
}

static void
backward_global_max (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  GbpNodeJob job = {node, prepared, pass};

  gbp_team_run (pass->team, share_gradient, &job, count_slices (node));
}

const GbpKindClass gbp_kind_global_max = {
    .name = "global max pooling",
    .infer = gbp_shape_infer_pixel,
    .keeps_input = TRUE,
    .keeps_output = TRUE,
    .forward = forward_global_max,
    .backward = backward_global_max,
};
