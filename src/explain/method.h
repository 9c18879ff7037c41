/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Methods, as a table. */
#pragma once

#include <gbp/explanation.h>
#include <gbp/registry.h>

#include "layer/kind.h"

/* @entry: as gbp_list_methods() has it; the first member, so that it leads to the row
 * @rule: at each rectifier on the way back */
typedef struct {
  GbpEntry entry;
  GbpRule rule;
} GbpMethodEntry;

const GbpMethodEntry *gbp_method_get (GbpMethod method);
