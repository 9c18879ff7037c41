/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layer normalization, and RMS normalization, that a file spells out: the mean over the channels, the difference from
 * it, the mean of that squared, a root, a quotient, a factor and a shift for each channel, in one of many orders. What
 * such a chain does is found not by its form but by its values, as for activations: it is computed for some pixels,
 * which are not the picture's, and compared there with layer normalization. */
#include <math.h>
#include <string.h>

#include "format/compose.h"
#include "format/onnx_probes.h"

/* More nodes in a row than any normalization is written in. */
#define MAX_DEPTH 32

/* Off by no more than rounding, in double precision. */
#define SLACK 1e-8

/* @operands: [@n] */
static GbpOnnxValue *
new_moment (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *base,
    GbpOnnxValue *const *operands, guint n)
{
  GbpOnnxValue *moment = gbp_onnx_value_new (onnx, GBP_ONNX_MOMENT);

  moment->base = base;
  moment->node = node;
  for (guint k = 0; k < n && operands[k] != NULL; k++) {
    moment->operands[k] = operands[k];
    moment->depth = MAX (moment->depth, operands[k]->depth + 1);
  }
  return moment;
}

/* Ways to normalise a pixel's channels. @LAYER: by mean and deviation; @MEAN_SQUARE: by the root of the mean of the
 * squares,
 * @LENGTH: likewise, but what is added is added to their sum */
typedef enum {
  NORM_LAYER,
  NORM_MEAN_SQUARE,
  NORM_LENGTH,
  N_NORMS,
} Norm;

/* What a normalization makes of the pixels, without factor and shift.
 * @normal: (out): [GBP_ONNX_N_PROBES][channels] */
static void
normalize_pixels (const double *x, guint channels, Norm norm, double epsilon, double *normal)
{
  if (norm == NORM_LENGTH)
    epsilon /= channels;
  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++, x += channels, normal += channels) {
    double mean = 0, variance = 0;

    for (guint c = 0; c < channels && norm == NORM_LAYER; c++)
      mean += x[c] / channels;
    for (guint c = 0; c < channels; c++)
      variance += (x[c] - mean) * (x[c] - mean) / channels;
    for (guint c = 0; c < channels; c++)
      normal[c] = (x[c] - mean) / sqrt (variance + epsilon);
  }
}

/* The line through the values of one channel: y = factor · x + shift. FALSE: they are on none
 * @x, @y: @stride apart */
static gboolean
fit_line (const double *x, const double *y, guint stride, double *factor, double *shift)
{
  double mean_x = 0, mean_y = 0, product = 0, square = 0;

  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++) {
    mean_x += x[p * stride] / GBP_ONNX_N_PROBES;
    mean_y += y[p * stride] / GBP_ONNX_N_PROBES;
  }
  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++) {
    product += (x[p * stride] - mean_x) * (y[p * stride] - mean_y);
    square += (x[p * stride] - mean_x) * (x[p * stride] - mean_x);
  }
  *factor = product / square;
  *shift = mean_y - *factor * mean_x;
  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++) {
    double distance = fabs (*factor * x[p * stride] + *shift - y[p * stride]);

    if (!(distance <= SLACK * (fabs (*factor) + fabs (*shift)))) /* a NaN is none either */
      return FALSE;
  }
  return TRUE;
}

/* Whether @moment is a normalization of its base.
 * @affine: (out) (nullable): [2][channels]: factors and shifts
 * Returns: FALSE also with @error set */
static gboolean
is_norm (GbpOnnx *onnx, const GbpOnnxValue *moment, Norm norm, float *affine, GError **error)
{
  guint channels = gbp_onnx_count_channels (onnx, moment->base);
  g_autofree double *normal = gbp_onnx_new_probes (onnx, channels, error);
  gboolean is_it = normal != NULL && channels > 1;

  if (is_it)
    normalize_pixels (moment->base->probes, channels, norm,
        MAX (moment->epsilon, GBP_ONNX_LEAST_EPSILON), normal);
  for (guint c = 0; c < channels && is_it; c++) {
    double factor, shift;

    is_it = fit_line (normal + c, moment->probes + c, channels, &factor, &shift);
    if (is_it && affine != NULL) {
      affine[c] = (float) factor;
      affine[channels + c] = (float) shift;
    }
  }
  return is_it;
}

