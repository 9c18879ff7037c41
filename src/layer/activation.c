/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/activation.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"

/* How a function is computed, and what is saved of it. @STEP: one of two numbers, nothing;
 * @CLIP: the rectifier with a maximum: bits; @RAMP: a slope between two constants: bits; @LEAK: below zero a factor:
 * bits, and others of what is below zero, where that matters; @BEND: a curve: its derivative */
typedef enum {
  FORM_CLIP,
  FORM_RAMP,
  FORM_LEAK,
  FORM_BEND,
  FORM_STEP,
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
    [GBP_FUNCTION_SOFTPLUS] = {FORM_BEND, GBP_CURVE_SOFTPLUS, TRUE},
    [GBP_FUNCTION_SIGMOID] = {FORM_BEND, GBP_CURVE_SIGMOID, FALSE},
    [GBP_FUNCTION_HARD_SIGMOID] = {FORM_RAMP, 0, FALSE},
    [GBP_FUNCTION_TANH] = {FORM_BEND, GBP_CURVE_TANH, FALSE},
    [GBP_FUNCTION_LOG_SIGMOID] = {FORM_BEND, GBP_CURVE_SOFTPLUS, FALSE},
    [GBP_FUNCTION_SOFTSIGN] = {FORM_BEND, GBP_CURVE_SOFTSIGN, FALSE},
    [GBP_FUNCTION_EXPONENTIAL] = {FORM_BEND, GBP_CURVE_EXP, FALSE},
    [GBP_FUNCTION_POWER] = {FORM_BEND, GBP_CURVE_POWER, FALSE},
    [GBP_FUNCTION_CLAMP] = {FORM_BEND, GBP_CURVE_CLAMP, FALSE},
    [GBP_FUNCTION_STEP] = {FORM_STEP, 0, FALSE},
};

/* Of SELU (Klambauer et al. 2017). */
#define SELU_SLOPE 1.67326324f
#define SELU_SCALE 1.05070098f

/* @keeps_negative: leaky: where x is below zero, see GbpSaved
 * @rises_below: that f (x) > 0 for some x below zero: leaky ones with a negative slope
 * @is_flat: that f′ (0) is 0, see GbpCorner
 * @has_offset: of a step: it is 1 at the offset
 * @n_slopes: [stride], or as many as the map has units, where each has its own
 * @slopes: (owned) (nullable): [2 · n_slopes]: of leaky ones and ramps; in the second half those below zero alone, for
 *     which f (x) > 0 where x < 0 */
struct _GbpActivator {
  GbpFunction function;
  Form form;
  gboolean is_rectifier;
  gboolean keeps_negative;
  gboolean rises_below;
  gboolean is_flat;
  gboolean has_offset;
  guint n_channels;
  gsize stride;
  float maximum;
  float offset;
  GbpCurveShape curve;
  gsize n_slopes;
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
  const GbpTensor *slopes = operation->tensors[0];
  gsize n_pixels = slopes != NULL ? slopes->n_values / activator->n_channels : 1;

  activator->n_slopes = n_pixels * activator->stride;
  activator->slopes = gbp_memory_new (2 * activator->n_slopes, sizeof *activator->slopes);
  if (activator->slopes == NULL)
    return FALSE;
  for (gsize i = 0; i < n_pixels * activator->n_channels; i++) {
    gsize unit = i / activator->n_channels * activator->stride + i % activator->n_channels;

    activator->slopes[unit] = slopes != NULL ? slopes->values[i] : operation->slope;
    activator->slopes[activator->n_slopes + unit] = MIN (activator->slopes[unit], 0);
  }
  return TRUE;
}

/* The derivative at zero. */
static float
get_corner (GbpCorner corner, float slope)
{
  switch (corner) {
    case GBP_CORNER_ABOVE:
      return 1;
    case GBP_CORNER_BOTH:
      return 1 + slope;
    default:
      return slope;
  }
}

