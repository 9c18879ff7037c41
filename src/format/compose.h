/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layers and operators that several of the graph's operations make together. Each function returns the value that comes
 * out; -1 with @error set. */
#pragma once

#include "format/builder.h"

/* x / (k + alpha · the sum of the squares of @columns channels around)^beta. */
int gbp_builder_add_response_norm (GbpBuilder *builder, int input, guint columns, double k,
    double alpha, double beta, GError **error);

/* Over the sum, or mean, of all channels' squares, plus @epsilon: a pixel's channels become a vector of length one, or
 * have a mean square of one. */
int gbp_builder_add_length_norm (
    GbpBuilder *builder, int input, gboolean is_mean, double epsilon, GError **error);

/* The largest of maps, or the smallest.
 * @corner: who has the gradient where they are equal: see GBP_KIND_MAXIMUM */
int gbp_builder_add_extremum (GbpBuilder *builder, const int *inputs, guint n_inputs,
    gboolean is_minimum, GbpCorner corner, GError **error);

int gbp_builder_add_absolute (GbpBuilder *builder, int input, GError **error);
int gbp_builder_add_square (GbpBuilder *builder, int input, GError **error);

/* ELU of x / @alpha, times @alpha, which is above 0. */
int gbp_builder_add_celu (
    GbpBuilder *builder, int input, double alpha, GbpCorner corner, GError **error);

/* @first − @second */
int gbp_builder_add_difference (GbpBuilder *builder, int first, int second, GError **error);

/* Squares of @block × @block pixels become channels, or those pixels; they lie one after another in both directions.
 * @is_inner: a pixel's number counts in ones among the channels, else in larger steps than the channels that stay */
int gbp_builder_add_space_to_depth (
    GbpBuilder *builder, int input, guint block, gboolean is_inner, GError **error);
int gbp_builder_add_depth_to_space (
    GbpBuilder *builder, int input, guint block, gboolean is_inner, GError **error);
