/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a network's classes: whether there is one for each. */
#pragma once

#include "network/network.h"

/* gbp_classes_take:
 * @layer: (nullable): whose channels are the classes; NULL: the network has none
 * @names: (out) (transfer full) (nullable): each fit to be shown; left as it is where there are none
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there is another number of names than of classes, or someone asked
 *     for names of classes that are not there */
gboolean gbp_classes_take (
    const GbpNetworkParts *parts, const GbpLayer *layer, char ***names, GError **error);
