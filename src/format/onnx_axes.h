/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Axes of maps: in another order, in groups, of squares of pixels, and what is made along them. */
#pragma once

#include "format/onnx_values.h"

/* The sum, or mean, over a map's groups, by ReduceSum or ReduceMean. NULL with @error set */
GbpOnnxValue *gbp_onnx_sum_groups (
    GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, GError **error);

/* For each number of a group's the softmax over the groups. NULL with @error set */
GbpOnnxValue *gbp_onnx_softmax_groups (GbpOnnx *onnx, const GbpOnnxValue *map, GError **error);

/* @maps: [@n], whose axis @axis is of none: as groups along that. NULL with @error set */
GbpOnnxValue *gbp_onnx_stack_maps (
    GbpOnnx *onnx, GbpOnnxValue *const *maps, guint n, guint axis, GError **error);

/* A vector with its channels in groups, wherever the axes of one are; NULL: that is not what @shape asks for. */
GbpOnnxValue *gbp_onnx_group_vector (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape);

/* The way back; NULL: that is not what @shape asks for, or @error is set. */
GbpOnnxValue *gbp_onnx_join_vector (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error);

/* The map with its axes as [batch, channels, height, width], where it has those; else as it is. NULL with @error set */
GbpOnnxValue *gbp_onnx_make_nchw (GbpOnnx *onnx, GbpOnnxValue *map, GError **error);

/* Whether the axes of two maps are as many and mean the same. */
gboolean gbp_onnx_have_same_axes (const GbpOnnxValue *x, const GbpOnnxValue *y);

/* @maps: (inout): [@n]: with axes in the usual order, unless they are the same already. FALSE with @error set */
gboolean gbp_onnx_align_axes (GbpOnnx *onnx, GbpOnnxValue **maps, guint n, GError **error);

/* @maps: [@n], one behind the other along an axis. NULL with @error set */
GbpOnnxValue *gbp_onnx_join_maps (
    GbpOnnx *onnx, GbpOnnxValue **maps, guint n, gint64 axis, GError **error);

/* Of one direction's @size pixels @n from @start on. NULL with @error set */
GbpOnnxValue *gbp_onnx_take_pixels (GbpOnnx *onnx, const GbpOnnxValue *map, GbpOnnxRole role,
    guint size, gint64 start, guint64 n, GError **error);

/* The map with axes of one more, or less; NULL: that is not what @shape, [@rank], asks for. */
GbpOnnxValue *gbp_onnx_change_singles (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape);

/* The map with squares of pixels, or of channels, in axes of their own; NULL: that is not what @shape asks for, or
 * @error is set. */
GbpOnnxValue *gbp_onnx_split_blocks (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error);

/* The way back, or to the other of the two. NULL with @error set */
GbpOnnxValue *gbp_onnx_join_blocks (
    GbpOnnx *onnx, const GbpOnnxValue *blocks, guint rank, const guint64 *shape, GError **error);

/* A map with its groups of channels in one axis again, also from where the two have changed places: ShuffleNet's
 * shuffle. NULL with @error set */
GbpOnnxValue *gbp_onnx_join_groups (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error);