/* @norm: (out): which it is; @cause: (inout): an error */
static gboolean
identify_moment (
    GbpOnnx *onnx, const GbpOnnxValue *moment, Norm *norm, float *affine, GError **cause)
{
  for (*norm = NORM_LAYER; *norm < N_NORMS && *cause == NULL; (*norm)++)
    if (is_norm (onnx, moment, *norm, affine, cause))
      return TRUE;
  return FALSE;
}

static gboolean
is_moment (const GbpOnnxValue *value)
{
  return value != NULL && value->state == GBP_ONNX_MOMENT;
}

/* Whether a value is a finished normalization. */
static gboolean
is_finished (GbpOnnx *onnx, const GbpOnnxValue *value)
{
  g_autoptr (GError) cause = NULL;
  Norm norm;

  return is_moment (value) && identify_moment (onnx, value, &norm, NULL, &cause);
}

/* Adds a normalization, and factors and shifts for each channel: @affine: [2][channels]. -1 with @error set */
static int
add_norm (GbpOnnx *onnx, const GbpOnnxValue *moment, Norm norm, const float *affine, GError **error)
{
  double epsilon = MAX (moment->epsilon, GBP_ONNX_LEAST_EPSILON);
  gsize channels = gbp_onnx_count_channels (onnx, moment->base);
  int value = moment->base->value;
  GbpOperation operation;

  if (norm != NORM_LAYER)
    value = gbp_builder_add_response_norm (onnx->builder, value, 2 * (guint) channels - 1,
        norm == NORM_LENGTH ? epsilon / (double) channels : epsilon, 1.0 / (double) channels, 0.5,
        error);
  if (value < 0)
    return -1;
  operation = gbp_operation_on (norm == NORM_LAYER ? GBP_KIND_LAYER_NORM : GBP_KIND_SCALE, value);
  operation.epsilon = norm == NORM_LAYER ? (float) epsilon : 0;
  for (guint i = 0; i < 2; i++)
    operation.tensors[i] = gbp_tensor_new_take (
        g_memdup2 (affine + i * channels, channels * sizeof *affine), channels);
  return gbp_builder_add (onnx->builder, &operation, error);
}

/* What is no normalization, node by node; comes to itself for at most MAX_DEPTH of them in a row. */
static gboolean
settle_literally (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  GbpOnnxValue *operand = value->operands[0];

  const GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) value->base->value);
  gboolean is_repeated = strcmp (value->node->kind, "Expand") == 0;

  if (!is_repeated && !g_str_has_prefix (value->node->kind, "Reduce"))
    return gbp_onnx_settle_last (onnx, value, error);
  return gbp_onnx_settle (onnx, operand, error)
         && gbp_onnx_become_map (onnx, value, operand,
             is_repeated
                 ? gbp_builder_add_repeated (onnx->builder, operand->value, &shape, error)
                 : gbp_onnx_add_channel_reduction (onnx, value->node, operand->value, error));
}

