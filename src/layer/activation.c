/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/activation.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"

/* How a function is computed, and what is saved of it.
 * @CLIP: the rectifier with a maximum: bits; @RAMP: a slope between two constants: bits; @LEAK: below zero a factor: two
 * bits; @BEND: a curve: its derivative */
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

/* @slopes: (owned) (nullable): [2 · stride]: of leaky ones and ramps; in the second half those below zero alone, for which
 *     f (x) > 0 where x < 0 */
struct _GbpActivator {
  GbpFunction function;
  Form form;
  gboolean is_rectifier;
  gboolean is_flat;
  guint n_channels;
  gsize stride;
  float maximum;
  float offset;
  GbpCurveShape curve;
  float *slopes;
};

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
      return 2 * get_bits_size (n_units);
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
      .negative = activator->form == FORM_LEAK ? behind + unit / 8 : NULL,
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
  GbpGate gate = {.only_positive = !is_gradient};

  if (activator->form != FORM_LEAK && !is_deconvnet && (is_bits || !is_gradient))
    gate.active = saved.positive;
  if (dx != dy)
    memcpy (dx, dy, n_units * sizeof *dx);
  kernels->gate (dx, &gate, n_pixels, activator->stride);
  if (is_deconvnet)
    return;
  if (activator->form == FORM_LEAK)
    kernels->unleak (dx, activator->slopes + (is_gradient ? 0 : activator->stride), saved.positive,
        is_gradient && !activator->is_flat ? NULL : saved.negative, n_pixels, activator->stride);
  if (activator->form == FORM_RAMP)
    kernels->scale (dx, activator->slopes, NULL, dx, n_pixels, activator->stride);
  if (activator->form == FORM_BEND)
    kernels->times (dx, saved.derivative, dx, n_units);
}
