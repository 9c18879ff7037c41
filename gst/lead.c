/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lead.h"

#include <math.h>

#define ADVANTAGE 0.4054651081081644 /* log 1.5 */

/* Of equals the first; what is not a number is taken for the largest, so that it shows. */
static guint
find_strongest (const double *logits, guint n_classes)
{
  guint strongest = 0;

  for (guint i = 1; i < n_classes && !isnan (logits[strongest]); i++)
    if (!(logits[i] <= logits[strongest]))
      strongest = i;
  return strongest;
}

guint
gst_gbp_lead_follow (GstGbpLead *lead, guint target, const double *logits, guint n_classes)
{
  guint strongest = find_strongest (logits, n_classes);

  if (lead->target != target || lead->class_index < 0 || lead->class_index >= (int) n_classes
      || !(logits[strongest] - logits[lead->class_index] <= ADVANTAGE))
    *lead = (GstGbpLead){(int) strongest, target};
  return (guint) lead->class_index;
}
