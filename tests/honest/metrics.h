/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What one can ask of maps, [height][width] of strengths, and of other rows of numbers. Each is a function of its
 * arguments alone. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Spearman's rank correlation, -1 … 1. Equal values have no order: they share the mean of their ranks. 0 where one of
 * both is the same everywhere. */
double gbp_rank_correlation (const float *a, const float *b, guint n);

/* Whether a map is zero everywhere: there is no explanation in it that could be compared. */
gboolean gbp_map_is_empty (const float *map, guint n);

/* The cosine of the angle between both, -1 … 1; 0 where one is zero. */
double gbp_cosine (const float *a, const float *b, guint n);

/* Structural similarity (Wang et al. 2004), at most 1: the mean over all pixels, in Gaussian windows of 11 pixels with
 * a deviation of 1.5, of maps that are scaled by their largest values. Borders are mirrored.
 * @height, @width: at least 6 */
double gbp_structural_similarity (const float *a, const float *b, guint height, guint width);

/* How spread a map is: the entropy in nats of a histogram of 100 bins from its smallest to its largest value; log (100)
 * where they are all as full, 0 where the map is the same everywhere. */
double gbp_histogram_entropy (const float *map, guint n);

/* The strength of Sobel's edges in the luminance of an image, whose borders are repeated.
 * @rgb: [height][width][3], rows @stride bytes apart
 * @edges: (out): [height][width] */
void gbp_sobel_edges (const guint8 *rgb, gsize stride, guint height, guint width, float *edges);

/* The area under a curve of @n ≥ 2 values at equal distances from 0 to 1, by trapezoids. */
double gbp_area_under_curve (const double *values, guint n);

/* The indices of a map's values, from the largest to the smallest; of equals the first comes first.
 * @order: (out): [n] */
void gbp_order_descending (const float *map, guint n, guint *order);

/* The mean and the sample's standard deviation, 0 of fewer than two numbers. */
void gbp_mean_and_deviation (const double *numbers, guint n, double *mean, double *deviation);

G_END_DECLS
