/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What pools of any window share. The window of a global mean is the whole map. */
#pragma once

#include "layer/kinds.h"
#include "layer/reach.h"

/* @forward: from the input; @backward: from the output's gradient */
typedef struct {
  GbpWindow window;
  GbpReach *forward;
  GbpReach *backward;
} GbpPoolWindow;

/* A GbpKindClass' functions, of which a global mean has its own infer(). The workspace begins with a map as large as
 * the output, which means without padding use. */
char *gbp_pool_window_infer (
    const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);
GbpRows gbp_pool_window_find_rows (
    const GbpNode *node, guint input, GbpRows rows, gboolean is_backward);
gpointer gbp_pool_window_prepare (const GbpNode *node, const GbpKernels *kernels);
void gbp_pool_window_free (gpointer prepared);
gsize gbp_pool_window_get_workspace_size (const GbpNode *node, guint n_workers);

/* Along row @y of what the pass makes; y counts from the first wanted row. */
GbpReachWalk gbp_pool_window_walk (
    const GbpNodeJob *job, gboolean is_backward, guint y, guint worker);
