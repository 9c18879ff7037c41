/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of the renderer share: a gradient, and the picture that is made of it. */
#pragma once

#include <gbp/renderer.h>

#include "harness.h"

#define SIZE     GBP_TEST_SIZE
#define N_PIXELS (SIZE * SIZE)
#define FRAME    (G_GINT64_CONSTANT (1000000000) / 30) /* nanoseconds */

static float gradient[N_PIXELS * 3];
static guint8 picture[N_PIXELS * 3], opacity[N_PIXELS];

static inline void
randomize_gradient (guint32 seed, float low, float high)
{
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    gradient[i] = gbp_test_random (&seed, low, high);
}

static inline void
render (GbpRenderer *renderer, const GbpStyle *style, gint64 time, GbpScale *scale)
{
  gbp_renderer_render (renderer, style, gradient, time, picture, 3 * SIZE, opacity, SIZE, scale);
}

/* Renders without anything of a time before. */
static inline void
render_once (const GbpStyle *style, GbpScale *scale)
{
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);

  render (renderer, style, -1, scale);
}
