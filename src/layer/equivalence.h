/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Equivalence classes of pixels: two pixels of a map are in the same class where what they are computed from is
 * equal, so that in exact arithmetic all their channels are.
 *
 * Pooling needs to know. In flat or repeating parts of a picture its four candidates are equal, and the
 * gradient goes to the first one. A fast convolution computes neighbouring pixels by different sums, whose
 * rounding would choose among equals at random; the classes tell equals from neighbours that are merely close.
 * Their numbers are hashes: 64 bits make an accidental match as good as impossible. */
#pragma once

#include "kernel/team.h"

/* Of an image: [height][width] from [height][width][3] bytes, rows @stride bytes apart. */
void gbp_equivalence_init (
    guint64 *equivalence, const guint8 *rgb, gsize stride, guint height, guint width);

/* After a 3×3 convolution with zero padding, in place.
 * @scratch: as large as @equivalence */
void gbp_equivalence_convolve (
    guint64 *equivalence, guint64 *scratch, guint height, guint width, GbpTeam *team);

/* After 2×2 pooling: @pooled [height][width] from @equivalence [2 · height][2 · width]. */
void gbp_equivalence_pool (guint64 *pooled, const guint64 *equivalence, guint height, guint width);
