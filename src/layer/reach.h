/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From which pixels of one map, the source, each pixel of another, the target, is made by a window; in either
 * direction: forward the source is the input, backward the gradient of the output. Whoever computes a target's pixel
 * from all that reach it writes it once, so that rows can be shared out among threads. */
#pragma once

#include "kernel/kernels.h"
#include "layer/rows.h"

/* For the first pixel of its phase, relative to the source's first pixel.
 * @number: which it is of the window's, in raster order */
typedef struct {
  int row, column;
  guint number;
} GbpReachTap;

/* Of target pixels whose row, and whose column, leave one remainder by the step: all have the same taps. */
typedef struct {
  const GbpReachTap *taps;
  guint n_taps;
} GbpPhase;

/* @step_y, @step_x: of the target; while it moves so far, the source moves by @source_step_y, @source_step_x
 * @n_phases_y: as many as there are steps, or rows if those are fewer; @n_phases_x: by columns
 * @n_taps: of the window
 * @phases: (owned): [n_phases_y][n_phases_x]
 * @taps: (owned): of all */
typedef struct {
  guint height, width;
  guint source_height, source_width;
  guint step_y, step_x;
  guint source_step_y, source_step_x;
  guint n_phases_y, n_phases_x;
  gsize n_taps;
  GbpPhase *phases;
  GbpReachTap *taps;
} GbpReach;

/* Both NULL if there is no memory. */
GbpReach *gbp_reach_new_forward (
    const GbpWindow *window, const GbpShape *input, const GbpShape *output);
GbpReach *gbp_reach_new_backward (
    const GbpWindow *window, const GbpShape *input, const GbpShape *output);
void gbp_reach_free (GbpReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpReach, gbp_reach_free)

/* A walk along row @y of the target.
 * @source, @target: the maps, of @stride floats a pixel
 * @taps: (not owned): [reach->n_taps]: scratch, to which stencils point
 * @phase, @next: where it goes on: 0 at first */
typedef struct {
  const GbpReach *reach;
  guint y;
  gsize stride;
  const float *source;
  float *target;
  GbpTap *taps;
  guint phase;
  guint next;
} GbpReachWalk;

/* The next pixels of the row that have their taps in common; beyond the source's edge there is none. Every pixel of
 * the row is in one stencil.
 * Returns: FALSE at the end */
gboolean gbp_reach_walk (GbpReachWalk *walk, GbpStencil *stencil);

/* The output's rows that the input's rows @top … @bottom − 1 go to, and no more than @height.
 * @first, @end: (out) */
void gbp_reach_find_rows (
    const GbpWindow *window, gsize top, gsize bottom, gsize height, gsize *first, gsize *end);

/* The input's rows that the output's @rows see, of an input of @height; those of the output that none of them sees are
 * none. */
GbpRows gbp_reach_find_seen (const GbpWindow *window, GbpRows rows, guint height);

/* Zeroes the output's rows that the input's rows @seen go to, but for @rows.
 * @map: of @output's shape */
void gbp_reach_clear_around (
    const GbpWindow *window, GbpRows seen, GbpRows rows, const GbpShape *output, float *map);

/* How many of the window's pixels lie in the source, for the row or column @i of a target that moves by one.
 * @n: source rows or columns */
guint gbp_reach_count (
    guint i, guint size, guint stride, guint dilation, guint padding_before, guint n);
