/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the computation of one image at a time needs: threads, a plan, and memory while it runs. */
#pragma once

#include "explain/plan.h"
#include "kernel/scratch.h"

/* @team: (not owned)
 * @plan: of the selection
 * @scratch: (nullable): without a selection there is none
 * @memory: (nullable): between gbp_workplace_enter() and gbp_workplace_leave()
 * @pixels: (owned) (nullable): [height][width][3]: an image in floats, where the selection has such images */
typedef struct {
  GbpTeam *team;
  GbpPlan plan;
  GbpScratch *scratch;
  gpointer memory;
  float *pixels;
} GbpWorkplace;

/* gbp_workplace_init:
 * @team: which computes here
 * @planner: which makes what is missing of the weights' preparation; the size of a plan's memory hangs on the size of
 *     this one, and workplaces share memory where theirs have the same
 *
 * Returns: FALSE with @error set (GBP_ERROR_MEMORY); @workplace is then empty */
gboolean gbp_workplace_init (GbpWorkplace *workplace, GbpNetwork *network,
    const GbpSelection *selection, GbpTeam *team, GbpTeam *planner, GError **error);

/* Frees what it owns. */
void gbp_workplace_clear (GbpWorkplace *workplace);

/* Waits for memory, binds the plan to it and begins the team's session. Memory comes before helpers, so that who waits
 * has none. */
void gbp_workplace_enter (GbpWorkplace *workplace);
void gbp_workplace_leave (GbpWorkplace *workplace);
