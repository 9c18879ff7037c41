/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/outcome.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"

/* Where the forward pass ends at the class layer. */
static guint
count_classes (const GbpSelection *selection, const GbpNetwork *network)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  int classes = gbp_network_find_class_layer (network, NULL);

  return classes >= 0 && layers[selection->end].value == layers[classes].value
             ? layers[classes].channels
             : 0;
}

GbpOutcome *
gbp_outcome_new (const GbpSelection *selection, const GbpNetwork *network)
{
  guint n_layers, n_classes = count_classes (selection, network);
  const GbpLayer *none = &(GbpLayer){.height = 0}, *inner = none;
  GbpOutcome *outcome;

  if (selection->inner >= 0)
    inner = &gbp_network_get_layers (network, &n_layers)[selection->inner];
  outcome = gbp_memory_new (1, sizeof *outcome + 2 * (gsize) n_classes * sizeof (double)
                                   + (gsize) inner->height * inner->width * sizeof (float));
  if (outcome == NULL)
    return NULL;
  outcome->cam_height = inner->height;
  outcome->cam_width = inner->width;
  outcome->n_classes = n_classes;
  outcome->logits = (double *) (outcome + 1);
  outcome->scores = outcome->logits + n_classes;
  outcome->cam = (float *) (outcome->scores + n_classes);
  return outcome;
}

void
gbp_outcome_take_logits (GbpOutcome *outcome, const GbpScorer *scorer, const float *logits)
{
  for (guint i = 0; i < outcome->n_classes; i++)
    outcome->logits[i] = logits[i];
  gbp_scorer_score (scorer, outcome->logits, outcome->n_classes, outcome->scores);
}

static gboolean
comes_before (double value, double other)
{
  return isnan (value) ? !isnan (other) : value > other;
}

guint
gbp_outcome_rank (const double *values, guint n_values, guint *indices, guint n)
{
  guint n_found = 0;

  for (guint i = 0; n > 0 && i < n_values; i++) {
    guint place = n_found;

    while (place > 0 && comes_before (values[i], values[indices[place - 1]]))
      place--;
    if (place == n)
      continue;
    n_found = MIN (n_found + 1, n);
    memmove (indices + place + 1, indices + place, (n_found - place - 1) * sizeof *indices);
    indices[place] = i;
  }
  return n_found;
}
