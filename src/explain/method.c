/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/method.h"

/* A row of the table, as the entry that it begins with. Its place is its number. */
#define METHOD(...) &((const GbpMethodEntry){__VA_ARGS__}).entry

static const GbpEntry *const methods[] = {
    METHOD ({GBP_METHOD_GUIDED, "guided", "Guided backpropagation",
                "Guided backpropagation: where input and incoming gradient are positive"},
        GBP_RULE_GUIDED, .has_gradient = TRUE),
    METHOD ({GBP_METHOD_GRADIENT, "gradient", "Gradient",
                "The plain gradient: where the input is positive"},
        GBP_RULE_GRADIENT, .has_gradient = TRUE),
    METHOD ({GBP_METHOD_DECONVNET, "deconvnet", "Deconvolutional network",
                "The deconvolutional network: where the incoming gradient is positive"},
        GBP_RULE_DECONVNET, .has_gradient = TRUE),
    METHOD ({GBP_METHOD_GRAD_CAM, "grad-cam", "Grad-CAM",
                "Grad-CAM: the layer's maps, weighted by the gradient of a class"},
        GBP_RULE_GRADIENT, .has_cam = TRUE),
    METHOD ({GBP_METHOD_GUIDED_GRAD_CAM, "guided-grad-cam", "Guided Grad-CAM",
                "Guided Grad-CAM: Grad-CAM times the guided gradient of the class"},
        GBP_RULE_GUIDED, .has_gradient = TRUE, .has_cam = TRUE),
    METHOD ({GBP_METHOD_INPUT_TIMES_GRADIENT, "input-times-gradient", "Input × gradient",
                "The plain gradient times the network's input"},
        GBP_RULE_GRADIENT, .has_gradient = TRUE, .times_input = TRUE),
    METHOD ({GBP_METHOD_INTEGRATED_GRADIENTS, "integrated-gradients", "Integrated gradients",
                "The plain gradient's mean on the way from a baseline, times the way"},
        GBP_RULE_GRADIENT, .has_gradient = TRUE, .is_integrated = TRUE),
    NULL,
};

const GbpEntry *const *
gbp_list_methods (void)
{
  return methods;
}

gboolean
gbp_method_is_valid (GbpMethod method)
{
  return (guint) method < G_N_ELEMENTS (methods) - 1;
}

const GbpMethodEntry *
gbp_method_get (GbpMethod method)
{
  return (const GbpMethodEntry *) methods[method];
}
