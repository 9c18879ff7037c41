/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/method.h"

static const GbpMethodEntry entries[] = {
    [GBP_METHOD_GUIDED] = {"guided", "Guided backpropagation", GBP_RULE_GUIDED, TRUE, FALSE},
    [GBP_METHOD_GRADIENT] = {"gradient", "The plain gradient", GBP_RULE_GRADIENT, TRUE, FALSE},
    [GBP_METHOD_DECONVNET] = {"deconvnet", "The deconvolutional network", GBP_RULE_DECONVNET, TRUE,
        FALSE},
    [GBP_METHOD_GRAD_CAM] = {"grad-cam", "The class activation map by gradients", GBP_RULE_GRADIENT,
        FALSE, TRUE},
    [GBP_METHOD_GUIDED_GRAD_CAM] = {"guided-grad-cam", "Grad-CAM times the guided gradient",
        GBP_RULE_GUIDED, TRUE, TRUE},
};

gboolean
gbp_method_is_valid (GbpMethod method)
{
  return (guint) method < G_N_ELEMENTS (entries);
}

const GbpMethodEntry *
gbp_method_get (GbpMethod method)
{
  return &entries[method];
}
