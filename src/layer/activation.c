/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/activation.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"

/* How a function is computed, and what is saved of it.
 * @CLIP: the rectifier with a maximum: bits; @RAMP: a slope between two constants: bits; @LEAK: below zero a factor:
 * bits, and others of what is below zero, where that matters; @BEND: a curve: its derivative */
typedef enum {
  FORM_CLIP,
  FORM_RAMP,
  FORM_LEAK,
  FORM_BEND,
} Form;

/* @is_rectifier: that the methods' rules hold at it */
static const struct {
  Form form;
  GbpCurve curve;
  gboolean is_rectifier;
} functions[] = {
    [GBP_FUNCTION_RELU] = {FORM_CLIP, 0, TRUE},
    [GBP_FUNCTION_LEAKY_RELU] = {FORM_LEAK, 0, TRUE},
    [GBP_FUNCTION_THRESHOLD_RELU] = {FORM_BEND, GBP_CURVE_THRESHOLD, TRUE},
    [GBP_FUNCTION_ELU] = {FORM_BEND, GBP_CURVE_EXPONENTIAL, TRUE},
    [GBP_FUNCTION_SELU] = {FORM_BEND, GBP_CURVE_EXPONENTIAL, TRUE},
    [GBP_FUNCTION_SILU] = {FORM_BEND, GBP_CURVE_SILU, TRUE},
    [GBP_FUNCTION_GELU] = {FORM_BEND, GBP_CURVE_GELU, TRUE},
    [GBP_FUNCTION_GELU_TANH] = {FORM_BEND, GBP_CURVE_GELU_TANH, TRUE},
    [GBP_FUNCTION_HARD_SWISH] = {FORM_BEND, GBP_CURVE_HARD_SWISH, TRUE},
    [GBP_FUNCTION_MISH] = {FORM_BEND, GBP_CURVE_MISH, TRUE},
    [GBP_FUNCTION_SIGMOID] = {FORM_BEND, GBP_CURVE_SIGMOID, FALSE},
    [GBP_FUNCTION_HARD_SIGMOID] = {FORM_RAMP, 0, FALSE},
    [GBP_FUNCTION_TANH] = {FORM_BEND, GBP_CURVE_TANH, FALSE},
};

/* Of SELU (Klambauer et al. 2017). */
#define SELU_SLOPE 1.67326324f
#define SELU_SCALE 1.05070098f

/* @keeps_negative: leaky: where x is below zero, see GbpSaved
 * @rises_below: that f (x) > 0 for some x below zero: leaky ones with a negative slope
 * @is_flat: that f′ (0) is 0, see GbpCorner
 * @slopes: (owned) (nullable): [2 · stride]: of leaky ones and ramps; in the second half those below zero alone, for which
 *     f (x) > 0 where x < 0 */
struct _GbpActivator {
  GbpFunction function;
  Form form;
  gboolean is_rectifier;
  gboolean keeps_negative;
  gboolean rises_below;
  gboolean is_flat;
  guint n_channels;
  gsize stride;
  float maximum;
  float offset;
  GbpCurveShape curve;
  float *slopes;
};

/* Of one of the leaky. */
static gboolean
has_negative_slope (const GbpOperation *operation)
{
  const GbpTensor *slopes = operation->tensors[0];

  if (slopes == NULL)
    return operation->slope < 0;
  for (gsize i = 0; i < slopes->n_values; i++)
    if (slopes->values[i] < 0)
      return TRUE;
  return FALSE;
}

/* Whether one of the leaky needs to know where x is below zero. */
static gboolean
keeps_negative (const GbpOperation *operation)
{
  return has_negative_slope (operation) || operation->corner == GBP_CORNER_FLAT;
}

static gboolean
fill_slopes (GbpActivator *activator, const GbpOperation *operation)
{
  activator->slopes = gbp_memory_new (2 * activator->stride, sizeof *activator->slopes);
  if (activator->slopes == NULL)
    return FALSE;
  for (guint c = 0; c < activator->n_channels; c++) {
    activator->slopes[c] =
        operation->tensors[0] != NULL ? operation->tensors[0]->values[c] : operation->slope;
    activator->slopes[activator->stride + c] = MIN (activator->slopes[c], 0);
  }
  return TRUE;
}

static GbpCurveShape
get_curve (const GbpOperation *operation)
{
  gboolean is_selu = operation->function == GBP_FUNCTION_SELU;
  float slope = is_selu ? SELU_SLOPE : operation->slope;

  return (GbpCurveShape){
      .curve = functions[operation->function].curve,
      .slope = slope,
      .scale = is_selu ? SELU_SCALE : 1,
      .at_zero = operation->corner == GBP_CORNER_ABOVE ? 1 : slope,
      .threshold = operation->offset,
      .maximum = operation->maximum > 0 ? operation->maximum : INFINITY,
      .at_maximum = operation->corner == GBP_CORNER_FLAT ? 0 : 1,
  };
}

