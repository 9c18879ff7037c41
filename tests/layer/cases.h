/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row for each way in which a kind is computed: all kinds but activations and softmax. */
#pragma once

#include "nodes.h"

/* @inputs: ending with one of no height
 * @n_outputs: channels, of what has a kernel */
typedef struct {
  GbpKind kind;
  GbpShape inputs[MOST_INPUTS];
  guint n_outputs;
  GbpWindow window;
} KindCase;

/* A window of @r × @c, its strides, dilations, padding and groups. */
#define WINDOW(r, c, sy, sx, dy, dx, top, left, bottom, right, n)                                  \
  {                                                                                                \
    r, c, sy, sx, dy, dx, {top, left, bottom, right}, n                                            \
  }

extern const KindCase kind_cases[];
extern const guint n_kind_cases;

/* @activation: (nullable): computed along
 * @has_shifts: what is added, where the kind adds something */
TestNode *kind_case_new (const KindCase *it, const GbpOperation *activation, int level,
    guint n_threads, gboolean has_shifts);
