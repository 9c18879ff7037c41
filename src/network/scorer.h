/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What stands at the end of a graph: the logits of classes, and what makes scores of them. */
#pragma once

#include <gbp/network.h>

#include "network/graph.h"

/* @is_hard: of SIGMOID: min (max (@slope · x + @offset, 0), 1), else 1 ÷ (1 + e⁻ˣ) */
typedef struct {
  GbpScoring scoring;
  gboolean is_hard;
  float slope;
  float offset;
} GbpScorer;

/* gbp_scorer_find:
 * @scorer: (out): what the last operations do; untouched where they make no scores
 *
 * Returns: the value of which they make them; else the graph's last */
guint gbp_scorer_find (const GbpGraph *graph, GbpScorer *scorer);

/* gbp_scorer_has_classes:
 * @value: which gbp_scorer_find() found
 * @n_names: of classes, that someone has given; 0: none
 *
 * Whether its channels are those of classes, rather than of a map that only happens to be one pixel. */
gboolean gbp_scorer_has_classes (const GbpGraph *graph, guint value, guint n_names);

/* gbp_scorer_score:
 * @logits: [n_classes]
 * @scores: (out): [n_classes]; where a logit is not finite, its score, and behind a softmax every score, is NaN */
void gbp_scorer_score (
    const GbpScorer *scorer, const double *logits, guint n_classes, double *scores);
