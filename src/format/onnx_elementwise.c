/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Operators on each number for itself: they stay pending until it shows what they make together. */
#include <math.h>
#include <string.h>

#include "format/onnx_axes.h"

/* More functions in a row than any activation is written in: then what is there is settled. */
#define MAX_DEPTH 16

GbpOnnxValue *
gbp_onnx_get_base (GbpOnnxValue *value)
{
  return value->base != NULL ? value->base : value;
}

gboolean
gbp_onnx_is_number (const GbpOnnxValue *value)
{
  return value->state == GBP_ONNX_CONSTANT && gbp_onnx_count (&value->constant) == 1;
}

/* The map that operands are functions of, where numbers are the others; NULL: there are several, or other constants. A
 * number has no axes that would add any to the map's. */
static GbpOnnxValue *
find_only_base (GbpOnnxValue *const *operands)
{
  GbpOnnxValue *base = NULL;
  guint n_axes = 0;

  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && operands[k] != NULL; k++) {
    GbpOnnxValue *own = gbp_onnx_get_base (operands[k]);

    if (operands[k]->state == GBP_ONNX_CONSTANT && !gbp_onnx_is_number (operands[k]))
      return NULL;
    if (operands[k]->state == GBP_ONNX_CONSTANT) {
      n_axes = MAX (n_axes, operands[k]->constant.rank);
      continue;
    }
    if (base != NULL && own != base)
      return NULL;
    base = own;
  }
  return base != NULL && n_axes <= base->rank ? base : NULL;
}

GbpOnnxSamples
gbp_onnx_get_samples (const GbpOnnxValue *value)
{
  GbpOnnxSamples samples = value->samples;

  for (guint i = 0; i < GBP_ONNX_N_SAMPLES && gbp_onnx_is_number (value); i++)
    samples.values[i] = value->constant.values->values[0];
  return samples;
}

/* What the node makes of them. */
static void
compute_samples (
    const GbpOnnxMeaning *meaning, GbpOnnxValue *const *operands, GbpOnnxSamples *samples)
{
  GbpOnnxSamples of_operands[GBP_ONNX_MOST_OPERANDS];

  for (guint k = 0; k < meaning->n_operands; k++)
    of_operands[k] = gbp_onnx_get_samples (operands[k]);
  gbp_onnx_apply_to_samples (meaning, of_operands, samples);
}

/* A function of one map, for now without an operation. */
static GbpOnnxValue *
make_pending (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *base, GbpOnnxValue *const *operands)
{
  GbpOnnxValue *value = gbp_onnx_value_new (onnx, GBP_ONNX_PENDING);

  value->base = base;
  value->node = node;
  for (guint k = 0; k < meaning->n_operands; k++) {
    value->operands[k] = operands[k];
    value->depth = MAX (value->depth, 1 + operands[k]->depth);
  }
  compute_samples (meaning, operands, &value->samples);
  return value;
}

gboolean
gbp_onnx_become_map (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxValue *like, int made)
{
  if (made < 0)
    return FALSE;
  gbp_builder_name (onnx->builder, made, value->node->name, value->node->name);
  value->state = GBP_ONNX_MAP;
  value->value = made;
  value->rank = like->rank;
  memcpy (value->roles, like->roles, sizeof value->roles);
  value->flattened = like->flattened;
  value->groups = like->groups;
  value->base = NULL;
  value->depth = 0;
  g_clear_pointer (&value->probes, g_free);
  gbp_onnx_samples_begin (&value->samples);
  return TRUE;
}

/* Makes one operation of all that is pending on a map. @is_made: (out): there is such an operation */
static gboolean
settle_whole (GbpOnnx *onnx, GbpOnnxValue *value, gboolean *is_made, GError **error)
{
  const GbpOnnxValue *base = value->base;
  GbpActivation activation;
  double factor, shift;

  *is_made = TRUE;
  if (gbp_onnx_samples_are_affine (&value->samples, &factor, &shift))
    return gbp_onnx_become_map (onnx, value, base,
        gbp_builder_add_affine (onnx->builder, base->value, factor, shift, error));
  if (gbp_onnx_samples_identify (&value->samples, &activation))
    return gbp_onnx_become_map (onnx, value, base,
        gbp_builder_add_activation (onnx->builder, base->value, &activation, error));
  *is_made = FALSE;
  return TRUE;
}

