/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the threads that may compute are divided: into workers, each of which computes frames of its own. */
#pragma once

#include <gst/gst.h>

/* What the choice rests on.
 * @cores: that the process may use
 * @threads: the most, all together; 0: as many as there are cores
 * @workers: as the user wants; 0: to be chosen. Frames that go out with the newest map have one in any case
 * @single: the time of one computation with one thread; 0: not measured
 * @full: with all threads; 0: not measured
 * @worker_size: bytes that a worker needs
 * @free_memory: bytes that there are
 * @is_live: whether frames come at their own pace
 * @is_immediate: whether frames go out with the newest map, so that its age is what counts
 * @frame_interval: from one live frame to the next; 0: not known
 * @images: of which a frame's map is the mean; 0 and 1: of the frame itself */
typedef struct {
  guint cores;
  guint threads;
  guint workers;
  GstClockTime single;
  GstClockTime full;
  guint64 worker_size;
  guint64 free_memory;
  gboolean is_live;
  gboolean is_immediate;
  GstClockTime frame_interval;
  guint images;
} GstGbpDemand;

/* @workers: at least 1
 * @threads: of each, at least 1; @workers times @threads never exceeds what the demand allows */
typedef struct {
  guint workers;
  guint threads;
} GstGbpDivision;

/* gst_gbp_division_choose:
 *
 * Files: as many workers as there are threads, of one thread each, since threads that share a frame wait
 * for each other; fewer of more where measured times or the memory say so. At most half of the memory goes
 * to the second worker and those after it. One worker with all threads where a map is the mean of as many images, of
 * which each thread then computes its own: a single picture has the use of all of them so.
 *
 * Live, each frame with a map of its own: the fewest workers that keep up with the frames, so that the
 * latency is the lowest; where none do, or the pace is not known, the most frames a second, or one worker.
 *
 * With the newest map: one worker with all threads.
 */
GstGbpDivision gst_gbp_division_choose (const GstGbpDemand *demand);

/* The time of one computation with @threads threads, between the two that were measured: one part is
 * divided among them, and the other is not (Amdahl's law). 0: not measured. */
GstClockTime gst_gbp_division_predict (const GstGbpDemand *demand, guint threads);
