/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Methods, as a table. */
#pragma once

#include <gbp/explanation.h>
#include <gbp/registry.h>

#include "layer/kind.h"

/* @entry: as gbp_list_methods() has it; the first member, so that it leads to the row
 * @rule: at each rectifier on the way back to the input
 * @has_gradient: whether that is gone
 * @has_cam: whether a layer's maps are weighted by the gradient of a class, and the result, resized, is the map, or the
 *     gradient's factor
 * @times_input: whether each derivative is multiplied by what it is the derivative with respect to
 * @is_integrated: whether it is integrated from a baseline to the image, and multiplied by their difference */
typedef struct {
  GbpEntry entry;
  GbpRule rule;
  gboolean has_gradient;
  gboolean has_cam;
  gboolean times_input;
  gboolean is_integrated;
} GbpMethodEntry;

/* Whether there is such a method. */
gboolean gbp_method_is_valid (GbpMethod method);

const GbpMethodEntry *gbp_method_get (GbpMethod method);
