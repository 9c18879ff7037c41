/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/passes.h"

#include <string.h>

#include "layer/dense.h"
#include "layer/pool.h"

/* A way back through a plan.
 * @stop: the step of the chain whose output's gradient is wanted, before its own ReLU; -1: the input's
 * @last: the step to whose output, behind its ReLU, it is gone: @stop, or one behind that */
typedef struct {
  GbpRule rule;
  int stop;
  int last;
} Way;

/* The rule at the ReLU that closes @step, for the gradient of its output; a layer without a ReLU, or the
 * network's input, lets everything through. Behind a pool the gradient is smaller, and what the rule makes of it
 * is the same: the maximum was let through where it is above zero. */
static GbpGate
get_gate (const GbpPlan *plan, int step, const Way *way)
{
  GbpRule rule = way->rule;

  if (step < 0 || plan->steps[step].active == NULL
      || (int) gbp_plan_find_relu (plan, (guint) step) <= way->stop)
    return (GbpGate){FALSE, NULL};
  return (GbpGate){
      .only_positive = rule != GBP_RULE_GRADIENT,
      .active = rule != GBP_RULE_DECONVNET ? plan->steps[step].active : NULL,
  };
}

static void
convolve (
    const GbpPasses *passes, guint index, const GbpGate *gate, const float *gradient, float *output)
{
  const GbpPlan *plan = passes->plan;
  const GbpStep *step = &plan->steps[index], *pool = gbp_plan_get_fused_pool (plan, index);
  GbpConvolutionPass pass = {
      .kernels = passes->kernels,
      .team = passes->team,
      .input = gradient,
      .input_region = step->region,
      .input_channels = step->channels,
      .output = output,
      .output_region = index > 0 ? step[-1].region : plan->input_region,
      .output_channels = {0, gbp_pad_channels (step->layer->weights.n_inputs)},
      .argmax = pool != NULL ? pool->argmax : NULL,
      .gate = *gate,
      .workspace = plan->workspace,
  };

  gbp_convolution_backward (step->convolution, &pass);
}

static void
unpool (const GbpPasses *passes, const GbpStep *step, const float *gradient, float *output)
{
  const GbpLayer *layer = step->layer;
  GbpPool pool = {
      .team = passes->team,
      .width = layer->width,
      .stride = gbp_pad_channels (layer->channels),
      .region = step->region,
      .equivalence = passes->plan->equivalence[0],
      .argmax = step->argmax,
  };

  if (!step->is_fused)
    gbp_pool_backward (&pool, gradient, output);
}

static void
unflatten (const GbpPasses *passes, const GbpStep *step, const GbpGate *gate, const float *gradient,
    float *output)
{
  const GbpLayer *before = step[-1].layer;
  gsize n_pixels = (gsize) before->height * before->width;

  gbp_flatten_backward (gradient, output, n_pixels, before->channels);
  passes->kernels->gate (output, gate, n_pixels, gbp_pad_channels (before->channels));
}

static void
multiply (const GbpPasses *passes, const GbpStep *step, const GbpGate *gate, const float *gradient,
    float *output)
{
  const GbpLayer *layer = step->layer;
  GbpDense dense = {passes->kernels, passes->team, layer->weights.n_inputs, layer->channels,
      layer->weights.kernel, layer->weights.bias, layer->has_relu};

  gbp_dense_backward (&dense, gradient, gate, output);
}

/* The seed through the own ReLU of step @cut, where there is one. */
static void
gate_seed (const GbpPasses *passes, int cut, const Way *way)
{
  const GbpPlan *plan = passes->plan;
  const GbpStep *step = &plan->steps[cut];
  gsize stride = gbp_pad_channels (step->layer->channels);
  GbpGate gate = get_gate (plan, cut, way);

  for (gsize row = step->region.top; row < step->region.bottom; row++) {
    gsize first = row * step->layer->width + step->region.left;
    GbpGate row_gate = gbp_gate_at (&gate, first, stride);

    passes->kernels->gate (gbp_plan_get_map (plan, cut) + first * stride, &row_gate,
        step->region.right - step->region.left, stride);
  }
}

