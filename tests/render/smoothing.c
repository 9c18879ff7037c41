/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a renderer keeps from one map to the next. */
#include "rendering.h"

#include <stdlib.h>
#include <string.h>

static guint8 expected[N_PIXELS * 3];

/* Without smoothing a picture depends on its gradient alone, bit for bit. */
START_TEST (no_smoothing_no_memory)
{
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  GbpStyle style = GBP_STYLE_INIT;

  style.colormap = _i;
  style.look = GBP_LOOK_STRENGTH;
  randomize_gradient (3, -1, 1);
  render_once (&style, NULL);
  memcpy (expected, picture, sizeof expected);
  for (guint i = 0; i < 3; i++) {
    randomize_gradient (i, -5, 9);
    render (renderer, &style, i * FRAME, NULL);
  }
  randomize_gradient (3, -1, 1);
  render (renderer, &style, 3 * FRAME, NULL);
  ck_assert_mem_eq (picture, expected, sizeof expected);
}
END_TEST

static guint
find_largest_difference (const guint8 *a, const guint8 *b, gsize n)
{
  guint largest = 0;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, (guint) abs (a[i] - b[i]));
  return largest;
}

/* After a change a still input is within a step of 8 bits of its own picture after five time constants, whether the
 * range or the map is smoothed; and it was not at once. */
START_TEST (smoothing_settles)
{
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  GbpStyle style = GBP_STYLE_INIT;
  gint64 time = 0;

  style.colormap = _i / 2 % 2 == 0 ? GBP_COLORMAP_GRAY : GBP_COLORMAP_RGB;
  style.normalize = _i / 4 == 0 ? GBP_NORMALIZE_AUTO : GBP_NORMALIZE_PERCENTILE;
  style.smooth_map = _i % 2;
  randomize_gradient (4, -1, 1);
  render_once (&style, NULL);
  memcpy (expected, picture, sizeof expected);
  style.smoothing = 200;
  randomize_gradient (5, -2, 3);
  render (renderer, &style, time, NULL);
  randomize_gradient (4, -1, 1);
  render (renderer, &style, time += FRAME, NULL);
  ck_assert_uint_gt (find_largest_difference (picture, expected, sizeof expected), 10);
  while (time < G_GINT64_CONSTANT (1000000000))
    render (renderer, &style, time += FRAME, NULL);
  render (renderer, &style, time, NULL);
  ck_assert_uint_le (find_largest_difference (picture, expected, sizeof expected), 1);
}
END_TEST

/* The steps do not matter, only the time; the last time again changes nothing. */
START_TEST (smoothing_goes_by_time)
{
  g_autoptr (GbpRenderer) often = gbp_renderer_new (SIZE, SIZE);
  g_autoptr (GbpRenderer) seldom = gbp_renderer_new (SIZE, SIZE);
  GbpStyle style = GBP_STYLE_INIT;
  GbpScale first, second;

  style.colormap = GBP_COLORMAP_GRAY;
  style.smoothing = 100;
  randomize_gradient (5, 0, 2);
  render (often, &style, 0, NULL);
  render (seldom, &style, 0, NULL);
  randomize_gradient (6, 0, 1);
  for (guint i = 1; i <= 6; i++)
    render (often, &style, i * FRAME, &first);
  render (seldom, &style, 6 * FRAME, &second);
  ck_assert_double_eq_tol (first.high, second.high, 1e-9);
  render (seldom, &style, 6 * FRAME, &first);
  ck_assert_double_eq (first.high, second.high);
}
END_TEST

/* A reset, a scene cut, a time that goes back, a jump of the range and another kind of style begin anew. */
START_TEST (smoothing_begins_anew)
{
  static guint8 black[N_PIXELS * 3], white[N_PIXELS * 3];
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  GbpStyle style = GBP_STYLE_INIT;
  gint64 time = 10 * FRAME;

  style.colormap = GBP_COLORMAP_GRAY;
  style.smoothing = 1000;
  style.smooth_map = _i != 3;
  memset (white, 255, sizeof white);
  randomize_gradient (5, 0, 2);
  ck_assert (!gbp_renderer_watch (renderer, black, 3 * SIZE));
  render (renderer, &style, time, NULL);
  if (_i == 0)
    gbp_renderer_reset (renderer);
  else if (_i == 1)
    ck_assert (gbp_renderer_watch (renderer, white, 3 * SIZE));
  else if (_i == 2)
    time -= 5 * FRAME;
  else if (_i == 4)
    style.reduce = GBP_REDUCE_SUM_ABS;
  randomize_gradient (6, 0, _i == 3 ? 0.4f : 1);
  render (renderer, &style, time + FRAME, NULL);
  memcpy (expected, picture, sizeof expected);
  render_once (&style, NULL);
  ck_assert_mem_eq (picture, expected, sizeof expected);
}
END_TEST

/* A still, noisy scene flickers less than a quarter as much with a smoothed map. */
START_TEST (smoothing_steadies)
{
  double change[2] = {0, 0};

  for (guint is_smooth = 0; is_smooth < 2; is_smooth++) {
    g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
    GbpStyle style = GBP_STYLE_INIT;

    style.colormap = GBP_COLORMAP_GRAY;
    style.smoothing = is_smooth ? 250 : 0;
    style.smooth_map = TRUE;
    for (guint frame = 0; frame < 12; frame++) {
      memcpy (expected, picture, sizeof expected);
      randomize_gradient (frame + 1, -1, 1);
      for (guint i = 0; i < 3 * N_PIXELS; i++)
        gradient[i] += i / 3 % 16 < 2 ? 4 : 0;
      render (renderer, &style, frame * FRAME, NULL);
      for (guint i = 0; frame > 1 && i < 3 * N_PIXELS; i++)
        change[is_smooth] += abs (picture[i] - expected[i]);
    }
  }
  ck_assert_double_lt (change[1], change[0] / 4);
}
END_TEST

/* A camera that pans is one scene; other pictures are others. */
START_TEST (scenes)
{
  static guint8 image[N_PIXELS * 3], next[N_PIXELS * 3];
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  guint n_cuts = 0;

  for (guint i = 0; i < 3 * N_PIXELS; i++)
    image[i] = i / 3 % SIZE / 28 % 2 == i / 3 / SIZE / 28 % 2 ? 230 : 20;
  gbp_renderer_watch (renderer, image, 3 * SIZE);
  for (guint pan = 1; pan < 20; pan++) {
    for (guint i = 0; i < 3 * N_PIXELS; i++)
      next[i] = image[(i + 9 * pan) % (3 * N_PIXELS)];
    n_cuts += gbp_renderer_watch (renderer, next, 3 * SIZE);
  }
  ck_assert_uint_eq (n_cuts, 0);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    next[i] = 255 - next[i];
  ck_assert (gbp_renderer_watch (renderer, next, 3 * SIZE));
  ck_assert (!gbp_renderer_watch (renderer, next, 3 * SIZE));
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"no smoothing, no memory", no_smoothing_no_memory, 7},
      {"smoothing settles", smoothing_settles, 8},
      {"smoothing goes by time", smoothing_goes_by_time, 1},
      {"smoothing begins anew", smoothing_begins_anew, 5},
      {"smoothing steadies", smoothing_steadies, 1},
      {"scenes", scenes, 1},
  };

  return GBP_TEST_RUN ("render/smoothing", tests);
}
