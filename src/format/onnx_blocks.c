/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Squares of pixels that Reshape and Transpose make channels of, or channels that they make squares of pixels:
 * PyTorch's pixel_unshuffle() and pixel_shuffle(). Between the two the graph's map has all as channels, of each of
 * which a square's pixels follow each other, row by row. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

#define N_AXES 6

/* A map whose channels are in three axes: those that count, and rows and columns of a block. */
static GbpOnnxValue *
new_blocks (
    GbpOnnx *onnx, const GbpOnnxValue *map, int value, guint block, const GbpOnnxRole roles[N_AXES])
{
  GbpOnnxValue *blocks = gbp_onnx_map_new (onnx, value, map);

  blocks->rank = N_AXES;
  blocks->groups = block * block;
  memcpy (blocks->roles, roles, N_AXES * sizeof *roles);
  return blocks;
}

GbpOnnxValue *
gbp_onnx_split_blocks (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error)
{
  static const GbpOnnxRole of_pixels[] = {GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_HEIGHT,
      GBP_ONNX_BLOCK_ROWS, GBP_ONNX_WIDTH, GBP_ONNX_BLOCK_COLUMNS};
  static const GbpOnnxRole of_channels[] = {GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_BLOCK_ROWS,
      GBP_ONNX_BLOCK_COLUMNS, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  const GbpShape size = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  guint64 block = rank == N_AXES ? shape[3] : 0;
  int value;

  if (block < 2 || block > GBP_MAX_SIZE || !gbp_onnx_is_nchw (map) || map->groups != 0
      || shape[0] != 1)
    return NULL;
  if (shape[1] * block * block == size.channels && shape[2] == block && shape[4] == size.height
      && shape[5] == size.width)
    return new_blocks (onnx, map, map->value, (guint) block, of_channels);
  if (shape[1] != size.channels || shape[2] * block != size.height || shape[5] != block
      || shape[4] * block != size.width)
    return NULL;
  value = gbp_builder_add_space_to_depth (onnx->builder, map->value, (guint) block, TRUE, error);
  return value < 0 ? NULL : new_blocks (onnx, map, value, (guint) block, of_pixels);
}

/* Where the graph has the channel that comes at @index, the three axes of which are in any order. */
static guint
find_channel (const GbpOnnx *onnx, const GbpOnnxValue *blocks, guint index)
{
  guint block =
      gbp_onnx_get_size (onnx, blocks, (guint) gbp_onnx_find_axis (blocks, GBP_ONNX_BLOCK_ROWS));
  guint at = 0;

  for (guint axis = 4; axis-- > 1;) {
    GbpOnnxRole role = blocks->roles[axis];
    guint size = gbp_onnx_get_size (onnx, blocks, axis);
    guint stride = role == GBP_ONNX_CHANNELS     ? block * block
                   : role == GBP_ONNX_BLOCK_ROWS ? block
                                                 : 1;

    at += index % size * stride;
    index /= size;
  }
  return at;
}

/* The graph's channels in the order that the axes have. */
static int
order_channels (GbpOnnx *onnx, const GbpOnnxValue *blocks, GError **error)
{
  guint n = gbp_graph_get_shape (onnx->builder->graph, (guint) blocks->value)->channels;
  float *channels = gbp_builder_allocate (onnx->builder, n, error);
  gboolean is_ordered = TRUE;
  GbpOperation operation;

  if (channels == NULL)
    return -1;
  for (guint c = 0; c < n; c++) {
    channels[c] = (float) find_channel (onnx, blocks, c);
    is_ordered = is_ordered && channels[c] == (float) c;
  }
  if (is_ordered) {
    g_free (channels);
    return blocks->value;
  }
  operation = gbp_operation_on (GBP_KIND_SELECT, blocks->value);
  operation.tensors[0] = gbp_tensor_new_take (channels, n);
  return gbp_builder_add (onnx->builder, &operation, error);
}

/* Whether a block's pixels are axes before height and width, as channels, or behind each, as pixels. */
static gboolean
are_channels (const GbpOnnxValue *blocks)
{
  return blocks->roles[4] == GBP_ONNX_HEIGHT && blocks->roles[5] == GBP_ONNX_WIDTH;
}

static gboolean
are_pixels (const GbpOnnxValue *blocks)
{
  return blocks->roles[1] == GBP_ONNX_CHANNELS && blocks->roles[2] == GBP_ONNX_HEIGHT
         && blocks->roles[3] == GBP_ONNX_BLOCK_ROWS && blocks->roles[4] == GBP_ONNX_WIDTH
         && blocks->roles[5] == GBP_ONNX_BLOCK_COLUMNS;
}

GbpOnnxValue *
gbp_onnx_join_blocks (
    GbpOnnx *onnx, const GbpOnnxValue *blocks, guint rank, const guint64 *shape, GError **error)
{
  static const GbpOnnxRole roles[] = {
      GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  guint block =
      gbp_onnx_get_size (onnx, blocks, (guint) gbp_onnx_find_axis (blocks, GBP_ONNX_BLOCK_ROWS));
  GbpOnnxValue *joined;
  gboolean fits = rank == G_N_ELEMENTS (roles) && blocks->roles[0] == GBP_ONNX_BATCH;
  int value = -1;

  if (fits && are_channels (blocks))
    value = order_channels (onnx, blocks, error);
  else if (fits && are_pixels (blocks))
    value = gbp_builder_add_depth_to_space (onnx->builder, blocks->value, block, TRUE, error);
  else
    gbp_builder_refuse (
        error, "its shape is supported where it makes squares of pixels of channels, or back");
  if (value < 0)
    return NULL;
  joined = gbp_onnx_map_new (onnx, value, blocks);
  joined->groups = 0;
  joined->rank = rank;
  memcpy (joined->roles, roles, sizeof roles);
  for (guint i = 0; i < rank && fits; i++)
    fits = shape[i] == gbp_onnx_get_size (onnx, joined, i);
  if (fits)
    return joined;
  gbp_builder_refuse (error, "its shape is supported where it joins the axes of squares of pixels");
  return NULL;
}
