/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which of ONNX's operators are supported. */
#include <string.h>

#include "format/onnx_values.h"

static const struct {
  const char *kind;
  GbpOnnxOperator build;
} rows[] = {
    {"Conv", gbp_onnx_convolution},
    {"Gemm", gbp_onnx_gemm},
    {"MatMul", gbp_onnx_matrix_product},
    {"BatchNormalization", gbp_onnx_batch_normalization},
    {"Relu", gbp_onnx_elementwise},
    {"LeakyRelu", gbp_onnx_elementwise},
    {"PRelu", gbp_onnx_prelu},
    {"Elu", gbp_onnx_elementwise},
    {"Selu", gbp_onnx_elementwise},
    {"Sigmoid", gbp_onnx_elementwise},
    {"HardSigmoid", gbp_onnx_elementwise},
    {"HardSwish", gbp_onnx_elementwise},
    {"Gelu", gbp_onnx_elementwise},
    {"Mish", gbp_onnx_elementwise},
    {"Swish", gbp_onnx_elementwise},
    {"Tanh", gbp_onnx_elementwise},
    {"Softplus", gbp_onnx_elementwise},
    {"Erf", gbp_onnx_elementwise},
    {"Exp", gbp_onnx_elementwise},
    {"Log", gbp_onnx_elementwise},
    {"Sqrt", gbp_onnx_elementwise},
    {"Neg", gbp_onnx_elementwise},
    {"Reciprocal", gbp_onnx_elementwise},
    {"Clip", gbp_onnx_elementwise},
    {"Add", gbp_onnx_elementwise},
    {"Sub", gbp_onnx_elementwise},
    {"Mul", gbp_onnx_elementwise},
    {"Div", gbp_onnx_elementwise},
    {"Pow", gbp_onnx_elementwise},
    {"Min", gbp_onnx_elementwise},
    {"Max", gbp_onnx_elementwise},
    {"Sum", gbp_onnx_sum},
    {"Softmax", gbp_onnx_softmax},
    {"MaxPool", gbp_onnx_pool},
    {"AveragePool", gbp_onnx_pool},
    {"GlobalAveragePool", gbp_onnx_global_pool},
    {"GlobalMaxPool", gbp_onnx_global_pool},
    {"ReduceMean", gbp_onnx_reduce},
    {"ReduceMax", gbp_onnx_reduce},
    {"Pad", gbp_onnx_pad},
    {"Concat", gbp_onnx_concatenate},
    {"Flatten", gbp_onnx_flatten},
    {"Reshape", gbp_onnx_reshape},
    {"Transpose", gbp_onnx_transpose},
    {"Squeeze", gbp_onnx_squeeze},
    {"Unsqueeze", gbp_onnx_unsqueeze},
    {"Identity", gbp_onnx_identity},
    {"Cast", gbp_onnx_cast},
    {"CastLike", gbp_onnx_cast_like},
    {"Expand", gbp_onnx_expand},
    {"Dropout", gbp_onnx_dropout},
    {"Constant", gbp_onnx_make_constant},
    {"ConstantOfShape", gbp_onnx_fill},
    {"Shape", gbp_onnx_shape},
    {"Gather", gbp_onnx_gather},
    {"Slice", gbp_onnx_slice},
    {"Split", gbp_onnx_split},
};

GbpOnnxOperator
gbp_onnx_find_operator (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].kind, kind) == 0)
      return rows[i].build;
  return NULL;
}

char *
gbp_onnx_list_operators (void)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", rows[i].kind);
  return g_string_free (names, FALSE);
}
