/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A convolution's kernel as matrices, by which patches of the source's pixels are multiplied. */
#pragma once

#include "layer/kinds.h"
#include "layer/reach.h"

/* One direction. A product of few columns would be mostly padding: so narrow groups are bundled, with zeros between
 * them.
 * @reach: (owned)
 * @n_bundles: of groups, all of as many
 * @n_from, @n_to: channels of a bundle, of the source and of the target
 * @columns: @n_to with padding
 * @offsets: (owned): where the matrices of each phase begin
 * @values: (owned): of each phase and bundle: packed [depth][@columns], the depth being all taps' channels */
typedef struct {
  GbpReach *reach;
  guint n_bundles;
  guint n_from;
  guint n_to;
  gsize columns;
  gsize *offsets;
  float *values;
} GbpPatchMatrices;

/* Groups of a bundle: as many as make the products smallest, their padding and zeros included. */
guint gbp_patch_matrices_find_bundle (const GbpNode *node, gboolean is_backward);

/* FALSE if there is no memory; to be cleared in any case. */
gboolean gbp_patch_matrices_init (
    GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, gsize panel);
void gbp_patch_matrices_clear (GbpPatchMatrices *matrices);

/* Floats of a patch; 0 where the phase has no taps. */
static inline gsize
gbp_patch_matrices_get_depth (const GbpPatchMatrices *matrices, guint phase)
{
  return (gsize) matrices->reach->phases[phase].n_taps * matrices->n_from;
}

static inline const float *
gbp_patch_matrices_get (const GbpPatchMatrices *matrices, guint phase, guint bundle)
{
  return matrices->values + matrices->offsets[phase]
         + bundle * gbp_patch_matrices_get_depth (matrices, phase) * matrices->columns;
}
