/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The dense layers behind VGG's convolutions, of whatever number, size and names. */
#pragma once

#include "format/modules.h"

/* gbp_head_bind:
 * @modules: (element-type GbpModule): of which VGG's convolutions are claimed
 * @channels: that come out of the last convolution; 0: the file ends before it
 * @weights: whose architecture and, where the user or the file says it, input size or pooling are set; the number of
 *     dense layers is set, and the input size that they want
 * @reason: (out) (transfer full) (nullable): why the dense layers are left out; NULL: they are claimed, or there are
 *     none
 *
 * Claims all of the file's dense layers, if there is one order alone in which each takes what the one before it gives,
 * the first one a map of the last convolution's channels, and nothing else in the file may come between them. Numbers
 * and VGG's names order them, else their shapes do.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if an array of theirs is damaged or missing */
gboolean gbp_head_bind (GPtrArray *modules, GbpArrayLayout layout, guint64 channels,
    GbpWeights *weights, char **reason, GError **error);
