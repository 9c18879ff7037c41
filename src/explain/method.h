/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Methods, as a table. */
#pragma once

#include <gbp/explanation.h>

#include "layer/kind.h"

/* @name: as a property has it
 * @description: for people
 * @rule: at each rectifier on the way back to the input
 * @has_gradient: whether that is gone
 * @has_cam: whether a layer's maps are weighted by the gradient of a class, and the result, resized, is the map, or the
 *     gradient's factor */
typedef struct {
  const char *name;
  const char *description;
  GbpRule rule;
  gboolean has_gradient;
  gboolean has_cam;
} GbpMethodEntry;

/* Whether there is such a method. */
gboolean gbp_method_is_valid (GbpMethod method);

const GbpMethodEntry *gbp_method_get (GbpMethod method);
