/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Operators on each number for itself: they stay pending until it shows what they make together. */
#include <math.h>
#include <string.h>

#include "format/onnx_values.h"

/* More functions in a row than any activation is written in: then what is there is settled. */
#define MAX_DEPTH 16

GbpOnnxValue *
gbp_onnx_get_base (GbpOnnxValue *value)
{
  return value->base != NULL ? value->base : value;
}

static gboolean
is_number (const GbpOnnxValue *value)
{
  return value->state == GBP_ONNX_CONSTANT && gbp_onnx_count (&value->constant) == 1;
}

/* A number has no axes that would add any to a map's. */
static gboolean
is_number_beside (const GbpOnnxValue *value, const GbpOnnxValue *map)
{
  return is_number (value)
         && value->constant.rank <= gbp_onnx_get_base ((GbpOnnxValue *) map)->rank;
}

/* What the node makes of samples; a number is @y's where there is no map. */
static void
compute_samples (const GbpOnnxMeaning *meaning, const GbpOnnxValue *x, const GbpOnnxValue *y,
    GbpOnnxSamples *samples)
{
  for (guint i = 0; i < GBP_ONNX_N_SAMPLES; i++) {
    double first = is_number (x) ? x->constant.values->values[0] : x->samples.values[i];
    double second = 0;

    if (y != NULL)
      second = is_number (y) ? y->constant.values->values[0] : y->samples.values[i];
    samples->values[i] = gbp_onnx_apply_meaning (meaning, first, second);
  }
}

