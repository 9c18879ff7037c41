/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "methods.h"

#include <math.h>

#define BY_LIBRARY .explain = gbp_explain_by_library, .has_network = TRUE

static const GbpHonestMethod methods[] = {
    {"guided", BY_LIBRARY, .method = GBP_METHOD_GUIDED, .is_rule = TRUE, .has_sign = TRUE},
    {"gradient", BY_LIBRARY, .method = GBP_METHOD_GRADIENT, .is_rule = TRUE, .has_sign = TRUE},
    {"deconvnet", BY_LIBRARY, .method = GBP_METHOD_DECONVNET, .is_rule = TRUE, .has_sign = TRUE},
    {"grad-cam", BY_LIBRARY, .method = GBP_METHOD_GRAD_CAM},
    {"guided-grad-cam", BY_LIBRARY, .method = GBP_METHOD_GUIDED_GRAD_CAM, .has_sign = TRUE},
    {"input-times-gradient", BY_LIBRARY, .method = GBP_METHOD_INPUT_TIMES_GRADIENT},
    {"smoothgrad", BY_LIBRARY, .method = GBP_METHOD_GRADIENT, .has_sign = TRUE, .n_samples = 16,
        .noise = 0.05, .n_most = 6},
    {"integrated-gradients", BY_LIBRARY, .method = GBP_METHOD_INTEGRATED_GRADIENTS, .n_most = 6},
    {"edges", .explain = gbp_explain_by_edges},
    {"chance", .explain = gbp_explain_by_chance},
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
  explainer->fault = fault;
}

void
gbp_explainer_clear (GbpExplainer *explainer)
{
  g_clear_pointer (&explainer->explanation, gbp_explanation_free);
}

void
gbp_explainer_explain (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  GbpQuestion asked = *question;

  if (explainer->fault == GBP_FAULT_CLASS && asked.layer == NULL)
    asked.channel = 0;
  if (explainer->fault == GBP_FAULT_EDGES)
    gbp_explain_by_edges (explainer, method, &asked, gradient);
  else
    method->explain (explainer, method, &asked, gradient);
  for (guint i = 0; explainer->fault == GBP_FAULT_SIGN && i < 3 * GBP_HONEST_PIXELS; i++)
    gradient[i] = -gradient[i];
}

void
gbp_honest_reduce (const float *gradient, float *map)
{
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++) {
    const float *pixel = gradient + 3 * i;

    map[i] = fmaxf (fabsf (pixel[0]), fmaxf (fabsf (pixel[1]), fabsf (pixel[2])));
  }
}

guint32
gbp_honest_random (guint32 *state)
{
  *state = *state * 1664525 + 1013904223; /* Knuth; the upper bits are the better ones */
  return *state >> 8;
}
