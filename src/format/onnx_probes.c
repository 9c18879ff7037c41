/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What functions of a pixel's channels make of some pixels, which are not the picture's. */
#include "format/onnx_probes.h"

#include <math.h>

/* Of the pixels: what their numbers are around and how far they spread: so little that an epsilon shows, and more. */
static const struct {
  double middle, spread;
} pixels[GBP_ONNX_N_PROBES] = {{0, 1}, {0.5, 1e-3}, {2, 1}, {-10, 30}, {0.01, 1e-2}, {1, 5}};

guint
gbp_onnx_count_channels (const GbpOnnx *onnx, const GbpOnnxValue *map)
{
  return gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
}

double *
gbp_onnx_new_probes (GbpOnnx *onnx, guint channels, GError **error)
{
  guint64 n_floats = (guint64) GBP_ONNX_N_PROBES * channels * (sizeof (double) / sizeof (float));

  return (double *) (gpointer) gbp_builder_allocate (onnx->builder, n_floats, error);
}

/* Numbers that no formula makes by chance. */
static void
fill_pixels (double *probes, guint channels)
{
  for (guint p = 0; p < GBP_ONNX_N_PROBES; p++)
    for (guint c = 0; c < channels; c++)
      probes[p * channels + c] =
          pixels[p].middle + pixels[p].spread * sin (12.9898 * c + 78.233 * p + c % 7 * p);
}

/* A constant of one number, or one for each channel of @base. NULL: it is neither, or @error is set */
static float *
spread_constant (
    GbpOnnx *onnx, const GbpOnnxValue *base, const GbpOnnxConstant *constant, GError **error)
{
  float *values = gbp_builder_allocate (onnx->builder, gbp_onnx_count_channels (onnx, base), error);

  if (values == NULL
      || (constant->rank <= base->rank && gbp_onnx_spread_channels (onnx, base, constant, values)))
    return values;
  g_free (values);
  return NULL;
}

/* One operand of a node, for each pixel's channels. */
typedef struct {
  const double *probes; /* (nullable) */
  float *constants;     /* (owned) (nullable) */
} Operand;

static gboolean
find_operand (
    GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxValue *base, Operand *operand, GError **error)
{
  if (value == NULL)
    return TRUE;
  if (value->state == GBP_ONNX_CONSTANT) {
    operand->constants = spread_constant (onnx, base, &value->constant, error);
    return operand->constants != NULL;
  }
  operand->probes = gbp_onnx_find_probes (onnx, value, base, error) ? value->probes : NULL;
  return operand->probes != NULL;
}

static double
get_operand (const Operand *operand, guint probe, guint channel, guint channels)
{
  if (operand->constants != NULL)
    return operand->constants[channel];
  return operand->probes != NULL ? operand->probes[probe * channels + channel] : 0;
}

/* Sets @value's probes to what a node makes of its operands'. FALSE: they are of something else, or @error is set */
gboolean
gbp_onnx_compute_probes (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxMeaning *meaning,
    const GbpOnnxValue *base, GError **error)
{
  guint channels = gbp_onnx_count_channels (onnx, base);
  Operand operands[GBP_ONNX_MOST_OPERANDS] = {{NULL, NULL}};
  gboolean are_found = TRUE;

  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS && are_found; k++)
    are_found = find_operand (onnx, value->operands[k], base, &operands[k], error);
  if (are_found)
    value->probes = gbp_onnx_new_probes (onnx, channels, error);
  for (guint i = 0; value->probes != NULL && i < GBP_ONNX_N_PROBES * channels; i++) {
    double numbers[GBP_ONNX_MOST_OPERANDS];

    for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS; k++)
      numbers[k] = get_operand (&operands[k], i / channels, i % channels, channels);
    value->probes[i] = gbp_onnx_apply_meaning (meaning, numbers);
  }
  for (guint k = 0; k < GBP_ONNX_MOST_OPERANDS; k++)
    g_free (operands[k].constants);
  return value->probes != NULL;
}

/* Comes to itself as deep as functions are pending in a row. FALSE: @value is not of @base, or @error is set */
gboolean
gbp_onnx_find_probes (GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxValue *base, GError **error)
{
  GbpOnnxMeaning meaning;

  if (gbp_onnx_get_base (value) != base)
    return FALSE;
  if (value->probes != NULL)
    return TRUE;
  if (value->state == GBP_ONNX_PENDING)
    return gbp_onnx_read_meaning (onnx, value->node, &meaning, error)
           && gbp_onnx_compute_probes (onnx, value, &meaning, base, error);
  value->probes = gbp_onnx_new_probes (onnx, gbp_onnx_count_channels (onnx, base), error);
  if (value->probes == NULL)
    return FALSE;
  fill_pixels (value->probes, gbp_onnx_count_channels (onnx, base));
  return TRUE;
}