static GbpCurveShape
get_curve (const GbpOperation *operation)
{
  gboolean is_selu = operation->function == GBP_FUNCTION_SELU;
  gboolean is_clamp = operation->function == GBP_FUNCTION_CLAMP;
  float slope = is_selu ? SELU_SLOPE : operation->slope;

  return (GbpCurveShape){
      .curve = functions[operation->function].curve,
      .slope = slope,
      .scale = is_selu                                           ? SELU_SCALE
               : operation->function == GBP_FUNCTION_LOG_SIGMOID ? -1
                                                                 : 1,
      .at_zero = get_corner (operation->corner, slope),
      .threshold = operation->offset,
      .maximum = is_clamp || operation->maximum > 0 ? operation->maximum : INFINITY,
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
      .has_offset = operation->corner == GBP_CORNER_ABOVE,
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
    case FORM_STEP:
      return 0;
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
      .unit = unit,
  };
}

/* Where each unit has a slope of its own, all pixels are as one of as many channels. @slopes: (out)
 * Returns: the stride of a pixel that has the slopes */
static gsize
find_slopes (
    const GbpActivator *activator, const GbpSaved *saved, gsize *n_pixels, const float **slopes)
{
  gsize n_units = *n_pixels * activator->stride;

  *slopes = activator->slopes;
  if (activator->n_slopes == activator->stride)
    return activator->stride;
  *slopes += saved->unit;
  *n_pixels = 1;
  return n_units;
}

static void
leak (const GbpActivator *activator, const GbpKernels *kernels, GbpActivation activation,
    const GbpSaved *saved)
{
  const float *slopes;

  if (activation.bias != NULL && activator->n_slopes > activator->stride) {
    for (gsize i = 0; i < activation.n_pixels; i++)
      kernels->add (activation.x + i * activation.stride, activation.bias,
          activation.y + i * activation.stride, activation.stride);
    activation.x = activation.y;
    activation.bias = NULL;
  }
  activation.stride = find_slopes (activator, saved, &activation.n_pixels, &slopes);
  kernels->leak (&activation, slopes);
}

/* @is_gradient: by the gradient's rule, else by the guided one; see slopes */
static void
unleak (const GbpActivator *activator, const GbpKernels *kernels, gboolean is_gradient,
    const GbpSaved *saved, float *dx, gsize n_pixels)
{
  const float *slopes;
  gsize stride = find_slopes (activator, saved, &n_pixels, &slopes);

  kernels->unleak (dx, slopes + (is_gradient ? 0 : activator->n_slopes), saved->positive,
      is_gradient && !activator->is_flat ? NULL : saved->negative, n_pixels, stride);
}

/* A NaN is on neither side, and stays one. */
static void
step_up (const GbpActivator *activator, const GbpActivation *activation)
{
  for (gsize i = 0; i < activation->n_pixels * activation->stride; i++) {
    float bias = activation->bias != NULL ? activation->bias[i % activation->stride] : 0;
    float x = activation->x[i] + bias;

    gboolean is_up = x > activator->offset || (activator->has_offset && x == activator->offset);

    activation->y[i] = x != x ? x : is_up ? 1 : 0;
  }
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
      leak (activator, kernels, activation, &saved);
      break;
    case FORM_BEND:
      kernels->bend (&activation, &activator->curve, saved.derivative);
      clear_padding (activator, y, n_pixels);
      if (activator->function == GBP_FUNCTION_POWER) /* whose derivative at zero may be infinite */
        clear_padding (activator, saved.derivative, n_pixels);
      break;
    case FORM_STEP:
      step_up (activator, &activation);
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

  if (activator->form == FORM_STEP) {
    memset (dx, 0, n_units * sizeof *dx);
    return;
  }
  if (!leaks && !is_deconvnet && (is_bits || !is_gradient))
    gate.active = saved.positive;
  if (dx != dy)
    memcpy (dx, dy, n_units * sizeof *dx);
  kernels->gate (dx, &gate, n_pixels, activator->stride);
  if (is_deconvnet)
    return;
  if (leaks)
    unleak (activator, kernels, is_gradient, &saved, dx, n_pixels);
  if (activator->form == FORM_RAMP)
    kernels->scale (dx, activator->slopes, NULL, dx, n_pixels, activator->stride);
  if (activator->form == FORM_BEND)
    kernels->times (dx, saved.derivative, dx, n_units);
}
