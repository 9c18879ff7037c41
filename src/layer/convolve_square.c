/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A 3×3 convolution with stride 1 and padding 1 by convolution.h's algorithms, which take a plain ReLU along. */
#include "kernel/memory.h"
#include "layer/convolution.h"
#include "layer/convolvers.h"

typedef struct {
  GbpConvolution *convolution;
  GbpFinish finish;
} Square;

static GbpConvolutionShape
get_square_shape (const GbpNode *node)
{
  return (GbpConvolutionShape){
      node->output.height, node->output.width, node->inputs->channels, node->output.channels};
}

/* Whether the algorithm does all of the activation forward. */
static gboolean
has_plain_relu (const GbpNode *node)
{
  return node->activation != NULL && node->activation->function == GBP_FUNCTION_RELU
         && !(node->activation->maximum > 0 && node->activation->maximum < G_MAXFLOAT);
}

static void
free_square (gpointer prepared)
{
  Square *square = prepared;

  g_clear_pointer (&square->convolution, gbp_convolution_free);
  gbp_finish_clear (&square->finish);
  gbp_memory_free (square);
}

static gpointer
prepare_square (const GbpNode *node, const GbpKernels *kernels)
{
  GbpConvolutionShape shape = get_square_shape (node);
  Square *square = gbp_memory_new (1, sizeof *square);

  if (square == NULL)
    return NULL;
  if (gbp_finish_init (&square->finish, node))
    square->convolution = gbp_convolution_new (
        &shape, node->operation->tensors[0]->values, square->finish.bias, NULL, kernels);
  if (square->convolution == NULL)
    g_clear_pointer (&square, free_square);
  return square;
}

static gsize
align (gsize n_bytes)
{
  return (n_bytes + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

/* Forward which outputs are near zero, as bits; backward the gradient before the activation; then the algorithm's. */
static gsize
get_own_size (const GbpNode *node)
{
  gsize n_units = gbp_shape_get_size (&node->output);

  return align (node->activation != NULL ? n_units * sizeof (float) : n_units / 8);
}

static gsize
get_square_workspace_size (const GbpNode *node, guint n_workers)
{
  GbpConvolutionShape shape = get_square_shape (node);

  return get_own_size (node)
         + gbp_convolution_choose (&shape)->get_workspace (&shape, n_workers) * sizeof (float);
}

static GbpRegion
get_region (const GbpNode *node, GbpRows rows)
{
  return (GbpRegion){rows.first, 0, rows.end, node->output.width};
}

static GbpConvolutionPass
make_pass (const GbpNode *node, const GbpNodePass *pass, GbpRows input, GbpRows output)
{
  return (GbpConvolutionPass){
      .kernels = pass->kernels,
      .team = pass->team,
      .input_region = get_region (node, input),
      .output_region = get_region (node, output),
      .workspace = (gpointer) ((char *) pass->workspace + get_own_size (node)),
  };
}

typedef struct {
  const Square *square;
  const GbpNodePass *pass;
} ActivateJob;

static void
activate_part (gpointer data, guint part, guint worker)
{
  const ActivateJob *job = data;
  gsize first, n = gbp_block_find (&job->square->finish.output, job->pass->rows, part, &first);

  gbp_finish_activate (&job->square->finish, job->pass, first, n);
}

static void
forward_square (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Square *square = prepared;
  GbpConvolutionPass own =
      make_pass (node, pass, gbp_convolver_find_seen (node, 0, pass->rows, FALSE), pass->rows);
  ActivateJob job = {square, pass};

  own.input = pass->inputs[0];
  own.input_channels.end = gbp_pad_channels (node->inputs->channels);
  own.output = pass->output;
  own.output_channels.end = gbp_pad_channels (node->output.channels);
  own.is_linear = !has_plain_relu (node);
  if (!own.is_linear) {
    own.active = pass->saved;
    own.near_zero = pass->workspace;
  }
  gbp_convolution_forward (square->convolution, &own);
  if (own.is_linear && node->activation != NULL)
    gbp_team_run (pass->team, activate_part, &job, gbp_block_count (&node->output, pass->rows));
}

static void
backward_square (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  const Square *square = prepared;
  GbpConvolutionPass own = make_pass (node, pass, pass->rows, *pass->input_rows);

  own.input = gbp_finish_backward_rows (&square->finish, pass, pass->workspace);
  own.input_channels.end = gbp_pad_channels (node->output.channels);
  own.output = pass->input_gradients[0];
  own.output_channels.end = gbp_pad_channels (node->inputs->channels);
  gbp_convolution_backward (square->convolution, &own);
}

const GbpKindClass gbp_convolver_square = {
    .name = "3×3",
    .get_saved_size = gbp_finish_get_saved_size,
    .get_workspace_size = get_square_workspace_size,
    .prepare = prepare_square,
    .free = free_square,
    .find_rows = gbp_convolver_find_seen,
    .forward = forward_square,
    .backward = backward_square,
};
