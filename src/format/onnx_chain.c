/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Chains of functions that are no activation from their beginning on, but from a value in their middle: a GELU that is
 * written out, of a ReLU. */
#include "format/onnx_values.h"

#define MOST_VALUES 24 /* of a chain that is looked through */

/* The values that are pending up to one, each behind those that it takes.
 * @samples, @is_known: what each is as a function of one of them, where it is that alone */
typedef struct {
  GbpOnnxValue *values[MOST_VALUES];
  GbpOnnxSamples samples[MOST_VALUES];
  gboolean is_known[MOST_VALUES];
  guint n;
} Chain;

/* Returns: −1: it is not there */
static int
find_value (const Chain *chain, const GbpOnnxValue *value)
{
  for (guint i = 0; i < chain->n; i++)
    if (chain->values[i] == value)
      return (int) i;
  return -1;
}

/* Returns: FALSE if there are too many */
static gboolean
collect (Chain *chain, GbpOnnxValue *value)
{
  if (value == NULL || value->state != GBP_ONNX_PENDING || find_value (chain, value) >= 0)
    return TRUE;
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS; k++)
    if (!collect (chain, value->operands[k]))
      return FALSE;
  if (chain->n == MOST_VALUES)
    return FALSE;
  chain->values[chain->n++] = value;
  return TRUE;
}

/* @samples: (out): what an operand is; FALSE if that is not known */
static gboolean
get_operand (const Chain *chain, const GbpOnnxValue *operand, GbpOnnxSamples *samples)
{
  int index = find_value (chain, operand);
  gboolean is_number = operand->state == GBP_ONNX_CONSTANT;

  if (!is_number && (index < 0 || !chain->is_known[index]))
    return FALSE;
  *samples = is_number ? gbp_onnx_get_samples (operand) : chain->samples[index];
  return TRUE;
}

/* @is_known: (out): whether the value is a function of the chain's middle; FALSE with @error set */
static gboolean
compute_value (GbpOnnx *onnx, const Chain *chain, const GbpOnnxValue *value,
    GbpOnnxSamples *samples, gboolean *is_known, GError **error)
{
  GbpOnnxSamples operands[GBP_ONNX_MOST_OPERANDS];
  GbpOnnxMeaning meaning;

  *is_known = TRUE;
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && value->operands[k] != NULL; k++)
    *is_known = *is_known && get_operand (chain, value->operands[k], &operands[k]);
  if (!*is_known)
    return TRUE;
  if (!gbp_onnx_read_meaning (onnx, value->node, &meaning, error))
    return FALSE;
  gbp_onnx_apply_to_samples (&meaning, operands, samples);
  return TRUE;
}

/* What the last value is as a function of the one at @middle. */
static gboolean
compute_from (GbpOnnx *onnx, Chain *chain, guint middle, GError **error)
{
  for (guint i = 0; i < chain->n; i++)
    chain->is_known[i] = i == middle;
  gbp_onnx_samples_begin (&chain->samples[middle]);
  for (guint i = middle + 1; i < chain->n; i++)
    if (!compute_value (
            onnx, chain, chain->values[i], &chain->samples[i], &chain->is_known[i], error))
      return FALSE;
  return TRUE;
}

/* Whether samples are those of one operation. */
static gboolean
is_operation (const GbpOnnxSamples *samples)
{
  GbpActivation activation;
  double factor, shift;

  return gbp_onnx_samples_are_affine (samples, &factor, &shift)
         || gbp_onnx_samples_identify (samples, &activation);
}

/* A value that is one operation of the base comes first: in a GELU times a number, that is the GELU, and not what it is
 * before it is halved. */
gboolean
gbp_onnx_find_middle (GbpOnnx *onnx, GbpOnnxValue *value, GbpOnnxValue **middle,
    GbpOnnxSamples *samples, GError **error)
{
  Chain chain = {.n = 0};

  *middle = NULL;
  if (!collect (&chain, value))
    return TRUE;
  for (guint i = 0; i + 1 < chain.n; i++) {
    gboolean is_whole = is_operation (&chain.values[i]->samples);

    if (*middle != NULL && !is_whole)
      continue;
    if (!compute_from (onnx, &chain, i, error))
      return FALSE;
    if (!chain.is_known[chain.n - 1] || !is_operation (&chain.samples[chain.n - 1]))
      continue;
    *middle = chain.values[i];
    *samples = chain.samples[chain.n - 1];
    if (is_whole)
      return TRUE;
  }
  return TRUE;
}
