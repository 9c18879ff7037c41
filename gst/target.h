/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A target that threads share. */
#pragma once

#include <gbp/gbp.h>

/* Immutable and reference-counted.
 * @target: its layer is owned
 * @number: which of the targets that were set it is, in order; at least 1 */
typedef struct {
  GbpTarget target;
  guint number;
} GstGbpSharedTarget;

/* @target: copied */
GstGbpSharedTarget *gst_gbp_shared_target_new (const GbpTarget *target, guint number);
GstGbpSharedTarget *gst_gbp_shared_target_ref (GstGbpSharedTarget *shared);
void gst_gbp_shared_target_unref (GstGbpSharedTarget *shared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpSharedTarget, gst_gbp_shared_target_unref)
