/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution's kernel as matrices, by which patches of the source's pixels are multiplied. */
#pragma once

#include "layer/kinds.h"
#include "layer/reach.h"

/* One direction.
 * @reach: (owned)
 * @n_from, @n_to: channels of a group, of the source and of the target
 * @columns: @n_to with padding
 * @offsets: (owned): where the matrices of each phase begin
 * @values: (owned): of each phase and group: packed [depth][@columns], the depth being all taps' channels */
typedef struct {
  GbpReach *reach;
  guint n_groups;
  guint n_from;
  guint n_to;
  gsize columns;
  gsize *offsets;
  float *values;
} GbpPatchMatrices;

/* FALSE if there is no memory; to be cleared in any case. */
gboolean gbp_patch_matrices_init (
    GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, gsize panel);
void gbp_patch_matrices_clear (GbpPatchMatrices *matrices);

/* Floats of a patch, padded; 0 where the phase has no taps. */
static inline gsize
gbp_patch_matrices_get_depth (const GbpPatchMatrices *matrices, guint phase)
{
  return gbp_pad_channels ((gsize) matrices->reach->phases[phase].n_taps * matrices->n_from);
}

static inline const float *
gbp_patch_matrices_get (const GbpPatchMatrices *matrices, guint phase, guint group)
{
  return matrices->values + matrices->offsets[phase]
         + group * gbp_patch_matrices_get_depth (matrices, phase) * matrices->columns;
}
