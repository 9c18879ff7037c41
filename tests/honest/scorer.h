/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network's scores of an image, by the forward pass alone. */
#pragma once

#include <gbp/network.h>

G_BEGIN_DECLS

typedef struct _GbpScorer GbpScorer;

/* Returns: (transfer full) */
GbpScorer *gbp_scorer_new (GbpNetwork *network);
void gbp_scorer_free (GbpScorer *scorer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpScorer, gbp_scorer_free)

/* gbp_scorer_score:
 * @rgb: an image as large as the network takes, rows @stride bytes apart
 * @logit: (out) (optional): of @class_index
 *
 * Returns: the softmax of its logit among all */
double gbp_scorer_score (
    GbpScorer *scorer, const guint8 *rgb, gsize stride, int class_index, double *logit);

G_END_DECLS