/* What comes back to the chain's end, from the flow. */
static void
flow_backward (const GbpPasses *passes, GbpRule rule)
{
  const GbpPlan *plan = passes->plan;
  int end = (int) plan->n_steps - 1;
  guint entry = plan->flow->range.entry;
  GbpRows rows = gbp_flow_get_gradient_rows (plan->flow, entry);
  gsize n_row = end >= 0 ? plan->steps[end].map_size / plan->steps[end].layer->height
                         : plan->input.width * gbp_pad_channels (3);

  gbp_flow_backward (plan->flow, passes->kernels, passes->team, rule, entry);
  memcpy (gbp_plan_get_map (plan, end) + rows.first * n_row,
      gbp_flow_get_gradient (plan->flow, entry) + rows.first * n_row,
      gbp_rows_count (rows) * n_row * sizeof (float));
}

static void
step_backward (const GbpPasses *passes, int index, const Way *way)
{
  const GbpStep *step = &passes->plan->steps[index];
  const float *gradient = gbp_plan_get_map (passes->plan, index);
  float *output = gbp_plan_get_map (passes->plan, index - 1);
  GbpGate gate = get_gate (passes->plan, index - 1, way);

  switch (step->layer->kind) {
    case GBP_KIND_CONVOLUTION:
      convolve (passes, (guint) index, &gate, gradient, output);
      break;
    case GBP_KIND_POOL_MAX:
      unpool (passes, step, gradient, output);
      break;
    case GBP_KIND_FLATTEN:
      unflatten (passes, step, &gate, gradient, output);
      break;
    default: /* a dense layer */
      multiply (passes, step, &gate, gradient, output);
      break;
  }
}

static void
go_back (const GbpPasses *passes, const Way *way)
{
  const GbpPlan *plan = passes->plan;
  int cut = plan->layer_step;

  if (cut < 0) {
    flow_backward (passes, way->rule);
    cut = (int) plan->n_steps - 1;
  }
  if (cut >= 0)
    gate_seed (passes, cut, way);
  for (int i = cut; i > way->last; i--)
    step_backward (passes, i, way);
}

void
gbp_passes_backward (const GbpPasses *passes, GbpRule rule)
{
  const Way way = {rule, -1, -1};

  go_back (passes, &way);
}

/* The mean over all pixels of a map [n_pixels][padded n_channels]. */
static void
average_pixels (const float *map, gsize n_pixels, gsize n_channels, double *means)
{
  gsize stride = gbp_pad_channels (n_channels);

  memset (means, 0, stride * sizeof *means);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c++)
      means[c] += map[i * stride + c];
  for (gsize c = 0; c < stride; c++)
    means[c] /= (double) n_pixels;
}

/* A pool passes all that comes back on to some pixel: so what comes back to a channel is had from one row, the sum of
 * its pixels' rows. */
static void
average_sums (const GbpPasses *passes, gsize n_pixels, double *means)
{
  const GbpPlan *plan = passes->plan;
  const GbpLayer *dense_layer = plan->steps[plan->sums_step].layer;
  float *sums = gbp_plan_get_map (plan, plan->sums_step - 1);
  const GbpGate open = {FALSE, NULL};
  GbpDense dense = {passes->kernels, passes->team, plan->inner->channels, dense_layer->channels,
      plan->pixel_sums, dense_layer->weights.bias, dense_layer->has_relu};

  gbp_dense_backward (&dense, gbp_plan_get_map (plan, plan->sums_step), &open, sums);
  for (gsize c = 0; c < gbp_pad_channels (plan->inner->channels); c++)
    means[c] = sums[c] / (double) n_pixels;
}

void
gbp_passes_average_back (const GbpPasses *passes, GbpRule rule, double *means)
{
  const GbpPlan *plan = passes->plan;
  const GbpLayer *inner = plan->inner;
  const Way way = {rule, plan->kept_step, plan->sums_step >= 0 ? plan->sums_step : plan->kept_step};
  gsize n_pixels = (gsize) inner->height * inner->width;
  const float *gradient;

  if (plan->kept_step >= 0) {
    go_back (passes, &way);
    gradient = gbp_plan_get_map (plan, plan->kept_step);
  } else {
    gbp_flow_backward (plan->flow, passes->kernels, passes->team, rule, inner->value);
    gradient = gbp_flow_get_gradient (plan->flow, inner->value);
  }
  if (plan->sums_step >= 0)
    average_sums (passes, n_pixels, means);
  else
    average_pixels (gradient, n_pixels, inner->channels, means);
}