GbpActivator *
gbp_activator_new (const GbpOperation *operation, guint n_channels)
{
  GbpActivator *activator = gbp_memory_new (1, sizeof *activator);

  if (activator == NULL)
    return NULL;
  *activator = (GbpActivator){
      .function = operation->function,
      .form = functions[operation->function].form,
      .is_rectifier = functions[operation->function].is_rectifier,
      .is_flat = operation->corner == GBP_CORNER_FLAT,
      .n_channels = n_channels,
      .stride = gbp_pad_channels (n_channels),
      .maximum = operation->maximum > 0 ? operation->maximum : INFINITY,
      .offset = operation->offset,
      .curve = get_curve (operation),
  };
  activator->keeps_negative = activator->form == FORM_LEAK && keeps_negative (operation);
  activator->rises_below = activator->form == FORM_LEAK && has_negative_slope (operation);
  if ((activator->form == FORM_LEAK || activator->form == FORM_RAMP)
      && !fill_slopes (activator, operation))
    g_clear_pointer (&activator, gbp_activator_free);
  return activator;
}

void
gbp_activator_free (GbpActivator *activator)
{
  gbp_memory_free (activator->slopes);
  gbp_memory_free (activator);
}

gboolean
gbp_activator_clips (const GbpActivator *activator, float *maximum)
{
  *maximum = activator->maximum;
  return activator->form == FORM_CLIP;
}

/* Two maps of bits, or one and the floats. */
static gsize
get_bits_size (gsize n_units)
{
  return (n_units / 8 + GBP_ALIGNMENT - 1) / GBP_ALIGNMENT * GBP_ALIGNMENT;
}

gsize
gbp_activator_get_saved_size (const GbpOperation *operation, gsize n_units)
{
  switch (functions[operation->function].form) {
    case FORM_CLIP:
    case FORM_RAMP:
      return get_bits_size (n_units);
    case FORM_LEAK:
      return get_bits_size (n_units) * (keeps_negative (operation) ? 2 : 1);
    default:
      return get_bits_size (n_units) + n_units * sizeof (float);
  }
}

GbpSaved
gbp_activator_get_saved (const GbpActivator *activator, gpointer saved, gsize n_units, gsize unit)
{
  guint8 *bits = saved, *behind = bits + get_bits_size (n_units);

  return (GbpSaved){
      .positive = bits + unit / 8,
      .negative = activator->keeps_negative ? behind + unit / 8 : NULL,
      .derivative = activator->form == FORM_BEND ? (float *) behind + unit : NULL,
  };
}

/* The padding of a map is zero, whatever f (0) is. */
static void
clear_padding (const GbpActivator *activator, float *y, gsize n_pixels)
{
  gsize n = activator->stride - activator->n_channels;

  for (gsize i = 0; i < n_pixels && n > 0; i++)
    memset (y + i * activator->stride + activator->n_channels, 0, n * sizeof *y);
}

void
gbp_activator_forward (const GbpActivator *activator, const GbpKernels *kernels, const float *x,
    const float *bias, float *y, GbpSaved saved, gsize n_pixels)
{
  GbpActivation activation = {
      x, bias, y, n_pixels, activator->stride, saved.positive, saved.negative};

  switch (activator->form) {
    case FORM_CLIP:
      kernels->clip (&activation, activator->maximum);
      break;
    case FORM_RAMP:
      kernels->ramp (&activation, activator->slopes[0], activator->offset);
      clear_padding (activator, y, n_pixels);
      break;
    case FORM_LEAK:
      kernels->leak (&activation, activator->slopes);
      break;
    case FORM_BEND:
      kernels->bend (&activation, &activator->curve, saved.derivative);
      clear_padding (activator, y, n_pixels);
      break;
  }
}

void
gbp_activator_backward (const GbpActivator *activator, const GbpKernels *kernels, GbpRule rule,
    const float *dy, GbpSaved saved, float *dx, gsize n_pixels)
{
  gsize n_units = n_pixels * activator->stride;
  gboolean is_bits = activator->form == FORM_CLIP || activator->form == FORM_RAMP;
  gboolean is_gradient = rule == GBP_RULE_GRADIENT || !activator->is_rectifier;
  gboolean is_deconvnet = rule == GBP_RULE_DECONVNET && activator->is_rectifier;
  gboolean leaks = activator->form == FORM_LEAK && (is_gradient || activator->rises_below);
  GbpGate gate = {.only_positive = !is_gradient};

  if (!leaks && !is_deconvnet && (is_bits || !is_gradient))
    gate.active = saved.positive;
  if (dx != dy)
    memcpy (dx, dy, n_units * sizeof *dx);
  kernels->gate (dx, &gate, n_pixels, activator->stride);
  if (is_deconvnet)
    return;
  if (leaks)
    kernels->unleak (dx, activator->slopes + (is_gradient ? 0 : activator->stride), saved.positive,
        is_gradient && !activator->is_flat ? NULL : saved.negative, n_pixels, activator->stride);
  if (activator->form == FORM_RAMP)
    kernels->scale (dx, activator->slopes, NULL, dx, n_pixels, activator->stride);
  if (activator->form == FORM_BEND)
    kernels->times (dx, saved.derivative, dx, n_units);
}
