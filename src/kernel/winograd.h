/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values along one side of the larger tile in the transformed domain. */
#define SIDE 6

#define SQRT2   1.41421356f
#define SQRT1_2 0.70710678f
