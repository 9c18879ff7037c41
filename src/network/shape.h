/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes out of an operation, and what it may be given. */
#pragma once

#include "network/graph.h"

/* Whether a map is not empty, and takes at most GBP_GRAPH_MAX_MAP bytes. */
gboolean gbp_shape_fits (const GbpShape *shape);

/* gbp_shape_infer:
 * @inputs: [n_inputs]
 * @output: (out): what comes out
 *
 * Returns: (transfer full) (nullable): what is wrong with the operation: what is expected, and what was found */
char *gbp_shape_infer (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);
