/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scorer.h"

#include <math.h>

#include "explain/passes.h"
#include "explain/pixels.h"
#include "kernel/memory.h"
#include "layer/labels.h"

struct _GbpScorer {
  GbpNetwork *network;
  GbpTeam *team;
  GbpPixels pixels;
  GbpSelection selection;
  GbpPlan plan;
  gpointer memory;
};

GbpScorer *
gbp_scorer_new (GbpNetwork *network)
{
  GbpScorer *scorer = g_new0 (GbpScorer, 1);
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;

  scorer->network = gbp_network_ref (network);
  scorer->team = gbp_team_new (0);
  gbp_pixels_init (&scorer->pixels, gbp_network_get_preprocess (network),
      gbp_graph_get_shape (gbp_network_get_graph (network), 0));
  target.layer = gbp_network_get_class_layer (network);
  if (!gbp_selection_init (&scorer->selection, network, &target, &error)
      || !gbp_plan_init (&scorer->plan, network, scorer->selection.cut, scorer->team, &error))
    g_error ("%s", error->message);
  scorer->memory = gbp_memory_new (1, scorer->plan.n_bytes);
  gbp_plan_bind (&scorer->plan, scorer->memory);
  gbp_plan_select (&scorer->plan, &scorer->selection);
  return scorer;
}

void
gbp_scorer_free (GbpScorer *scorer)
{
  gbp_plan_clear (&scorer->plan);
  gbp_memory_free (scorer->memory);
  gbp_team_free (scorer->team);
  gbp_network_unref (scorer->network);
  g_free (scorer);
}

static double
take_softmax (const float *logits, guint n, int class_index)
{
  double largest = logits[0], sum = 0;

  for (guint i = 1; i < n; i++)
    largest = MAX (largest, logits[i]);
  for (guint i = 0; i < n; i++)
    sum += exp (logits[i] - largest);
  return exp (logits[class_index] - largest) / sum;
}

double
gbp_scorer_score (
    GbpScorer *scorer, const guint8 *rgb, gsize stride, int class_index, double *logit)
{
  GbpPlan *plan = &scorer->plan;
  GbpPasses passes = {plan, gbp_kernels_get (), scorer->team};
  const float *logits;

  gbp_team_begin (scorer->team);
  gbp_pixels_forward (&scorer->pixels, rgb, stride, gbp_plan_get_map (plan, -1));
  if (plan->n_steps > 0)
    gbp_labels_init (plan->labels[0], rgb, stride, plan->input.height, plan->input.width);
  gbp_passes_forward (&passes);
  gbp_team_end (scorer->team);
  logits = gbp_plan_get_target (plan);
  if (logit != NULL)
    *logit = logits[class_index];
  return take_softmax (logits, plan->layer->channels, class_index);
}
