/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long computations take. */
#pragma once

#include "workers.h"

/* gst_gbp_workers_measure:
 * @spent: (out): the mean time of a computation while all workers compute
 *
 * Lets each worker compute twice, of which the second time counts: the first touches all memory. Nothing
 * may have been pushed, and no wait be cut short. Takes the time of two computations and one preparation.
 *
 * Returns: FALSE with @error set if there is no map */
gboolean gst_gbp_workers_measure (
    GstGbpWorkers *workers, GstGbpSharedTarget *target, GstClockTime *spent, GError **error);
