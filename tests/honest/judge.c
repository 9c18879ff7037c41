/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"

/* @gradient: what comes along and is not looked at */
struct _GbpJudge {
  GbpExplanation *explanation;
  gsize stride;
  float *gradient;
};

/* Grad-CAM, whose way back ends before the convolutions. */
GbpJudge *
gbp_judge_new (GbpNetwork *network)
{
  GbpJudge *judge = g_new (GbpJudge, 1);
  const GbpTarget target = {.method = GBP_METHOD_GRAD_CAM, .class_index = GBP_CLASS_TOP};
  g_autoptr (GError) error = NULL;
  guint height, width;

  gbp_network_get_input_size (network, &height, &width);
  judge->explanation = gbp_explanation_new (network, 0);
  judge->stride = 3 * (gsize) width;
  judge->gradient = g_new (float, height * judge->stride);
  if (judge->explanation == NULL)
    g_error ("not enough memory for an explanation");
  if (!gbp_explanation_set_target (judge->explanation, &target, &error))
    g_error ("%s", error->message);
  return judge;
}

void
gbp_judge_free (GbpJudge *judge)
{
  gbp_explanation_free (judge->explanation);
  g_free (judge->gradient);
  g_free (judge);
}

double
gbp_judge_score (GbpJudge *judge, const guint8 *rgb, int class_index, double *logit)
{
  gbp_explanation_compute (judge->explanation, rgb, judge->stride, judge->gradient, NULL);
  if (logit != NULL)
    *logit = gbp_explanation_get_logits (judge->explanation, NULL)[class_index];
  return gbp_explanation_get_scores (judge->explanation, NULL)[class_index];
}
