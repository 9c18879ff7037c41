/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/method.h"

const GbpMethodEntry *
gbp_method_get (GbpMethod method)
{
  static const GbpMethodEntry entries[] = {
      [GBP_METHOD_GUIDED] = {"guided", "Guided backpropagation", GBP_RULE_GUIDED},
      [GBP_METHOD_GRADIENT] = {"gradient", "The plain gradient", GBP_RULE_GRADIENT},
      [GBP_METHOD_DECONVNET] = {"deconvnet", "The deconvolutional network", GBP_RULE_DECONVNET},
  };

  return &entries[method];
}
