/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/kinds.h"

static const GbpKindClass *const kinds[GBP_N_KINDS] = {
    [GBP_KIND_CONVOLUTION] = &gbp_kind_convolution,
    [GBP_KIND_DENSE] = &gbp_kind_dense,
    [GBP_KIND_SCALE] = &gbp_kind_scale,
    [GBP_KIND_ACTIVATION] = &gbp_kind_activation,
    [GBP_KIND_SOFTMAX] = &gbp_kind_softmax,
    [GBP_KIND_POOL_MAX] = &gbp_kind_pool_max,
    [GBP_KIND_POOL_AVERAGE] = &gbp_kind_pool_average,
    [GBP_KIND_POOL_AVERAGE_PADDED] = &gbp_kind_pool_average_padded,
    [GBP_KIND_GLOBAL_AVERAGE] = &gbp_kind_global_average,
    [GBP_KIND_GLOBAL_MAX] = &gbp_kind_global_max,
    [GBP_KIND_ADD] = &gbp_kind_add,
    [GBP_KIND_MULTIPLY] = &gbp_kind_multiply,
    [GBP_KIND_CONCATENATE] = &gbp_kind_concatenate,
    [GBP_KIND_SELECT] = &gbp_kind_select,
    [GBP_KIND_PAD] = &gbp_kind_pad,
    [GBP_KIND_CROP] = &gbp_kind_crop,
    [GBP_KIND_FLATTEN] = &gbp_kind_flatten,
    [GBP_KIND_IDENTITY] = &gbp_kind_identity,
};

GbpRows
gbp_rows_find_same (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return rows;
}

const GbpKindClass *
gbp_kind_get (GbpKind kind)
{
  return kinds[kind];
}