gboolean
gbp_onnx_settle_moment (GbpOnnx *onnx, GbpOnnxValue *value, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const GbpOnnxValue *base = value->base;
  g_autofree float *affine =
      gbp_builder_allocate (onnx->builder, 2 * gbp_onnx_count_channels (onnx, base), error);
  Norm norm;

  if (affine == NULL)
    return FALSE;
  if (identify_moment (onnx, value, &norm, affine, &cause))
    return gbp_onnx_become_map (onnx, value, base, add_norm (onnx, value, norm, affine, error));
  if (cause == NULL)
    return settle_literally (onnx, value, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* What a node makes of one pixel's channels. */
static double
reduce_channels (const GbpOnnxNode *node, const double *x, guint channels)
{
  gboolean is_mean = strcmp (node->kind, "ReduceMean") == 0;
  gboolean is_plain = is_mean || strcmp (node->kind, "ReduceSum") == 0;
  double sum = 0;

  for (guint c = 0; c < channels; c++)
    sum += is_plain ? x[c] : x[c] * x[c];
  return is_mean ? sum / channels : strcmp (node->kind, "ReduceL2") == 0 ? sqrt (sum) : sum;
}

GbpOnnxValue *
gbp_onnx_reduce_channels (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *value, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *base, *moment;
  guint channels;

  if ((is_finished (onnx, value) || value->depth >= MAX_DEPTH)
      && !gbp_onnx_settle (onnx, value, error))
    return NULL;
  base = gbp_onnx_get_base (value);
  channels = gbp_onnx_count_channels (onnx, base);
  if (!gbp_onnx_find_probes (onnx, value, base, &cause)) {
    if (cause != NULL || !gbp_onnx_settle (onnx, value, &cause)
        || !gbp_onnx_find_probes (onnx, value, value, &cause)) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
    base = value;
  }
  moment = new_moment (onnx, node, base, &value, 1);
  moment->probes = gbp_onnx_new_probes (onnx, channels, error);
  if (moment->probes == NULL)
    return NULL;
  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++) {
    double number = reduce_channels (node, value->probes + p * channels, channels);

    for (guint c = 0; c < channels; c++)
      moment->probes[p * channels + c] = number;
  }
  return moment;
}

/* Whether two values, or one, are functions of one map, which may go on to be layer normalization. Where one is that
 * already, a factor or a shift for each channel is; a number may be what an activation begins with. */
static gboolean
belong_together (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, GbpOnnxValue *const *operands)
{
  GbpOnnxValue *x = operands[0], *y = operands[1];
  const GbpOnnxValue *constant = x->state == GBP_ONNX_CONSTANT                ? x
                                 : y != NULL && y->state == GBP_ONNX_CONSTANT ? y
                                                                              : NULL;

  if (meaning->n_operands > 2 || x->depth >= MAX_DEPTH || (y != NULL && y->depth >= MAX_DEPTH))
    return FALSE;
  if (is_finished (onnx, x) || is_finished (onnx, y))
    return constant != NULL && gbp_onnx_count (&constant->constant) > 1
           && meaning->binary <= GBP_ONNX_DIVIDE;
  return y == NULL || constant != NULL || gbp_onnx_get_base (x) == gbp_onnx_get_base (y);
}

/* What has been added to a number of a pixel's: an epsilon, if it is one. */
static double
find_epsilon (const GbpOnnxMeaning *meaning, const GbpOnnxValue *x, const GbpOnnxValue *y)
{
  const GbpOnnxValue *constant = x->state == GBP_ONNX_CONSTANT ? x : y;
  double known = MAX (x->epsilon, y != NULL ? y->epsilon : 0);

  if (known == 0 && constant != NULL && constant->state == GBP_ONNX_CONSTANT
      && meaning->binary == GBP_ONNX_ADD && gbp_onnx_count (&constant->constant) == 1)
    return constant->constant.values->values[0];
  return known;
}

gboolean
gbp_onnx_combine_moments (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS], GbpOnnxValue **combined, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *moment = NULL, *base = NULL;

  *combined = NULL;
  for (guint k = GBP_ONNX_MOST_OPERANDS; k-- > 0;)
    base = is_moment (operands[k]) ? gbp_onnx_get_base (operands[k]) : base;
  if (base == NULL)
    return TRUE;
  if (belong_together (onnx, meaning, operands)) {
    moment = new_moment (onnx, node, base, operands, GBP_ONNX_MOST_OPERANDS);
    moment->epsilon = find_epsilon (meaning, operands[0], operands[1]);
    if (gbp_onnx_compute_probes (onnx, moment, meaning, base, &cause))
      *combined = moment;
  }
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && *combined == NULL; k++)
    if (is_moment (operands[k]) && !gbp_onnx_settle (onnx, operands[k], error))
      return FALSE;
  return TRUE;
}

GbpOnnxValue *
gbp_onnx_expand_moment (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *moment, GError **error)
{
  GbpOnnxValue *expanded = new_moment (onnx, node, moment->base, &moment, 1);

  expanded->epsilon = moment->epsilon;
  expanded->probes =
      gbp_onnx_new_probes (onnx, gbp_onnx_count_channels (onnx, moment->base), error);
  if (expanded->probes == NULL)
    return NULL;
  memcpy (expanded->probes, moment->probes,
      (gsize) GBP_ONNX_N_PROBES * gbp_onnx_count_channels (onnx, moment->base)
          * sizeof *moment->probes);
  return expanded;
}
