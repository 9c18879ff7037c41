/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "job.h"

/* Lanes: threads that take one job after the other. A video keeps all cores at work by itself, with several of its
 * frames in flight, and has them alone; of pictures, which are one frame each, as many are done at once as there are
 * cores and memory for. What is written does not depend on that, nor what is said, nor in which order. */

/* INPUT broke off, and what there was of it is done. */
#define LANES_CUT 3

/* Does all of @jobs, an array of Job, from the main thread. One that fails leaves the others as they are; a signal ends
 * all.
 * Returns: 0; or, of the worst one, 1 or LANES_CUT. The errors are printed. */
int lanes_run (const GArray *jobs, const Settings *settings, Signals *signals);
