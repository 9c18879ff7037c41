/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Labels of pixels: two pixels of a map have the same label where what they are computed from is the
 * same, so that in exact arithmetic all their channels are equal.
 *
 * Pooling needs to know. In flat or repeating parts of a picture its four candidates are equal, and the
 * gradient goes to the first one. A fast convolution computes neighbouring pixels by different sums, whose
 * rounding would choose among equals at random; labels tell equals from neighbours that are merely close.
 * They are hashes: 64 bits make an accidental match as good as impossible. */
#pragma once

#include "kernel/team.h"

/* Of an image: [height][width] from [height][width][3] bytes, rows @stride bytes apart. */
void gbp_labels_init (guint64 *labels, const guint8 *rgb, gsize stride, guint height, guint width);

/* After a 3×3 convolution with zero padding, in place.
 * @scratch: as large as @labels */
void gbp_labels_convolve (
    guint64 *labels, guint64 *scratch, guint height, guint width, GbpTeam *team);

/* After 2×2 pooling: @pooled [height][width] from @labels [2 · height][2 · width]. */
void gbp_labels_pool (guint64 *pooled, const guint64 *labels, guint height, guint width);
