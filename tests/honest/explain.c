/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the rows of the table explain. */
#include "methods.h"
#include "metrics.h"

#define SIZE  GBP_SCENE_SIZE
#define STEPS 16 /* of integrated gradients, from black */

void
gbp_explain_by_library (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;

  target.layer = question->layer;
  target.method = method->method;
  target.samples = MAX (method->n_samples, 1);
  target.noise = method->noise;
  target.steps = STEPS;
  target.baseline = 0;
  if (question->layer != NULL)
    target.channel = question->channel;
  else
    target.class_index = question->channel;
  if (!gbp_explanation_set_target (explainer->explanation, &target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (explainer->explanation, question->rgb, question->stride, gradient, NULL);
}

static guint32
seed_by_picture (const GbpQuestion *question)
{
  guint32 state = 1;

  for (guint i = 0; i < 3 * SIZE; i++)
    state = state * 31 + question->rgb[i];
  return state;
}

/* All three channels alike. */
static void
spread (float value, float *pixel)
{
  pixel[0] = pixel[1] = pixel[2] = value;
}

void
gbp_explain_by_edges (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  g_autofree float *edges = g_new (float, GBP_HONEST_PIXELS);

  gbp_sobel_edges (question->rgb, question->stride, SIZE, SIZE, edges);
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread (edges[i], gradient + 3 * i);
}

void
gbp_explain_by_chance (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  guint32 state = seed_by_picture (question);

  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread ((float) gbp_honest_random (&state), gradient + 3 * i);
}
