/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a computation leaves beside its map, for who asks later. */
#pragma once

#include "explain/target.h"

/* @is_there: whether it was computed
 * @cam_height, @cam_width: of the class activation map; 0: there is none
 * @cam: [cam_height][cam_width]: behind this, in one block of memory
 * @n_classes: 0: no scores are wanted
 * @logits, @scores: [n_classes]: behind this, likewise */
typedef struct {
  gboolean is_there;
  guint cam_height;
  guint cam_width;
  float *cam;
  guint n_classes;
  double *logits;
  double *scores;
} GbpOutcome;

/* Returns: (transfer full): free with gbp_memory_free(); NULL if there is no memory */
GbpOutcome *gbp_outcome_new (const GbpSelection *selection, const GbpNetwork *network);

/* @logits: [n_classes]: what the class layer gave */
void gbp_outcome_take_logits (GbpOutcome *outcome, const GbpScorer *scorer, const float *logits);

/* The indices of the @n largest of @values [n_values], in order: NaN before all, of equals the first.
 * Returns: how many there are */
guint gbp_outcome_rank (const double *values, guint n_values, guint *indices, guint n);
