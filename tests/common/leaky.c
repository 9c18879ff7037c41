/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Leaves a GStreamer object behind, which the leaks tracer must find. */
#include <gst/gst.h>

int
main (void)
{
  gst_init (NULL, NULL);
  gst_object_ref_sink (gst_bin_new ("left-behind"));
  gst_deinit ();
  return 0;
}
