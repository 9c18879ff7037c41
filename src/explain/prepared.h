/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolutions with their weights in the form that their algorithm wants: made once for a network, when
 * an explanation first needs them, and shared by all of them. They take the place of the kernels that the
 * network was loaded with. */
#pragma once

#include "layer/convolution.h"
#include "network/network.h"

/* The convolutions among the first @n_layers layers, [GBP_MAX_LAYERS], NULL at other layers. Owned by
 * @network, and they stay as they are while it lives. What is missing is made, by @team. Safe from any
 * thread.
 *
 * Returns: FALSE with @error set (GBP_ERROR_MEMORY); what could be made is then there for the next call */
gboolean gbp_prepared_get_convolutions (GbpNetwork *network, guint n_layers, GbpTeam *team,
    const GbpConvolution *convolutions[GBP_MAX_LAYERS], GError **error);
