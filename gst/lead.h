/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The strongest class from frame to frame: two that are nearly as strong would else take turns. */
#pragma once

#include <glib.h>

/* @class_index: the one that is followed; −1: none is
 * @target: the number of the target for which it is */
typedef struct {
  int class_index;
  guint target;
} GstGbpLead;

#define GST_GBP_LEAD_INIT                                                                          \
  {                                                                                                \
    -1, 0                                                                                          \
  }

/* gst_gbp_lead_follow:
 * @target: the number of the target that the image is computed for
 * @logits: [n_classes]: of the next image
 *
 * Another class takes the lead where it is half as likely again as the one that has it: where its logit is larger by
 * the logarithm of 1.5.
 *
 * Returns: the class that is explained */
guint gst_gbp_lead_follow (GstGbpLead *lead, guint target, const double *logits, guint n_classes);
