/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Methods, as a table. */
#pragma once

#include <gbp/explanation.h>

#include "layer/kind.h"

/* @name: as a property has it
 * @description: for people
 * @rule: at each rectifier on the way back */
typedef struct {
  const char *name;
  const char *description;
  GbpRule rule;
} GbpMethodEntry;

const GbpMethodEntry *gbp_method_get (GbpMethod method);
