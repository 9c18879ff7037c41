/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/operation.h"

#include <string.h>

void
gbp_operation_clear (GbpOperation *operation)
{
  g_free (operation->name);
  g_free (operation->inputs);
  for (guint i = 0; i < G_N_ELEMENTS (operation->tensors); i++)
    g_clear_pointer (&operation->tensors[i], gbp_tensor_unref);
  memset (operation, 0, sizeof *operation);
}

const char *
gbp_function_get_name (GbpFunction function)
{
  static const char *const names[GBP_N_FUNCTIONS] = {
      [GBP_FUNCTION_RELU] = "ReLU",
      [GBP_FUNCTION_LEAKY_RELU] = "leaky ReLU",
      [GBP_FUNCTION_THRESHOLD_RELU] = "ReLU with a threshold",
      [GBP_FUNCTION_ELU] = "ELU",
      [GBP_FUNCTION_SELU] = "SELU",
      [GBP_FUNCTION_SILU] = "SiLU",
      [GBP_FUNCTION_GELU] = "GELU",
      [GBP_FUNCTION_GELU_TANH] = "GELU by tanh",
      [GBP_FUNCTION_HARD_SWISH] = "hard-swish",
      [GBP_FUNCTION_MISH] = "Mish",
      [GBP_FUNCTION_SOFTPLUS] = "softplus",
      [GBP_FUNCTION_SIGMOID] = "sigmoid",
      [GBP_FUNCTION_HARD_SIGMOID] = "hard-sigmoid",
      [GBP_FUNCTION_TANH] = "tanh",
      [GBP_FUNCTION_LOG_SIGMOID] = "log-sigmoid",
      [GBP_FUNCTION_SOFTSIGN] = "softsign",
      [GBP_FUNCTION_EXPONENTIAL] = "exponential",
      [GBP_FUNCTION_POWER] = "power",
      [GBP_FUNCTION_CLAMP] = "clamp",
      [GBP_FUNCTION_STEP] = "step",
  };

  return names[function];
}

gboolean
gbp_function_is_rectifier (GbpFunction function)
{
  return function <= GBP_FUNCTION_SOFTPLUS;
}
