/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The measures of localisation on scenes and gradients whose answer is known. */
#include "harness.h"
#include "measures.h"

#include <string.h>

#define SIZE GBP_SCENE_SIZE

static guint8 rgb[SIZE * SIZE * 3], mask[SIZE * SIZE * 3];
static float gradient[SIZE * SIZE * 3];
static const GbpScene scene = {rgb, mask, 3 * SIZE, 0};

/* The object is the left upper quarter; every pixel of the scene is grey. */
static void
begin (void)
{
  memset (rgb, 100, sizeof rgb);
  memset (mask, 0, sizeof mask);
  memset (gradient, 0, sizeof gradient);
  for (guint y = 0; y < SIZE / 2; y++)
    memset (mask + 3 * y * SIZE, 255, 3 * SIZE / 2);
}

static void
set_gradient (guint x, guint y, float value)
{
  gradient[3 * (y * SIZE + x) + 1] = value;
}

static void
assert_near (double found, double expected)
{
  ck_assert_double_eq_tol (found, expected, 1e-6);
}

/* All inside: the most that a quarter can have. All outside: nothing. Everywhere the same: 1. */
START_TEST (ratio)
{
  GbpFocus focus;

  begin ();
  set_gradient (10, 20, -3);
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 4);
  assert_near (focus.points, 1);

  set_gradient (10, 20, 0);
  set_gradient (SIZE - 1, 20, 1);
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 0);
  assert_near (focus.points, 0);

  for (guint i = 0; i < SIZE * SIZE * 3; i++)
    gradient[i] = i % 2 ? 2 : -2;
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 1);
}
END_TEST

/* Energy is the square: 3 inside and 1 outside are 9 of 10. The largest one points. */
START_TEST (energy)
{
  GbpFocus focus;

  begin ();
  set_gradient (0, 0, 3);
  set_gradient (SIZE / 2, 0, 1);
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 4 * 0.9);
  assert_near (focus.points, 1);
  set_gradient (SIZE / 2, 0, -4);
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 4 * 9 / 25.0);
  assert_near (focus.points, 0);
}
END_TEST

/* A gradient that is zero explains nothing, and gets nothing for it. */
START_TEST (zero)
{
  GbpFocus focus;

  begin ();
  gbp_scene_focus (&scene, gradient, &focus);
  assert_near (focus.ratio, 0);
  assert_near (focus.points, 0);
}
END_TEST

START_TEST (outline)
{
  GbpOutline shape;

  begin ();
  gbp_scene_outline (&scene, &shape);
  assert_near (shape.area, 0.25);
  assert_near (shape.object_edges, 0);
  assert_near (shape.ground_edges, 0);
  for (guint y = 0; y < SIZE; y++)
    for (guint x = SIZE * 3 / 4; x < SIZE; x++)
      memset (rgb + 3 * (y * SIZE + x), 200, 3); /* an edge on the ground */
  gbp_scene_outline (&scene, &shape);
  assert_near (shape.object_edges, 0);
  ck_assert_double_gt (shape.ground_edges, 0);
}
END_TEST

START_TEST (median)
{
  double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};

  assert_near (gbp_median (odd, 3), 3);
  assert_near (gbp_median (even, 4), 2.5);
  assert_near (gbp_median (NULL, 0), 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"ratio", ratio, 0},
      {"energy", energy, 0},
      {"zero", zero, 0},
      {"outline", outline, 0},
      {"median", median, 0},
  };

  return GBP_TEST_RUN ("measures", tests);
}
