/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a network says of an image. */
#pragma once

#include <gbp/explanation.h>

G_BEGIN_DECLS

typedef struct _GbpJudge GbpJudge;

/* Returns: (transfer full) */
GbpJudge *gbp_judge_new (GbpNetwork *network);
void gbp_judge_free (GbpJudge *judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpJudge, gbp_judge_free)

/* gbp_judge_score:
 * @rgb: an image as large as the network takes, packed
 * @logit: (out) (optional): of @class_index
 *
 * Returns: the score of the class: behind the softmax */
double gbp_judge_score (GbpJudge *judge, const guint8 *rgb, int class_index, double *logit);

G_END_DECLS
