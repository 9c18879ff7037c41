/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What ONNX's operators on each number do. */
#include <math.h>
#include <string.h>

#include "format/onnx_values.h"

/* @n_operands: see GbpOnnxMeaning
 * @a, @b: names of the attributes that are its parameters, and what they are without */
typedef struct {
  const char *kind;
  guint n_operands;
  GbpOnnxFunction function;
  GbpOnnxBinary binary;
  const char *a;
  double otherwise_a;
  const char *b;
  double otherwise_b;
} Row;

static const Row rows[] = {
    {"Relu", 1, GBP_ONNX_RELU, 0, NULL, 0, NULL, 0},
    {"LeakyRelu", 1, GBP_ONNX_LEAKY, 0, "alpha", 0.01, NULL, 0},
    {"Elu", 1, GBP_ONNX_ELU, 0, "alpha", 1, NULL, 0},
    {"Selu", 1, GBP_ONNX_SELU, 0, "alpha", 1.6732632423543772, "gamma", 1.0507009873554805},
    {"Sigmoid", 1, GBP_ONNX_SIGMOID, 0, NULL, 0, NULL, 0},
    {"HardSigmoid", 1, GBP_ONNX_HARD_SIGMOID, 0, "alpha", 0.2, "beta", 0.5},
    {"HardSwish", 1, GBP_ONNX_HARD_SWISH, 0, NULL, 0, NULL, 0},
    {"Tanh", 1, GBP_ONNX_TANH, 0, NULL, 0, NULL, 0},
    {"Softplus", 1, GBP_ONNX_SOFTPLUS, 0, NULL, 0, NULL, 0},
    {"Erf", 1, GBP_ONNX_ERF, 0, NULL, 0, NULL, 0},
    {"Exp", 1, GBP_ONNX_EXP, 0, NULL, 0, NULL, 0},
    {"Log", 1, GBP_ONNX_LOG, 0, NULL, 0, NULL, 0},
    {"Sqrt", 1, GBP_ONNX_SQRT, 0, NULL, 0, NULL, 0},
    {"Neg", 1, GBP_ONNX_NEGATIVE, 0, NULL, 0, NULL, 0},
    {"Abs", 1, GBP_ONNX_ABS, 0, NULL, 0, NULL, 0},
    {"Softsign", 1, GBP_ONNX_SOFTSIGN, 0, NULL, 0, NULL, 0},
    {"Reciprocal", 1, GBP_ONNX_RECIPROCAL, 0, NULL, 0, NULL, 0},
    {"Clip", 1, GBP_ONNX_CLIP, 0, "min", -INFINITY, "max", INFINITY},
    {"Gelu", 1, GBP_ONNX_GELU, 0, NULL, 0, NULL, 0},
    {"Mish", 1, GBP_ONNX_MISH, 0, NULL, 0, NULL, 0},
    {"Swish", 1, GBP_ONNX_SWISH, 0, NULL, 0, NULL, 0},
    {"LogSigmoid", 1, GBP_ONNX_LOG_SIGMOID, 0, NULL, 0, NULL, 0},
    {"ThresholdedRelu", 1, GBP_ONNX_THRESHOLD, 0, "alpha", 1, NULL, 0},
    {"Sign", 1, GBP_ONNX_SIGN, 0, NULL, 0, NULL, 0},
    {"Not", 1, GBP_ONNX_NOT, 0, NULL, 0, NULL, 0},
    {"Add", 2, 0, GBP_ONNX_ADD, NULL, 0, NULL, 0},
    {"Sub", 2, 0, GBP_ONNX_SUBTRACT, NULL, 0, NULL, 0},
    {"Mul", 2, 0, GBP_ONNX_MULTIPLY, NULL, 0, NULL, 0},
    {"Div", 2, 0, GBP_ONNX_DIVIDE, NULL, 0, NULL, 0},
    {"Pow", 2, 0, GBP_ONNX_POWER, NULL, 0, NULL, 0},
    {"Min", 2, 0, GBP_ONNX_MINIMUM, NULL, 0, NULL, 0},
    {"Max", 2, 0, GBP_ONNX_MAXIMUM, NULL, 0, NULL, 0},
    {"Greater", 2, 0, GBP_ONNX_GREATER, NULL, 0, NULL, 0},
    {"GreaterOrEqual", 2, 0, GBP_ONNX_GREATER_OR_EQUAL, NULL, 0, NULL, 0},
    {"Less", 2, 0, GBP_ONNX_LESS, NULL, 0, NULL, 0},
    {"LessOrEqual", 2, 0, GBP_ONNX_LESS_OR_EQUAL, NULL, 0, NULL, 0},
    {"Equal", 2, 0, GBP_ONNX_EQUAL, NULL, 0, NULL, 0},
    {"And", 2, 0, GBP_ONNX_AND, NULL, 0, NULL, 0},
    {"Or", 2, 0, GBP_ONNX_OR, NULL, 0, NULL, 0},
    {"Where", 3, 0, 0, NULL, 0, NULL, 0},
};

