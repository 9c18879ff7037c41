/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/graph.h"

const char *
gbp_kind_get_name (GbpKind kind)
{
  static const char *const names[GBP_N_KINDS] = {
      [GBP_KIND_CONVOLUTION] = "convolution",
      [GBP_KIND_DENSE] = "dense",
      [GBP_KIND_SCALE] = "scale",
      [GBP_KIND_ACTIVATION] = "activation",
      [GBP_KIND_SOFTMAX] = "softmax",
      [GBP_KIND_POOL_MAX] = "max pooling",
      [GBP_KIND_POOL_AVERAGE] = "average pooling",
      [GBP_KIND_POOL_AVERAGE_PADDED] = "average pooling with its padding",
      [GBP_KIND_GLOBAL_AVERAGE] = "global average pooling",
      [GBP_KIND_GLOBAL_MAX] = "global max pooling",
      [GBP_KIND_ADD] = "addition",
      [GBP_KIND_MULTIPLY] = "multiplication",
      [GBP_KIND_CONCATENATE] = "concatenation",
      [GBP_KIND_SELECT] = "selection of channels",
      [GBP_KIND_PAD] = "padding",
      [GBP_KIND_CROP] = "cropping",
      [GBP_KIND_FLATTEN] = "flatten",
      [GBP_KIND_IDENTITY] = "identity",
  };

  return names[kind];
}

const char *
gbp_function_get_name (GbpFunction function)
{
  static const char *const names[GBP_N_FUNCTIONS] = {
      [GBP_FUNCTION_RELU] = "ReLU",
      [GBP_FUNCTION_LEAKY_RELU] = "leaky ReLU",
      [GBP_FUNCTION_ELU] = "ELU",
      [GBP_FUNCTION_SELU] = "SELU",
      [GBP_FUNCTION_SILU] = "SiLU",
      [GBP_FUNCTION_GELU] = "GELU",
      [GBP_FUNCTION_GELU_TANH] = "GELU by tanh",
      [GBP_FUNCTION_HARD_SWISH] = "hard-swish",
      [GBP_FUNCTION_MISH] = "Mish",
      [GBP_FUNCTION_SIGMOID] = "sigmoid",
      [GBP_FUNCTION_HARD_SIGMOID] = "hard-sigmoid",
      [GBP_FUNCTION_TANH] = "tanh",
  };

  return names[function];
}

gboolean
gbp_function_is_rectifier (GbpFunction function)
{
  return function <= GBP_FUNCTION_MISH;
}
