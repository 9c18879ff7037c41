/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a style chooses from, as tables. */
#pragma once

#include <gbp/renderer.h>

/* Deviation of the Gaussian that @look wants, in pixels of the network's input. */
double gbp_look_get_softness (GbpLook look);
