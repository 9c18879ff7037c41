/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One image's map: of the image itself, or as the mean of the maps of images near it, or on the way to it. */
#include <string.h>

#include "explain/cam.h"
#include "explain/explanation.h"
#include "explain/method.h"
#include "explain/noise.h"
#include "layer/labels.h"

/* A run over one image.
 * @method: how
 * @channel: that is explained, after the image itself has been looked at */
typedef struct {
  GbpExplanation *explanation;
  const GbpMethodEntry *method;
  GbpPasses passes;
  int channel;
} Run;

static void
seed_way_back (const Run *run)
{
  const GbpPlan *plan = &run->explanation->plan;

  gbp_selection_seed (
      &run->explanation->selection, plan->layer, run->channel, gbp_plan_begin_seed (plan));
}

static void
weigh_maps (const Run *run)
{
  const GbpPlan *plan = &run->explanation->plan;

  seed_way_back (run);
  gbp_passes_average_back (&run->passes, GBP_RULE_GRADIENT, plan->sums);
  gbp_cam_compute (
      plan->inner, gbp_plan_get_inner (plan), plan->sums, run->explanation->outcome->cam);
}

static void
differentiate (const Run *run, float *map)
{
  const GbpPlan *plan = &run->explanation->plan;

  seed_way_back (run);
  gbp_passes_backward (&run->passes, run->method->rule);
  gbp_pixels_backward (
      &run->explanation->pixels, gbp_plan_get_map (plan, -1), &plan->input_region, map);
}

static void
spread_cam (const Run *run, float *map)
{
  const GbpPlan *plan = &run->explanation->plan;
  const GbpOutcome *outcome = run->explanation->outcome;
  GbpResize resize = {
      outcome->cam_height, outcome->cam_width, plan->input.height, plan->input.width};

  gbp_cam_spread (&resize, outcome->cam, run->method->has_gradient, map);
}

/* From what the forward pass has left to the map. */
static void
go_back (const Run *run, float *map)
{
  GbpPlan *plan = &run->explanation->plan;

  gbp_plan_select_back (plan, &run->explanation->selection, run->channel);
  if (run->method->has_cam)
    weigh_maps (run);
  if (run->method->has_gradient)
    differentiate (run, map);
  if (run->method->has_cam)
    spread_cam (run, map);
  if (run->method->times_input)
    gbp_pixels_multiply (&run->explanation->pixels, plan->pixels, map);
}

static gsize
count_values (const GbpPlan *plan)
{
  return 3 * (gsize) plan->input.height * plan->input.width;
}

static void
label_pixels (GbpPlan *plan, const guint8 *rgb, gsize stride)
{
  if (plan->n_steps > 0)
    gbp_labels_init (plan->labels[0], rgb, stride, plan->input.height, plan->input.width);
}

/* Of noise no two pixels are equal. */
static void
label_apart (GbpPlan *plan)
{
  for (gsize i = 0; plan->n_steps > 0 && i < count_values (plan) / 3; i++)
    plan->labels[0][i] = i;
}

static void
go_forward (Run *run)
{
  gbp_plan_select (&run->explanation->plan, &run->explanation->selection);
  gbp_passes_forward (&run->passes);
}

/* Lets the chooser say what the top class is. */
static void
choose_class (const GbpExplanation *explanation, GbpResult *found)
{
  const GbpSelection *selection = &explanation->selection;
  const GbpOutcome *outcome = explanation->outcome;
  guint chosen;

  if (explanation->chooser == NULL || !selection->is_class || selection->channel != GBP_CLASS_TOP)
    return;
  chosen = explanation->chooser (outcome->logits, outcome->n_classes, explanation->chooser_data);
  g_return_if_fail (chosen < outcome->n_classes);
  found->channel = found->class_index = (int) chosen;
  found->value = outcome->logits[found->channel];
}

/* The image itself: the target's value, and the scores. */
static GbpResult
look (Run *run, const guint8 *rgb, gsize stride)
{
  GbpExplanation *explanation = run->explanation;
  GbpPlan *plan = &explanation->plan;
  GbpResult found;

  gbp_pixels_forward (&explanation->pixels, rgb, stride, gbp_plan_get_map (plan, -1));
  label_pixels (plan, rgb, stride);
  go_forward (run);
  gbp_outcome_take_logits (
      explanation->outcome, gbp_network_get_scorer (explanation->network), gbp_plan_get_end (plan));
  found = gbp_selection_sum (
      &explanation->selection, plan->layer, gbp_plan_get_target (plan), plan->sums);
  choose_class (explanation, &found);
  run->channel = found.channel;
  return found;
}

/* The pixels as floats.
 * Returns: the difference between the largest and the smallest */
