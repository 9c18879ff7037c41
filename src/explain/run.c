/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/run.h"

#include "explain/cam.h"
#include "layer/equivalence.h"

void
gbp_run_init (GbpRun *run, const GbpExplanation *explanation, GbpWorkplace *workplace, float *cam)
{
  *run = (GbpRun){
      .explanation = explanation,
      .method = gbp_method_get (explanation->selection.method),
      .workplace = workplace,
      .passes = {&workplace->plan, explanation->kernels, workplace->team},
      .cam = cam,
  };
}

static void
seed_way_back (const GbpRun *run)
{
  const GbpPlan *plan = &run->workplace->plan;

  gbp_selection_seed (
      &run->explanation->selection, plan->layer, run->channel, gbp_plan_begin_seed (plan));
}

static void
weigh_maps (const GbpRun *run)
{
  const GbpPlan *plan = &run->workplace->plan;

  seed_way_back (run);
  gbp_passes_average_back (&run->passes, GBP_RULE_GRADIENT, plan->sums);
  gbp_cam_compute (plan->inner, gbp_plan_get_inner (plan), plan->sums, run->cam);
}

static void
differentiate (const GbpRun *run, float *map)
{
  const GbpPlan *plan = &run->workplace->plan;

  seed_way_back (run);
  gbp_passes_backward (&run->passes, run->method->rule);
  gbp_pixels_backward (
      &run->explanation->pixels, gbp_plan_get_map (plan, -1), &plan->input_region, map);
}

static void
spread_cam (const GbpRun *run, float *map)
{
  const GbpPlan *plan = &run->workplace->plan;
  const GbpOutcome *outcome = run->explanation->outcome;
  GbpResize resize = {
      outcome->cam_height, outcome->cam_width, plan->input.height, plan->input.width};

  gbp_cam_spread (&resize, run->cam, run->method->has_gradient, map);
}

void
gbp_run_backward (GbpRun *run, float *map)
{
  GbpPlan *plan = &run->workplace->plan;

  gbp_plan_select_back (plan, &run->explanation->selection, run->channel);
  if (run->method->has_cam)
    weigh_maps (run);
  if (run->method->has_gradient)
    differentiate (run, map);
  if (run->method->has_cam)
    spread_cam (run, map);
  if (run->method->times_input)
    gbp_pixels_multiply (&run->explanation->pixels, run->workplace->pixels, map);
}

static void
classify_pixels (GbpPlan *plan, const guint8 *rgb, gsize stride)
{
  if (plan->n_steps > 0)
    gbp_equivalence_init (plan->equivalence[0], rgb, stride, plan->input.height, plan->input.width);
}

/* Of noise no two pixels are equal. */
static void
tell_pixels_apart (GbpPlan *plan)
{
  gsize n_pixels = (gsize) plan->input.height * plan->input.width;

  for (gsize i = 0; plan->n_steps > 0 && i < n_pixels; i++)
    plan->equivalence[0][i] = i;
}

static void
go_forward (const GbpRun *run)
{
  gbp_plan_select (&run->workplace->plan, &run->explanation->selection);
  gbp_passes_forward (&run->passes);
}

void
gbp_run_forward (GbpRun *run, const GbpPath *path, const guint8 *rgb, gsize stride)
{
  GbpPlan *plan = &run->workplace->plan;

  gbp_pixels_forward_floats (
      &run->explanation->pixels, run->workplace->pixels, path, gbp_plan_get_map (plan, -1));
  if (rgb != NULL)
    classify_pixels (plan, rgb, stride);
  else
    tell_pixels_apart (plan);
  go_forward (run);
}

static gboolean
has_choice (const GbpExplanation *explanation)
{
  const GbpSelection *selection = &explanation->selection;

  return explanation->chooser != NULL && selection->is_class && selection->channel == GBP_CLASS_TOP;
}

/* Lets the chooser say what the top class is. */
static void
choose_class (const GbpRun *run, const GbpOutcome *outcome, GbpResult *found)
{
  const GbpExplanation *explanation = run->explanation;
  guint chosen;

  if (!has_choice (explanation))
    return;
  chosen = explanation->chooser (outcome->logits, outcome->n_classes, explanation->chooser_data);
  g_return_if_fail (chosen < outcome->n_classes);
  found->channel = found->class_index = (int) chosen;
  found->value = outcome->logits[found->channel];
}

GbpResult
gbp_run_look (GbpRun *run, const guint8 *rgb, gsize stride, GbpOutcome *outcome)
{
  const GbpExplanation *explanation = run->explanation;
  GbpPlan *plan = &run->workplace->plan;
  GbpResult found;

  if (has_choice (explanation) && explanation->begun != NULL)
    explanation->begun (explanation->chooser_data);
  gbp_pixels_forward (&explanation->pixels, rgb, stride, gbp_plan_get_map (plan, -1));
  classify_pixels (plan, rgb, stride);
  go_forward (run);
  gbp_outcome_take_logits (
      outcome, gbp_network_get_scorer (explanation->network), gbp_plan_get_end (plan));
  found = gbp_selection_sum (
      &explanation->selection, plan->layer, gbp_plan_get_target (plan), plan->sums);
  choose_class (run, outcome, &found);
  run->channel = found.channel;
  return found;
}

double
gbp_run_copy_pixels (const GbpRun *run, const guint8 *rgb, gsize stride)
{
  const GbpShape *input = &run->workplace->plan.input;
  float smallest = 255, largest = 0, *to = run->workplace->pixels;

  for (guint y = 0; y < input->height; y++)
    for (guint i = 0; i < 3 * input->width; i++) {
      float value = rgb[y * stride + i];

      smallest = MIN (smallest, value);
      largest = MAX (largest, value);
      *to++ = value;
    }
  return (double) largest - smallest;
}