/* Makes an operation of a function of each number, if there is one. */
static gboolean
settle_function (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxMeaning *meaning, GError **error)
{
  int made = gbp_onnx_add_function (onnx, meaning, value->operands[0], value->operands[1], error);

  if (made != GBP_ONNX_NONE)
    return gbp_onnx_become_map (onnx, value, value->base, made);
  return gbp_builder_refuse (error,
             "%s by node %s is not supported, but as a part of ReLU, ReLU6, leaky ReLU, ELU, SELU, SiLU, GELU, hard-swish, Mish, softplus, softsign, sigmoid, log-sigmoid, hard-sigmoid or tanh",
             value->node->kind, value->node->name)
         >= 0;
}

/* Whether a function takes one map, and a number at most. */
static gboolean
is_of_one_map (const GbpOnnxMeaning *meaning, GbpOnnxValue *const *operands)
{
  return meaning->n_operands == 1
         || (meaning->n_operands == 2
             && (gbp_onnx_is_number (operands[0]) || gbp_onnx_is_number (operands[1])));
}

gboolean
gbp_onnx_settle_last (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  GbpOnnxMeaning meaning = {0};
  GbpOnnxValue *base, *combined;
  gboolean is_made = FALSE;

  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && value->operands[k] != NULL; k++)
    if (!gbp_onnx_settle (onnx, value->operands[k], error))
      return FALSE;
  if (!gbp_onnx_read_meaning (onnx, value->node, &meaning, error))
    return FALSE;
  base = find_only_base (value->operands);
  if (base != NULL) {
    value->base = base;
    compute_samples (&meaning, value->operands, &value->samples);
    if (!settle_whole (onnx, value, &is_made, error) || is_made)
      return is_made;
    if (is_of_one_map (&meaning, value->operands))
      return settle_function (onnx, value, &meaning, error);
  }
  combined = gbp_onnx_combine_maps (onnx, &meaning, value->operands, error);
  return combined != NULL && gbp_onnx_become_map (onnx, value, combined, combined->value);
}

/* What is behind a value in the middle makes one operation, where there is such a value. Comes to itself, as
 * gbp_onnx_settle_last() does, for at most MAX_DEPTH functions that are pending in a row. */
static gboolean
settle_parts (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  GbpOnnxValue *middle;
  GbpOnnxSamples samples;
  gboolean is_made;

  if (!gbp_onnx_find_middle (onnx, value, &middle, &samples, error))
    return FALSE;
  if (middle == NULL)
    return gbp_onnx_settle_last (onnx, value, error);
  if (!gbp_onnx_settle (onnx, middle, error))
    return FALSE;
  value->base = middle;
  value->samples = samples;
  return settle_whole (onnx, value, &is_made, error);
}

gboolean
gbp_onnx_settle (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  gboolean is_made;

  if (value->state == GBP_ONNX_MOMENT)
    return gbp_onnx_settle_moment (onnx, value, error);
  if (value->state != GBP_ONNX_PENDING)
    return TRUE;
  if (!settle_whole (onnx, value, &is_made, error))
    return FALSE;
  return is_made || settle_parts (onnx, value, error);
}

/* Whether the channels are in one axis, or of all maps in the same axes. */
static gboolean
fit_groups (GbpOnnxValue *const *operands, guint n)
{
  const GbpOnnxValue *grouped = NULL;

  for (guint k = 0; k < n; k++) {
    const GbpOnnxValue *base = gbp_onnx_get_base (operands[k]);

    grouped = base->groups != 0 ? base : grouped;
  }
  for (guint k = 0; k < n && grouped != NULL; k++) {
    const GbpOnnxValue *base = gbp_onnx_get_base (operands[k]);

    if (operands[k]->state == GBP_ONNX_CONSTANT
            ? !gbp_onnx_is_number (operands[k])
            : base->groups != grouped->groups || !gbp_onnx_have_same_axes (base, grouped))
      return FALSE;
  }
  return TRUE;
}