static double
copy_pixels (const GbpPlan *plan, const guint8 *rgb, gsize stride)
{
  float smallest = 255, largest = 0, *to = plan->pixels;

  for (guint y = 0; y < plan->input.height; y++)
    for (guint i = 0; i < 3 * plan->input.width; i++) {
      float value = rgb[y * stride + i];

      smallest = MIN (smallest, value);
      largest = MAX (largest, value);
      *to++ = value;
    }
  return (double) largest - smallest;
}

/* Adds a map, and a class activation map, to the sums.
 * @baseline: of an integral: the map's factors are what the pixels differ from it */
static void
add_map (const Run *run, const float *map, double baseline)
{
  const GbpPlan *plan = &run->explanation->plan;
  const GbpOutcome *outcome = run->explanation->outcome;

  for (gsize i = 0; i < count_values (plan); i++)
    plan->map_sums[i] +=
        run->method->is_integrated ? map[i] * (plan->pixels[i] - baseline) : map[i];
  for (gsize i = 0; i < (gsize) outcome->cam_height * outcome->cam_width; i++)
    plan->cam_sums[i] += outcome->cam[i];
}

/* The map at the pixels, or the integral of the gradient on the straight way from the baseline to them, by the midpoint
 * rule.
 * @map: (out): scratch */
static void
add_image (Run *run, const guint8 *rgb, gsize stride, gboolean has_noise, float *map)
{
  GbpExplanation *explanation = run->explanation;
  const GbpSelection *selection = &explanation->selection;
  GbpPlan *plan = &explanation->plan;
  guint n_steps = run->method->is_integrated ? selection->steps : 1;

  for (guint step = 0; step < n_steps; step++) {
    GbpPath path = {selection->baseline, run->method->is_integrated ? (step + 0.5) / n_steps : 1};

    gbp_pixels_forward_floats (
        &explanation->pixels, plan->pixels, &path, gbp_plan_get_map (plan, -1));
    if (has_noise)
      label_apart (plan);
    else
      label_pixels (plan, rgb, stride);
    go_forward (run);
    go_back (run, map);
    add_map (run, map, selection->baseline);
  }
}

static void
begin_sums (const Run *run)
{
  const GbpPlan *plan = &run->explanation->plan;
  const GbpOutcome *outcome = run->explanation->outcome;

  memset (plan->map_sums, 0, count_values (plan) * sizeof *plan->map_sums);
  memset (
      plan->cam_sums, 0, (gsize) outcome->cam_height * outcome->cam_width * sizeof *plan->cam_sums);
}

/* @n: maps that are in the sums */
static void
end_sums (const Run *run, guint n, float *map)
{
  const GbpPlan *plan = &run->explanation->plan;
  GbpOutcome *outcome = run->explanation->outcome;

  for (gsize i = 0; i < count_values (plan); i++)
    map[i] = (float) (plan->map_sums[i] / n);
  for (gsize i = 0; i < (gsize) outcome->cam_height * outcome->cam_width; i++)
    outcome->cam[i] = (float) (plan->cam_sums[i] / n);
}

static void
average_maps (Run *run, const guint8 *rgb, gsize stride, float *map)
{
  GbpExplanation *explanation = run->explanation;
  const GbpSelection *selection = &explanation->selection;
  GbpPlan *plan = &explanation->plan;
  GbpNoise noise = {.seed = explanation->seed};
  guint n_samples;

  noise.deviation = selection->noise * copy_pixels (plan, rgb, stride);
  n_samples = noise.deviation > 0 ? selection->samples : 1;
  begin_sums (run);
  for (noise.sample = 0; noise.sample < n_samples; noise.sample++) {
    copy_pixels (plan, rgb, stride);
    if (n_samples > 1)
      gbp_noise_add (&noise, explanation->team, plan->pixels, count_values (plan));
    add_image (run, rgb, stride, n_samples > 1, map);
  }
  end_sums (run, n_samples * (run->method->is_integrated ? selection->steps : 1), map);
}

GbpResult
gbp_explanation_run (GbpExplanation *explanation, const guint8 *rgb, gsize stride, float *map)
{
  const GbpSelection *selection = &explanation->selection;
  Run run = {
      .explanation = explanation,
      .method = gbp_method_get (selection->method),
      .passes = {&explanation->plan, explanation->kernels, explanation->team},
  };
  GbpResult found = look (&run, rgb, stride);

  if (selection->has_images && (selection->samples > 1 || run.method->is_integrated)) {
    average_maps (&run, rgb, stride, map);
    return found;
  }
  if (selection->has_images)
    copy_pixels (&explanation->plan, rgb, stride);
  go_back (&run, map);
  return found;
}