const char *
gbp_onnx_name_function (guint index)
{
  return index < G_N_ELEMENTS (rows) ? rows[index].kind : NULL;
}

/* A parameter that later versions take as an input, which is a constant of one number. */
static gboolean
read_bound (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, double *bound, GError **error)
{
  const GbpOnnxConstant *constant;

  if (index >= node->n_inputs || *node->inputs[index] == '\0')
    return TRUE;
  constant = gbp_onnx_need_constant (onnx, node, index, error);
  if (constant == NULL)
    return FALSE;
  if (gbp_onnx_count (constant) == 1)
    *bound = constant->values->values[0];
  return TRUE;
}

gboolean
gbp_onnx_read_meaning (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxMeaning *meaning, GError **error)
{
  const Row *row = NULL;
  GbpWire text;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].kind, node->kind) == 0)
      row = &rows[i];
  *meaning = (GbpOnnxMeaning){
      row->n_operands, row->function, row->binary, row->otherwise_a, row->otherwise_b};
  if (row->a != NULL)
    meaning->a = gbp_onnx_get_float (node, row->a, meaning->a);
  if (row->b != NULL)
    meaning->b = gbp_onnx_get_float (node, row->b, meaning->b);
  if (row->n_operands == 1 && row->function == GBP_ONNX_CLIP)
    return read_bound (onnx, node, 1, &meaning->a, error)
           && read_bound (onnx, node, 2, &meaning->b, error);
  if (row->n_operands == 1 && row->function == GBP_ONNX_GELU
      && gbp_onnx_get_text (node, "approximate", &text) && gbp_wire_is_text (text, "tanh"))
    meaning->function = GBP_ONNX_GELU_TANH;
  return TRUE;
}

double
gbp_onnx_apply_meaning (
    const GbpOnnxMeaning *meaning, const double operands[GBP_ONNX_MOST_OPERANDS])
{
  if (meaning->n_operands == 1)
    return gbp_onnx_apply (meaning->function, meaning->a, meaning->b, operands[0]);
  if (meaning->n_operands == 2)
    return gbp_onnx_combine (meaning->binary, operands[0], operands[1]);
  return operands[0] != 0 ? operands[1] : operands[2];
}

/* Whether an operator is another function where its operands are equal, or zero, which is not a point. */
static gboolean
changes_between (const GbpOnnxMeaning *meaning, const GbpOnnxSamples *operands)
{
  GbpOnnxSamples bound = {{0}, FALSE};

  if (meaning->n_operands == 2 && meaning->binary >= GBP_ONNX_AND)
    return !gbp_onnx_samples_are_truths (&operands[0])
           || !gbp_onnx_samples_are_truths (&operands[1]);
  if (meaning->n_operands == 2)
    return meaning->binary >= GBP_ONNX_GREATER
           && !gbp_onnx_samples_meet_at_points (&operands[0], &operands[1]);
  if (meaning->n_operands == 3 || meaning->function == GBP_ONNX_NOT)
    return !gbp_onnx_samples_are_truths (&operands[0]);
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++)
    bound.values[i] = meaning->function == GBP_ONNX_THRESHOLD ? meaning->a : 0;
  return (meaning->function == GBP_ONNX_SIGN || meaning->function == GBP_ONNX_THRESHOLD)
         && !gbp_onnx_samples_meet_at_points (&operands[0], &bound);
}

void
gbp_onnx_apply_to_samples (const GbpOnnxMeaning *meaning,
    const GbpOnnxSamples operands[GBP_ONNX_MOST_OPERANDS], GbpOnnxSamples *samples)
{
  samples->is_ambiguous = changes_between (meaning, operands);
  for (guint k = 0; k < meaning->n_operands; k++)
    samples->is_ambiguous = samples->is_ambiguous || operands[k].is_ambiguous;
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++) {
    double numbers[GBP_ONNX_MOST_OPERANDS] = {0};

    for (guint k = 0; k < meaning->n_operands; k++)
      numbers[k] = operands[k].values[i];
    samples->values[i] = gbp_onnx_apply_meaning (meaning, numbers);
  }
}