/* Whether a constant has one number in all places, and no more of them than a map. */
static gboolean
is_filled (const GbpOnnx *onnx, const GbpOnnxValue *value, GbpOnnxValue *map)
{
  const GbpOnnxConstant *constant = &value->constant;
  const GbpOnnxValue *base = gbp_onnx_get_base (map);

  if (value->state != GBP_ONNX_CONSTANT || map->state == GBP_ONNX_CONSTANT
      || constant->rank > base->rank || gbp_onnx_count (constant) < 2)
    return FALSE;
  for (guint i = 0; i < constant->rank; i++)
    if (constant->shape[i] != 1
        && constant->shape[i] != gbp_onnx_get_size (onnx, base, base->rank - constant->rank + i))
      return FALSE;
  for (guint64 i = 1; i < gbp_onnx_count (constant); i++)
    if (constant->values->values[i] != constant->values->values[0])
      return FALSE;
  return TRUE;
}

/* Puts a number in place of a constant that is filled with it, as zeros_like() makes them. FALSE with @error set */
static gboolean
take_fillers (GbpOnnx *onnx, GbpOnnxValue **operands, guint n, GError **error)
{
  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < n; i++) {
      float *number;

      if (!is_filled (onnx, operands[k], operands[i]))
        continue;
      number = gbp_builder_allocate (onnx->builder, 1, error);
      if (number == NULL)
        return FALSE;
      *number = operands[k]->constant.values->values[0];
      operands[k] = gbp_onnx_constant_new (onnx, 0, NULL, number);
    }
  return TRUE;
}

/* @operands: (out): what the node takes. FALSE with @error set */
static gboolean
read_operands (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxMeaning *meaning,
    GbpOnnxValue **operands, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean is_complete = gbp_onnx_read_meaning (onnx, node, meaning, &cause)
                         && (meaning->n_operands == 1 || node->n_inputs == meaning->n_operands);

  for (guint k = 0; is_complete && k < meaning->n_operands; k++) {
    operands[k] = gbp_onnx_get_input (onnx, node, k, &cause);
    is_complete = operands[k] != NULL;
  }
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (!is_complete)
    return gbp_builder_refuse (error, "it is expected to have %u inputs", meaning->n_operands) >= 0;
  if (!fit_groups (operands, meaning->n_operands))
    return gbp_builder_refuse (error,
               "its inputs are expected to have their channels in one axis, or in equal groups")
           >= 0;
  return take_fillers (onnx, operands, meaning->n_operands, error);
}

static gboolean
are_constants (GbpOnnxValue *const *operands)
{
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && operands[k] != NULL; k++)
    if (operands[k]->state != GBP_ONNX_CONSTANT)
      return FALSE;
  return TRUE;
}

/* Settles what is pending, of each that has more in a row than @most. FALSE with @error set */
static gboolean
settle_operands (GbpOnnx *onnx, GbpOnnxValue *const *operands, guint most, GError **error)
{
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && operands[k] != NULL; k++)
    if (operands[k]->depth > most && !gbp_onnx_settle (onnx, operands[k], error))
      return FALSE;
  return TRUE;
}

GbpOnnxValue *
gbp_onnx_elementwise (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *operands[GBP_ONNX_MOST_OPERANDS] = {NULL}, *combined = NULL, *base;
  GbpOnnxMeaning meaning = {0};

  if (!read_operands (onnx, node, &meaning, operands, error))
    return NULL;
  if (are_constants (operands))
    return gbp_onnx_compute_constant (onnx, &meaning, operands, error);
  if (!gbp_onnx_combine_moments (onnx, node, &meaning, operands, &combined, error)
      || combined != NULL)
    return combined;
  if (!settle_operands (onnx, operands, MAX_DEPTH - 1, error))
    return NULL;
  base = find_only_base (operands);
  if (base != NULL)
    return make_pending (onnx, node, &meaning, base, operands);
  return settle_operands (onnx, operands, 0, error)
             ? gbp_onnx_combine_maps (onnx, &meaning, operands, error)
             : NULL;
}
