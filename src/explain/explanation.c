/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/explanation.h>

#include "explain/method.h"
#include "explain/passes.h"
#include "explain/pixels.h"
#include "explain/scratch.h"
#include "kernel/floating_point.h"
#include "kernel/memory.h"
#include "layer/labels.h"

/* @scratch: (nullable): without a target there is none
 * @plan: up to the selection's cut */
struct _GbpExplanation {
  GbpNetwork *network;
  GbpTeam *team;
  const GbpKernels *kernels;
  GbpPixels pixels;
  GbpSelection selection;
  GbpPlan plan;
  GbpScratch *scratch;
};

GbpExplanation *
gbp_explanation_new (GbpNetwork *network, guint threads)
{
  GbpExplanation *explanation;
  GbpFloatEnvironment environment;
  GbpTeam *team;

  g_return_val_if_fail (network != NULL, NULL);
  explanation = gbp_memory_new (1, sizeof *explanation);
  team = explanation != NULL ? gbp_team_new (threads) : NULL;
  if (team == NULL) {
    gbp_memory_free (explanation);
    return NULL;
  }
  explanation->network = gbp_network_ref (network);
  explanation->team = team;
  explanation->kernels = gbp_kernels_get ();
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  gbp_pixels_init (&explanation->pixels, gbp_network_get_preprocess (network),
      gbp_graph_get_shape (gbp_network_get_graph (network), 0));
  gbp_float_environment_end (environment);
  return explanation;
}

guint
gbp_explanation_get_threads (const GbpExplanation *explanation)
{
  return gbp_team_get_size (explanation->team);
}

void
gbp_explanation_free (GbpExplanation *explanation)
{
  g_clear_pointer (&explanation->scratch, gbp_scratch_leave);
  gbp_plan_clear (&explanation->plan);
  gbp_team_free (explanation->team);
  gbp_network_unref (explanation->network);
  gbp_memory_free (explanation);
}

/* What the explanation had stays until all of the new is there. */
static gboolean
change_cut (GbpExplanation *explanation, guint cut, GError **error)
{
  GbpScratch *scratch = NULL;
  GbpPlan plan;

  if (gbp_plan_init (&plan, explanation->network, cut, explanation->team, error))
    scratch = gbp_scratch_join (explanation->network, cut, plan.n_bytes, error);
  if (scratch == NULL) {
    gbp_plan_clear (&plan);
    return FALSE;
  }
  g_clear_pointer (&explanation->scratch, gbp_scratch_leave);
  gbp_plan_clear (&explanation->plan);
  explanation->scratch = scratch;
  explanation->plan = plan;
  return TRUE;
}

gboolean
gbp_explanation_set_target (GbpExplanation *explanation, const GbpTarget *target, GError **error)
{
  GbpFloatEnvironment environment;
  GbpSelection selection;
  gboolean has_cut;

  g_return_val_if_fail (explanation != NULL && target != NULL, FALSE);
  if (!gbp_selection_init (&selection, explanation->network, target, error))
    return FALSE;
  has_cut = explanation->scratch != NULL && selection.cut == explanation->selection.cut;
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  has_cut = has_cut || change_cut (explanation, selection.cut, error);
  gbp_float_environment_end (environment);
  if (!has_cut)
    return FALSE;
  gbp_plan_select (&explanation->plan, &selection);
  explanation->selection = selection;
  return TRUE;
}

/* From pixels to gradient, in the memory that the plan is bound to. */
static GbpResult
compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride, float *gradient)
{
  GbpPlan *plan = &explanation->plan;
  const GbpSelection *selection = &explanation->selection;
  GbpPasses passes = {plan, explanation->kernels, explanation->team};
  GbpResult found;

  gbp_pixels_forward (&explanation->pixels, rgb, stride, gbp_plan_get_map (plan, -1));
  if (plan->n_steps > 0)
    gbp_labels_init (plan->labels[0], rgb, stride, plan->input.height, plan->input.width);
  gbp_plan_select_channel (plan, selection->channel);
  gbp_passes_forward (&passes);
  found = gbp_selection_sum (selection, plan->layer, gbp_plan_get_target (plan), plan->sums);
  gbp_plan_select_channel (plan, found.channel);
  gbp_selection_seed (selection, plan->layer, found.channel, gbp_plan_begin_seed (plan));
  gbp_passes_backward (&passes, gbp_method_get (selection->method)->rule);
  gbp_pixels_backward (
      &explanation->pixels, gbp_plan_get_map (plan, -1), &plan->input_region, gradient);
  return found;
}

void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  GbpResult found;
  gpointer memory;
  GbpFloatEnvironment environment;

  g_return_if_fail (explanation != NULL && explanation->scratch != NULL);
  g_return_if_fail (
      rgb != NULL && gradient != NULL && stride >= 3 * (gsize) explanation->plan.input.width);
  memory = gbp_scratch_take (explanation->scratch); /* before helpers: who waits has none */
  gbp_plan_bind (&explanation->plan, memory);
  gbp_team_begin (explanation->team);
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  found = compute (explanation, rgb, stride, gradient);
  gbp_float_environment_end (environment);
  gbp_team_end (explanation->team);
  gbp_scratch_give_back (explanation->scratch, memory);
  if (result != NULL)
    *result = found;
}
