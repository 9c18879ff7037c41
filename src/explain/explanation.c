/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/explanation.h>

#include "explain/passes.h"
#include "explain/pixels.h"
#include "kernel/floating_point.h"
#include "layer/labels.h"

struct _GbpExplanation {
  GbpNetwork *network;
  GbpTeam *team;
  const GbpKernels *kernels;
  GbpPixels pixels;
  gboolean has_target;
  GbpSelection selection;
  GbpPlan plan; /* up to the selection's cut */
};

GbpExplanation *
gbp_explanation_new (GbpNetwork *network, guint threads)
{
  GbpExplanation *explanation;
  GbpFloatEnvironment environment;

  g_return_val_if_fail (network != NULL, NULL);
  explanation = g_new0 (GbpExplanation, 1);
  explanation->network = gbp_network_ref (network);
  explanation->team = gbp_team_new (threads);
  explanation->kernels = gbp_kernels_get ();
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  gbp_pixels_init (&explanation->pixels, gbp_network_get_preprocess (network));
  gbp_float_environment_end (environment);
  return explanation;
}

void
gbp_explanation_free (GbpExplanation *explanation)
{
  if (explanation->has_target)
    gbp_plan_clear (&explanation->plan);
  gbp_team_free (explanation->team);
  gbp_network_unref (explanation->network);
  g_free (explanation);
}

gboolean
gbp_explanation_set_target (GbpExplanation *explanation, const GbpTarget *target, GError **error)
{
  GbpFloatEnvironment environment;
  GbpSelection selection;

  g_return_val_if_fail (explanation != NULL && target != NULL, FALSE);
  if (!gbp_selection_init (&selection, explanation->network, target, error))
    return FALSE;
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  if (!explanation->has_target || selection.cut != explanation->selection.cut) {
    if (explanation->has_target)
      gbp_plan_clear (&explanation->plan);
    gbp_plan_init (&explanation->plan, explanation->network, selection.cut, explanation->team);
  }
  gbp_plan_select (&explanation->plan, &selection);
  gbp_float_environment_end (environment);
  explanation->selection = selection;
  explanation->has_target = TRUE;
  return TRUE;
}

void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  GbpPlan *plan = &explanation->plan;
  const GbpSelection *selection = &explanation->selection;
  GbpPasses passes = {plan, explanation->kernels, explanation->team};
  const GbpLayer *cut = plan->steps[selection->cut].layer;
  float *cut_map = gbp_plan_get_map (plan, (int) selection->cut);
  GbpResult found;
  GbpFloatEnvironment environment;

  g_return_if_fail (explanation->has_target && rgb != NULL && gradient != NULL);
  g_return_if_fail (stride >= 3 * GBP_INPUT_SIZE);
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  gbp_pixels_forward (&explanation->pixels, rgb, stride, gbp_plan_get_map (plan, -1));
  gbp_labels_init (plan->labels[0], rgb, stride, GBP_INPUT_SIZE, GBP_INPUT_SIZE);
  gbp_plan_select_channel (plan, selection->channel);
  gbp_passes_forward (&passes);
  found = gbp_selection_sum (selection, cut, cut_map, plan->sums);
  gbp_plan_select_channel (plan, found.channel);
  gbp_selection_seed (selection, cut, found.channel, cut_map);
  gbp_passes_backward (&passes, selection->method);
  gbp_pixels_backward (
      &explanation->pixels, gbp_plan_get_map (plan, -1), &plan->input_region, gradient);
  gbp_float_environment_end (environment);
  if (result != NULL)
    *result = found;
}