/* A function of one map, for now without an operation. */
static GbpOnnxValue *
make_pending (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *x, GbpOnnxValue *y)
{
  GbpOnnxValue *value = gbp_onnx_value_new (onnx, GBP_ONNX_PENDING);

  value->base = gbp_onnx_get_base (is_number (x) ? y : x);
  value->node = node;
  value->operands[0] = x;
  value->operands[1] = y;
  value->depth = 1 + MAX (x->depth, y != NULL ? y->depth : 0);
  compute_samples (meaning, x, y, &value->samples);
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

/* Whether the axes of two maps are as many and mean the same. */
static gboolean
have_same_axes (const GbpOnnxValue *x, const GbpOnnxValue *y)
{
  return x->rank == y->rank && memcmp (x->roles, y->roles, x->rank * sizeof *x->roles) == 0
         && memcmp (&x->flattened, &y->flattened, sizeof x->flattened) == 0;
}

/* Two maps, each with an operation of its own. */
static int
add_pair (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, const GbpOnnxValue *x,
    const GbpOnnxValue *y, GError **error)
{
  if (!have_same_axes (x, y))
    return gbp_builder_refuse (error, "its inputs are expected to have the same axes");
  return gbp_onnx_add_pair (onnx, meaning, x->value, y->value, error);
}

/* Makes an operation of a function of each number, if there is one. */
static gboolean
settle_function (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxMeaning *meaning, GError **error)
{
  int made = gbp_onnx_add_function (onnx, meaning, value->operands[0], value->operands[1], error);

  if (made != GBP_ONNX_NONE)
    return gbp_onnx_become_map (onnx, value, value->base, made);
  return gbp_builder_refuse (error,
             "%s by node %s is not supported, but as a part of ReLU, ReLU6, leaky ReLU, ELU, SELU, SiLU, GELU, hard-swish, Mish, softplus, softsign, sigmoid, hard-sigmoid or tanh",
             value->node->kind, value->node->name)
         >= 0;
}

/* Makes an operation of the last node alone: what is before it is settled. */
static gboolean
settle_last (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  GbpOnnxValue *x = value->operands[0], *y = value->operands[1];
  gboolean is_pair = y != NULL && !is_number (x) && !is_number (y), is_made;
  GbpOnnxMeaning meaning = {0};

  if ((!is_number (x) && !gbp_onnx_settle (onnx, x, error))
      || (y != NULL && !is_number (y) && !gbp_onnx_settle (onnx, y, error))
      || !gbp_onnx_read_meaning (onnx, value->node, &meaning, error))
    return FALSE;
  if (is_pair && x != y)
    return gbp_onnx_become_map (onnx, value, x, add_pair (onnx, &meaning, x, y, error));
  value->base = is_number (x) ? y : x;
  compute_samples (&meaning, x, y, &value->samples);
  if (!settle_whole (onnx, value, &is_made, error))
    return FALSE;
  if (!is_made && is_pair)
    return gbp_onnx_become_map (onnx, value, x, add_pair (onnx, &meaning, x, y, error));
  return is_made || settle_function (onnx, value, &meaning, error);
}

/* What is behind a value in the middle makes one operation, where there is such a value. Comes to itself, as the next one
 * does, for at most MAX_DEPTH functions that are pending in a row. */
static gboolean
settle_parts (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  GbpOnnxValue *middle;
  GbpOnnxSamples samples;
  gboolean is_made;

  if (!gbp_onnx_find_middle (onnx, value, &middle, &samples, error))
    return FALSE;
  if (middle == NULL)
    return settle_last (onnx, value, error);
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

/* A map and a constant for each channel. */
static GbpOnnxValue *
add_channel_constant (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, GbpOnnxValue *map,
    const GbpOnnxConstant *constant, gboolean is_first, GError **error)
{
  GbpOnnxBinary binary = meaning->binary;
  guint channels;
  g_autofree float *factor = NULL, *shift = NULL;
  GbpOperation operation;
  int value;

  if (!gbp_onnx_settle (onnx, map, error))
    return NULL;
  channels = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
  factor = gbp_builder_allocate (onnx->builder, channels, error);
  shift = factor != NULL ? gbp_builder_allocate (onnx->builder, channels, error) : NULL;
  if (shift == NULL)
    return NULL;
  if (binary > GBP_ONNX_DIVIDE || (binary == GBP_ONNX_DIVIDE && is_first)
      || constant->rank > map->rank || !gbp_onnx_spread_channels (onnx, map, constant, factor)) {
    gbp_builder_refuse (error, "constants are supported with one number, or one for each channel");
    return NULL;
  }
  for (guint c = 0; c < channels; c++) {
    double number = factor[c];
    gboolean is_sum = binary == GBP_ONNX_ADD || binary == GBP_ONNX_SUBTRACT;

    shift[c] = (float) (is_sum ? binary == GBP_ONNX_SUBTRACT && !is_first ? -number : number : 0);
    factor[c] = (float) (is_sum ? binary == GBP_ONNX_SUBTRACT && is_first ? -1 : 1
                         : binary == GBP_ONNX_DIVIDE ? 1 / number
                                                     : number);
  }
  operation = gbp_operation_on (GBP_KIND_SCALE, map->value);
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&factor), channels);
  operation.tensors[1] = gbp_tensor_new_take (g_steal_pointer (&shift), channels);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* Two values, not both constants. */
static GbpOnnxValue *
combine_values (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *x, GbpOnnxValue *y, GError **error)
{
  gboolean is_x_map = x->state != GBP_ONNX_CONSTANT, is_y_map = y->state != GBP_ONNX_CONSTANT;
  int value;

  if ((!is_x_map && is_number_beside (x, y)) || (!is_y_map && is_number_beside (y, x))
      || (is_x_map && is_y_map && gbp_onnx_get_base (x) == gbp_onnx_get_base (y)))
    return make_pending (onnx, node, meaning, x, y);
  if (!is_x_map)
    return add_channel_constant (onnx, meaning, y, &x->constant, TRUE, error);
  if (!is_y_map)
    return add_channel_constant (onnx, meaning, x, &y->constant, FALSE, error);
  if (!gbp_onnx_settle (onnx, x, error) || !gbp_onnx_settle (onnx, y, error))
    return NULL;
  value = add_pair (onnx, meaning, x, y, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, x);
}

GbpOnnxValue *
gbp_onnx_elementwise (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *x = gbp_onnx_get_input (onnx, node, 0, &cause), *y = NULL;
  GbpOnnxValue *combined = NULL;
  GbpOnnxMeaning meaning = {0};

  if (cause == NULL && gbp_onnx_read_meaning (onnx, node, &meaning, &cause)
      && meaning.n_operands == 2)
    y = gbp_onnx_get_input (onnx, node, 1, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (x == NULL || (meaning.n_operands == 2 && (y == NULL || node->n_inputs > 2))) {
    gbp_builder_refuse (error, "it is expected to have %u inputs", meaning.n_operands);
    return NULL;
  }
  if (x->state == GBP_ONNX_CONSTANT && y == NULL)
    return gbp_onnx_apply_to_constant (
        onnx, meaning.function, meaning.a, meaning.b, &x->constant, error);
  if (x->state == GBP_ONNX_CONSTANT && y->state == GBP_ONNX_CONSTANT)
    return gbp_onnx_combine_constants (onnx, meaning.binary, &x->constant, &y->constant, error);
  if (x->groups != 0 || (y != NULL && y->groups != 0)) {
    gbp_builder_refuse (error, "its inputs are expected to have their channels in one axis");
    return NULL;
  }
  if (!gbp_onnx_combine_moments (onnx, node, &meaning, x, y, &combined, error) || combined != NULL)
    return combined;
  if (x->depth >= MAX_DEPTH && !gbp_onnx_settle (onnx, x, error))
    return NULL;
  if (y != NULL && y->depth >= MAX_DEPTH && !gbp_onnx_settle (onnx, y, error))
    return NULL;
  return y == NULL ? make_pending (onnx, node, &meaning, x, NULL)
                   : combine_values (onnx, node, &meaning, x, y, error);
}

/* Of any number of maps. */
static GbpOnnxValue *
onnx_sum (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autofree int *inputs = g_new (int, node->n_inputs);
  GbpOnnxValue *first = NULL;
  GbpOperation operation;
  int value;

  for (guint i = 0; i < node->n_inputs; i++) {
    GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, i, error);

    if (map == NULL)
      return NULL;
    first = i == 0 ? map : first;
    inputs[i] = map->value;
    if (!have_same_axes (first, map)) {
      gbp_builder_refuse (error, "its inputs are expected to have the same axes");
      return NULL;
    }
  }
  if (node->n_inputs < 2)
    return gbp_onnx_identity (onnx, node, error);
  operation = gbp_operation_on_all (GBP_KIND_ADD, inputs, node->n_inputs);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, first);
}

const GbpOnnxRow gbp_onnx_elementwise_rows[] = {
    {"Sum", onnx_sum},
    {NULL, NULL},
};
