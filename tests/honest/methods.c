/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "methods.h"

#include <math.h>

#include "metrics.h"

static const GbpHonestMethod methods[] = {
    {"guided", GBP_SOURCE_NETWORK, GBP_METHOD_GUIDED, TRUE, TRUE, 0},
    {"gradient", GBP_SOURCE_NETWORK, GBP_METHOD_GRADIENT, TRUE, TRUE, 0},
    {"deconvnet", GBP_SOURCE_NETWORK, GBP_METHOD_DECONVNET, TRUE, TRUE, 0},
    {"edges", GBP_SOURCE_EDGES, 0, FALSE, FALSE, 0},
    {"chance", GBP_SOURCE_CHANCE, 0, FALSE, FALSE, 0},
};

const GbpHonestMethod *
gbp_honest_get_methods (guint *n_methods)
{
  *n_methods = G_N_ELEMENTS (methods);
  return methods;
}

gboolean
gbp_fault_parse (const char *name, GbpFault *fault)
{
  static const char *const names[] = {[GBP_FAULT_NONE] = "none",
      [GBP_FAULT_EDGES] = "edges",
      [GBP_FAULT_SIGN] = "sign",
      [GBP_FAULT_CLASS] = "class"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name)) {
      *fault = (GbpFault) i;
      return TRUE;
    }
  return FALSE;
}

void
gbp_explainer_init (GbpExplainer *explainer, GbpNetwork *network, GbpFault fault)
{
  explainer->explanation = gbp_explanation_new (network, 0);
  if (explainer->explanation == NULL)
    g_error ("not enough memory for an explanation");
  explainer->class_layer = gbp_network_get_class_layer (network);
  explainer->fault = fault;
}

void
gbp_explainer_clear (GbpExplainer *explainer)
{
  g_clear_pointer (&explainer->explanation, gbp_explanation_free);
}

guint32
gbp_honest_random (guint32 *state)
{
  *state = *state * 1664525 + 1013904223; /* Knuth; the upper bits are the better ones */
  return *state >> 8;
}

/* All three channels alike. */
static void
spread (float value, float *pixel)
{
  pixel[0] = pixel[1] = pixel[2] = value;
}

static void
explain_by_edges (const GbpScene *scene, float *gradient)
{
  g_autofree float *edges = g_new (float, GBP_HONEST_PIXELS);

  gbp_sobel_edges (scene->rgb, scene->stride, GBP_SCENE_SIZE, GBP_SCENE_SIZE, edges);
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread (edges[i], gradient + 3 * i);
}

/* A picture's noise is its own. */
static void
explain_by_chance (const GbpScene *scene, float *gradient)
{
  guint32 state = 1;

  for (guint i = 0; i < 3 * GBP_SCENE_SIZE; i++)
    state = state * 31 + scene->rgb[i];
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread ((float) gbp_honest_random (&state), gradient + 3 * i);
}

static void
explain_by_network (GbpExplainer *explainer, const GbpHonestMethod *method, const GbpScene *scene,
    const char *layer, int channel, float *gradient)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;

  target.layer = layer != NULL ? layer : explainer->class_layer;
  target.method = method->method;
  target.channel = explainer->fault == GBP_FAULT_CLASS && layer == NULL ? 0 : channel;
  if (!gbp_explanation_set_target (explainer->explanation, &target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (explainer->explanation, scene->rgb, scene->stride, gradient, NULL);
  for (guint i = 0; explainer->fault == GBP_FAULT_SIGN && i < 3 * GBP_HONEST_PIXELS; i++)
    gradient[i] = -gradient[i];
}

void
gbp_explainer_explain (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpScene *scene, const char *layer, int channel, float *gradient)
{
  if (method->source == GBP_SOURCE_EDGES || explainer->fault == GBP_FAULT_EDGES)
    explain_by_edges (scene, gradient);
  else if (method->source == GBP_SOURCE_CHANCE)
    explain_by_chance (scene, gradient);
  else
    explain_by_network (explainer, method, scene, layer, channel, gradient);
}

void
gbp_honest_reduce (const float *gradient, float *map)
{
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++) {
    const float *pixel = gradient + 3 * i;

    map[i] = fmaxf (fabsf (pixel[0]), fmaxf (fabsf (pixel[1]), fabsf (pixel[2])));
  }
}
