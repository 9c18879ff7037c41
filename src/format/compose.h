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

/* @factor times the sum of each pixel's channels: a map of one. */
int gbp_builder_add_channel_sum (GbpBuilder *builder, int input, double factor, GError **error);

/* The largest of each pixel's channels: a map of one. @corner: see GBP_KIND_CHANNEL_MAX */
int gbp_builder_add_channel_max (GbpBuilder *builder, int input, GbpCorner corner, GError **error);

/* A convolution along the channels, as if these were a row of pixels.
 * @n: how many come out
 * @factors: [@size]
 * @before: zeros before the first one
 * @dilation, @stride: from 1 on */
typedef struct {
  guint n, size;
  const float *factors;
  gint64 before;
  guint dilation, stride;
} GbpBands;

int gbp_builder_add_bands (GbpBuilder *builder, int input, const GbpBands *bands, GError **error);

/* Channels of zeros @before the first and @after the last; below 0: so many are left out. */
int gbp_builder_add_channel_zeros (
    GbpBuilder *builder, int input, gint64 before, gint64 after, GError **error);

/* A map whose height, width and channels are each those of @wanted, or 1, which are repeated then. */
int gbp_builder_add_repeated (
    GbpBuilder *builder, int input, const GbpShape *wanted, GError **error);

/* @common: (out): height, width and channels are each the largest that one of @inputs has */
void gbp_builder_find_common_shape (
    const GbpBuilder *builder, const int *inputs, guint n_inputs, GbpShape *common);

/* 1 where it is above @bound, or where it @has_bound not below, else 0. */
int gbp_builder_add_step (
    GbpBuilder *builder, int input, double bound, gboolean has_bound, GError **error);

/* Of two maps. −1 with @error set, which it is where one of them is −1 already. */
int gbp_builder_add_sum (GbpBuilder *builder, int first, int second, GError **error);
int gbp_builder_add_product (GbpBuilder *builder, int first, int second, GError **error);

/* What is taken somewhere: a map's @value, or where that is −1 a @number. */
typedef struct {
  int value;
  double number;
} GbpChoice;

/* @mask: 1 where the @first is taken, 0 where the @second is */
int gbp_builder_add_choice (
    GbpBuilder *builder, int mask, const GbpChoice *first, const GbpChoice *second, GError **error);

/* The largest of maps, or the smallest, which are repeated to their common shape.
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
