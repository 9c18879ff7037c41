/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of a score as an image turns into another one, pixel by pixel (Petsiuk et al. 2018): insertion goes from
 * a blurred image to the sharp one, deletion from the image to grey. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef double (*GbpScore) (gpointer data, const guint8 *rgb);

/* gbp_exchange_curve:
 * @from, @to: packed RGB, 3 · @n_pixels bytes
 * @order: the pixels in the order in which they are exchanged
 * @score: is asked about each image on the way
 * @n_points: at least 2, at equal distances; the first is @from, the last is @to
 * @curve: (out): [n_points]: their scores */
void gbp_exchange_curve (const guint8 *from, const guint8 *to, guint n_pixels, const guint *order,
    GbpScore score, gpointer data, guint n_points, double *curve);

/* A Gaussian blur with a deviation of 10 pixels, which leaves no object that one could name. Borders are repeated.
 * @rgb: [height][width][3], rows @stride bytes apart
 * @blurred: (out): packed */
void gbp_blur (const guint8 *rgb, gsize stride, guint height, guint width, guint8 *blurred);

G_END_DECLS
