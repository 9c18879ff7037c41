/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/level.h"
#include "kernel/plain.h"

void
LEVEL (bend) (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative)
{
  gbp_plain_bend (activation, shape, derivative);
}
