/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a file's network makes of a picture, of which no two pixels are the same. */
#pragma once

#include "format/description.h"

#define VALUES_HEIGHT 8
#define VALUES_WIDTH  6

/* The picture: of VALUES_HEIGHT × VALUES_WIDTH pixels, and zeros around it. */
double values_input (int y, int x, int c);

/* What a function of the tests' own makes a formula of a place. */
typedef double (*ValuesFunction) (int y, int x, int c);
#define VALUES_FUNCTION(name, formula)                                                             \
  static double name (int y, int x, int c)                                                         \
  {                                                                                                \
    return formula;                                                                                \
  }

/* Fails the test unless @description is whole, and what comes out last is a map of @shape with @expected in all places,
 * but for rounding. */
void values_assert (
    const GbpDescription *description, const GbpShape *shape, ValuesFunction expected);
