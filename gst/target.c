/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "target.h"

#include "aim.h"

static void
clear_shared_target (gpointer data)
{
  GstGbpSharedTarget *shared = data;

  gst_gbp_target_clear (&shared->target);
}

GstGbpSharedTarget *
gst_gbp_shared_target_new (const GbpTarget *target, guint number)
{
  GstGbpSharedTarget *shared = g_atomic_rc_box_new0 (GstGbpSharedTarget);

  gst_gbp_target_copy (&shared->target, target);
  shared->number = number;
  return shared;
}

GstGbpSharedTarget *
gst_gbp_shared_target_ref (GstGbpSharedTarget *shared)
{
  return g_atomic_rc_box_acquire (shared);
}

void
gst_gbp_shared_target_unref (GstGbpSharedTarget *shared)
{
  g_atomic_rc_box_release_full (shared, clear_shared_target);
}
