/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/kinds.h"

#define CLASS(KIND, name) [GBP_KIND_##KIND] = &gbp_kind_##name,

static const GbpKindClass *const kinds[GBP_N_KINDS] = {GBP_KINDS (CLASS)};

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

const char *
gbp_kind_get_name (GbpKind kind)
{
  return kinds[kind]->name;
}

gboolean
gbp_kind_scales (GbpKind kind)
{
  return kinds[kind]->scales;
}
