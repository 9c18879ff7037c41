/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rows of gbp_kind_get()'s table, each from its kind's file, and what those share. */
#pragma once

#include <string.h>

#include "layer/kind.h"
#include "layer/shape.h"

#define GBP_KIND_DECLARATION(KIND, name) extern const GbpKindClass gbp_kind_##name;

GBP_KINDS (GBP_KIND_DECLARATION)

static inline gsize
gbp_shape_get_pixels (const GbpShape *shape)
{
  return (gsize) shape->height * shape->width;
}

/* Floats of a map. */
static inline gsize
gbp_shape_get_size (const GbpShape *shape)
{
  return gbp_shape_get_pixels (shape) * gbp_pad_channels (shape->channels);
}

/* A pass over a node, as a task's data. */
typedef struct {
  const GbpNode *node;
  gconstpointer prepared;
  const GbpNodePass *pass;
} GbpNodeJob;

/* A kind's find_rows() where each row is made of the same row of each input. */
GbpRows gbp_rows_find_same (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward);

/* Pixels of a block, which one part takes: some tens of kilobytes; that hangs on the map alone. */
static inline gsize
gbp_block_get_pixels (const GbpShape *shape)
{
  return MAX (16 * 1024 / gbp_pad_channels (shape->channels), 1);
}

/* Parts of @rows. */
static inline guint
gbp_block_count (const GbpShape *shape, GbpRows rows)
{
  gsize n = gbp_block_get_pixels (shape);

  return (guint) (((gsize) gbp_rows_count (rows) * shape->width + n - 1) / n);
}

/* The pixels of part @part, from @first on. Returns: how many */
static inline gsize
gbp_block_find (const GbpShape *shape, GbpRows rows, guint part, gsize *first)
{
  gsize n = gbp_block_get_pixels (shape);

  *first = (gsize) rows.first * shape->width + part * n;
  return MIN (n, (gsize) rows.end * shape->width - *first);
}
