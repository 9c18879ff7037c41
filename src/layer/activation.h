/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An activation and the rule of a method at it, for any block of a map's pixels: as an operation of its own, and
 * behind a convolution while that has the pixels in the cache. */
#pragma once

#include "kernel/kernels.h"
#include "layer/kind.h"

typedef struct _GbpActivator GbpActivator;

/* What forward leaves for backward, of the same block.
 * @positive: where the rectifier lets something through, or f (x) > 0, as bits
 * @negative: (nullable): x < 0, as bits: of leaky ones of which a slope is below zero, or that are flat at zero
 * @derivative: f′ (x): of smooth ones
 * @unit: the first one, in the map */
typedef struct {
  guint8 *positive;
  guint8 *negative;
  float *derivative;
  gsize unit;
} GbpSaved;

/* @operation: an ACTIVATION, of a map of @n_channels; it is not kept. NULL if there is no memory */
GbpActivator *gbp_activator_new (const GbpOperation *operation, guint n_channels);
void gbp_activator_free (GbpActivator *activator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpActivator, gbp_activator_free)

/* Whether it is a rectifier that leaves what lies between zero and @maximum: (out): as a kernel's ending computes
 * it. */
gboolean gbp_activator_clips (const GbpActivator *activator, float *maximum);

/* Bytes that are saved for a map of @n_units floats. */
gsize gbp_activator_get_saved_size (const GbpOperation *operation, gsize n_units);

/* From unit @unit on, in the @saved of a map of @n_units. */
GbpSaved gbp_activator_get_saved (
    const GbpActivator *activator, gpointer saved, gsize n_units, gsize unit);

/* y = f (x + bias); @bias: (nullable); @y may be @x. */
void gbp_activator_forward (const GbpActivator *activator, const GbpKernels *kernels,
    const float *x, const float *bias, float *y, GbpSaved saved, gsize n_pixels);

/* What @rule makes of the gradient @dy; @dx may be @dy. */
void gbp_activator_backward (const GbpActivator *activator, const GbpKernels *kernels, GbpRule rule,
    const float *dy, GbpSaved saved, float *dx, gsize n_pixels);
