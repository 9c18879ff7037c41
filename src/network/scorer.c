/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/scorer.h"

#include <math.h>

#define N_IMAGENET_CLASSES 1000

/* Whether an operation leaves scores as they are. */
static gboolean
is_of_scores (const GbpOperation *operation)
{
  return operation->kind == GBP_KIND_IDENTITY || operation->kind == GBP_KIND_FLATTEN;
}

static gboolean
is_softmax (const GbpOperation *operation)
{
  return operation->kind == GBP_KIND_SOFTMAX || operation->kind == GBP_KIND_LOG_SOFTMAX;
}

/* Whether it makes them of logits. Of a softmax' logarithm, which a loss is made of, the scores are the softmax
 * itself. */
static gboolean
makes_scores (const GbpOperation *operation)
{
  return is_softmax (operation)
         || (operation->kind == GBP_KIND_ACTIVATION
             && (operation->function == GBP_FUNCTION_SIGMOID
                 || operation->function == GBP_FUNCTION_HARD_SIGMOID));
}

static GbpScorer
make_scorer (const GbpOperation *operation)
{
  return (GbpScorer){
      .scoring = is_softmax (operation) ? GBP_SCORING_SOFTMAX : GBP_SCORING_SIGMOID,
      .is_hard = operation->function == GBP_FUNCTION_HARD_SIGMOID,
      .slope = operation->slope,
      .offset = operation->offset,
  };
}

guint
gbp_scorer_find (const GbpGraph *graph, GbpScorer *scorer)
{
  guint n_operations, value;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  for (value = n_operations; value > 0 && is_of_scores (&operations[value - 1]);)
    value = operations[value - 1].inputs[0];
  if (value == 0 || !makes_scores (&operations[value - 1]))
    return n_operations;
  *scorer = make_scorer (&operations[value - 1]);
  return operations[value - 1].inputs[0];
}

/* The operation that makes @value, where the last ones leave scores as they are; NULL: it is the input. */
static const GbpOperation *
find_maker (const GbpGraph *graph, guint value)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  while (value > 0 && is_of_scores (&operations[value - 1]))
    value = operations[value - 1].inputs[0];
  return value > 0 ? &operations[value - 1] : NULL;
}

/* Whether a map that is averaged has a channel for each class, as SqueezeNet's and Network in Network's has: what a
 * convolution of one pixel makes, with a bias and perhaps a ReLU; exporters leave out a bias of zeros. Features are
 * made that way too, but they are more than what they are made of, and are not as many as ImageNet has classes. */
static gboolean
is_of_classes (const GbpGraph *graph, guint value)
{
  const GbpOperation *maker = find_maker (graph, value);
  guint n_inputs, n_outputs = gbp_graph_get_shape (graph, value)->channels;

  if (maker != NULL && maker->kind == GBP_KIND_ACTIVATION && maker->function == GBP_FUNCTION_RELU)
    maker = find_maker (graph, maker->inputs[0]);
  if (maker == NULL || maker->kind != GBP_KIND_CONVOLUTION || maker->window.rows != 1
      || maker->window.columns != 1 || maker->window.groups != 1)
    return FALSE;
  n_inputs = gbp_graph_get_shape (graph, maker->inputs[0])->channels;
  return (n_outputs < n_inputs && maker->tensors[1] != NULL) || n_outputs == N_IMAGENET_CLASSES;
}

gboolean
gbp_scorer_has_classes (const GbpGraph *graph, guint value, guint n_names)
{
  guint n_operations;
  const GbpShape *shape = gbp_graph_get_shape (graph, value);
  const GbpOperation *maker = find_maker (graph, value);

  gbp_graph_get_operations (graph, &n_operations);
  if (shape->height != 1 || shape->width != 1)
    return FALSE;
  if (value != n_operations
      || shape->channels == n_names) /* scores are made of it, or it has names */
    return TRUE;
  if (maker != NULL && maker->kind == GBP_KIND_GLOBAL_AVERAGE)
    return is_of_classes (graph, maker->inputs[0]);
  return maker != NULL && (maker->kind == GBP_KIND_DENSE || maker->kind == GBP_KIND_CONVOLUTION);
}

static double
squash (const GbpScorer *scorer, double x)
{
  if (!isfinite (x))
    return NAN;
  return scorer->is_hard ? fmin (fmax (scorer->slope * x + scorer->offset, 0), 1)
                         : 1 / (1 + exp (-x));
}

static void
normalize (const double *logits, guint n_classes, double *scores)
{
  double largest = -INFINITY, sum = 0;
  gboolean is_finite = TRUE;

  for (guint i = 0; i < n_classes; i++) {
    is_finite = is_finite && isfinite (logits[i]);
    largest = MAX (largest, logits[i]);
  }
  for (guint i = 0; i < n_classes; i++) {
    scores[i] = is_finite ? exp (logits[i] - largest) : NAN;
    sum += scores[i];
  }
  for (guint i = 0; i < n_classes; i++)
    scores[i] /= sum;
}

void
gbp_scorer_score (const GbpScorer *scorer, const double *logits, guint n_classes, double *scores)
{
  if (scorer->scoring == GBP_SCORING_SOFTMAX) {
    normalize (logits, n_classes, scores);
    return;
  }
  for (guint i = 0; i < n_classes; i++) {
    if (scorer->scoring == GBP_SCORING_SIGMOID)
      scores[i] = squash (scorer, logits[i]);
    else
      scores[i] = isfinite (logits[i]) ? logits[i] : NAN;
  }
}
