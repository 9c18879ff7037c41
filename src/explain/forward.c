/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/passes.h"

#include <string.h>

#include "layer/dense.h"
#include "layer/equivalence.h"
#include "layer/pool.h"

static void
convolve (const GbpPasses *passes, guint index, const float *input, float *output)
{
  const GbpPlan *plan = passes->plan;
  const GbpStep *step = &plan->steps[index], *pool = gbp_plan_get_fused_pool (plan, index);
  GbpConvolutionPass pass = {
      .kernels = passes->kernels,
      .team = passes->team,
      .input = input,
      .input_region = index > 0 ? step[-1].region : plan->input_region,
      .input_channels = {0, gbp_pad_channels (step->layer->weights.n_inputs)},
      .output = output,
      .output_region = step->region,
      .output_channels = step->channels,
      .active = pool != NULL ? pool->active : step->active,
      .near_zero = plan->near_zero,
      .argmax = pool != NULL ? pool->argmax : NULL,
      .equivalence = plan->equivalence[0],
      .workspace = plan->workspace,
  };

  gbp_equivalence_convolve (plan->equivalence[0], plan->equivalence[1], step->layer->height,
      step->layer->width, passes->team);
  gbp_convolution_forward (step->convolution, &pass);
}

static void
pool (const GbpPasses *passes, const GbpStep *step, const float *input, float *output)
{
  const GbpLayer *layer = step->layer;
  guint64 *const *equivalence = passes->plan->equivalence;
  GbpPool pool = {
      .team = passes->team,
      .width = layer->width,
      .stride = gbp_pad_channels (layer->channels),
      .region = step->region,
      .equivalence = equivalence[0],
      .argmax = step->argmax,
      .active = step->active,
  };

  if (!step->is_fused)
    gbp_pool_forward (&pool, input, output);
  gbp_equivalence_pool (equivalence[1], equivalence[0], layer->height, layer->width);
  memcpy (equivalence[0], equivalence[1],
      (gsize) layer->height * layer->width * sizeof *equivalence[0]);
}

static void
flatten (const GbpStep *step, const float *input, float *output)
{
  const GbpLayer *before = step[-1].layer;

  gbp_flatten_forward (
      input, output, step->active, (gsize) before->height * before->width, before->channels);
}

static void
multiply (const GbpPasses *passes, const GbpStep *step, const float *input, float *output)
{
  const GbpLayer *layer = step->layer;
  GbpDense dense = {passes->kernels, passes->team, layer->weights.n_inputs, layer->channels,
      layer->weights.kernel, layer->weights.bias, layer->has_relu};

  gbp_dense_forward (&dense, passes->plan->workspace, input, output, step->active);
}

void
gbp_passes_forward (const GbpPasses *passes)
{
  for (int i = 0; i < (int) passes->plan->n_steps; i++) {
    const GbpStep *step = &passes->plan->steps[i];
    const float *input = gbp_plan_get_map (passes->plan, i - 1);
    float *output = gbp_plan_get_map (passes->plan, i);

    switch (step->layer->kind) {
      case GBP_KIND_CONVOLUTION:
        convolve (passes, (guint) i, input, output);
        break;
      case GBP_KIND_POOL_MAX:
        pool (passes, step, input, output);
        break;
      case GBP_KIND_FLATTEN:
        flatten (step, input, output);
        break;
      default: /* a dense layer */
        multiply (passes, step, input, output);
        break;
    }
    if (i == passes->plan->kept_step)
      memcpy (passes->plan->kept, output, step->map_size * sizeof *output);
  }
  if (passes->plan->flow != NULL)
    gbp_flow_forward (passes->plan->flow, passes->kernels, passes->team);
}
