/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/passes.h"

#include <string.h>

#include "layer/dense.h"
#include "layer/pool.h"

/* The rule at the ReLU that closes @step, for the gradient of its output; a layer without a ReLU, or the
 * network's input, lets everything through. Behind a pool the gradient is smaller, and what the rule makes of it
 * is the same: the maximum was let through where it is above zero. */
static GbpGate
get_gate (const GbpPlan *plan, int step, GbpRule rule)
{
  if (step < 0 || plan->steps[step].active == NULL)
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
      .choice = pool != NULL ? pool->choice : NULL,
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
      .labels = passes->plan->labels[0],
      .choice = step->choice,
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

/* The seed through the cut's own ReLU, where there is one. */
static void
gate_seed (const GbpPasses *passes, GbpRule rule)
{
  const GbpPlan *plan = passes->plan;
  int cut = (int) plan->n_steps - 1;
  const GbpStep *step = &plan->steps[cut];
  gsize stride = gbp_pad_channels (step->layer->channels);
  GbpGate gate = get_gate (plan, cut, rule);

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
  gsize n_floats = end >= 0 ? plan->steps[end].map_size
                            : (gsize) plan->input.height * plan->input.width * gbp_pad_channels (3);

  gbp_flow_backward (plan->flow, passes->kernels, passes->team, rule);
  memcpy (
      gbp_plan_get_map (plan, end), gbp_flow_get_gradient (plan->flow), n_floats * sizeof (float));
}

void
gbp_passes_backward (const GbpPasses *passes, GbpRule rule)
{
  int cut = (int) passes->plan->n_steps - 1;

  if (passes->plan->flow != NULL)
    flow_backward (passes, rule);
  if (cut >= 0)
    gate_seed (passes, rule);
  for (int i = cut; i >= 0; i--) {
    const GbpStep *step = &passes->plan->steps[i];
    const float *gradient = gbp_plan_get_map (passes->plan, i);
    float *output = gbp_plan_get_map (passes->plan, i - 1);
    GbpGate gate = get_gate (passes->plan, i - 1, rule);

    switch (step->layer->kind) {
      case GBP_KIND_CONVOLUTION:
        convolve (passes, (guint) i, &gate, gradient, output);
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
}
