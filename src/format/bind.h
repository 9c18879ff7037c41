/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From modules to one architecture's layers. */
#pragma once

#include "format/modules.h"

/* gbp_modules_bind:
 * @modules: (element-type GbpModule): of which those that names show to be VGG's are claimed
 * @arrays: (element-type GbpArray): the file's; those that are no part of the network are removed
 * @weights: architecture, number of dense layers, input size, and what is said of the rest are set
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if an array of the network is damaged */
gboolean gbp_modules_bind (GPtrArray *modules, GPtrArray *arrays, GbpArrayLayout layout,
    GbpWeights *weights, GError **error);
