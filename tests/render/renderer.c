/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From gradients to pictures: strengths, scales, softness, looks. */
#include "rendering.h"

#include "render/scale.h"
#include "render/soften.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static guint8 expected[N_PIXELS * 3];

/* One pixel has a gradient, all others have none. */
static void
set_pixel (float red, float green, float blue)
{
  memset (gradient, 0, sizeof gradient);
  gradient[0] = red;
  gradient[1] = green;
  gradient[2] = blue;
}

/* A style without softness, over a fixed range of @range. */
static GbpStyle
make_fixed (GbpColormap colormap, double range)
{
  GbpStyle style = GBP_STYLE_INIT;

  style.colormap = colormap;
  style.normalize = GBP_NORMALIZE_FIXED;
  style.range = range;
  style.softness = 0;
  return style;
}

/* Hand-computed, of red 1, green −3, blue 2, in 255ths of 6. */
START_TEST (reduces)
{
  static const struct {
    GbpReduce reduce;
    double strength, signed_value;
  } rows[] = {{GBP_REDUCE_MAX_ABS, 3, -3}, {GBP_REDUCE_SUM_ABS, 6, 0}, {GBP_REDUCE_POSITIVE, 2, 2},
      {GBP_REDUCE_NEGATIVE, 3, -3}};
  float value;

  set_pixel (1, -3, 2);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GbpStyle style = make_fixed (GBP_COLORMAP_GRAY, 6);

    style.reduce = rows[i].reduce;
    render_once (&style, NULL);
    ck_assert_uint_eq (picture[0], (guint) (rows[i].strength / 6 * 255 + 0.5));
    ck_assert_uint_eq (picture[3], 0);
    gbp_map_reduce (GBP_MAP_SIGNED, rows[i].reduce, gradient, 1, &value);
    ck_assert_float_eq (value, (float) rows[i].signed_value);
  }
}
END_TEST

/* The article's picture is what gbp_picture_render() makes, by default, and only alone. */
START_TEST (plain_is_the_articles)
{
  GbpStyle style = GBP_STYLE_INIT;

  randomize_gradient (3, -2, 1);
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIZE, SIZE, expected, 3 * SIZE);
  render_once (&style, NULL);
  ck_assert_mem_eq (picture, expected, sizeof picture);
  for (guint i = 0; i < N_PIXELS; i++)
    ck_assert_uint_eq (opacity[i], 255);
  style.blend = 0.5;
  render_once (&style, NULL);
  ck_assert_mem_ne (picture, expected, sizeof picture);
  style.normalize = GBP_NORMALIZE_FRAME;
  style.softness = 0;
  render_once (&style, NULL);
  ck_assert_mem_eq (picture, expected, sizeof picture);
}
END_TEST

static const struct {
  GbpColormap colormap;
  GbpNormalize normalize;
  double low, high;
} scales[] = {
    {GBP_COLORMAP_RGB, GBP_NORMALIZE_FRAME, -2, 8},
    {GBP_COLORMAP_RGB, GBP_NORMALIZE_ZERO_CENTRED, -8, 8},
    {GBP_COLORMAP_RGB, GBP_NORMALIZE_FIXED, -5, 5},
    {GBP_COLORMAP_DIVERGING, GBP_NORMALIZE_FRAME, -8, 8},
    {GBP_COLORMAP_DIVERGING, GBP_NORMALIZE_FIXED, -5, 5},
    {GBP_COLORMAP_INFERNO, GBP_NORMALIZE_FRAME, 0, 8},
    {GBP_COLORMAP_INFERNO, GBP_NORMALIZE_ZERO_CENTRED, 0, 8},
    {GBP_COLORMAP_INFERNO, GBP_NORMALIZE_FIXED, 0, 5},
};

START_TEST (scales_are_told)
{
  GbpStyle style = make_fixed (scales[_i].colormap, 5);
  GbpScale scale;

  set_pixel (8, 1, -2);
  style.normalize = scales[_i].normalize;
  render_once (&style, &scale);
  ck_assert_double_eq (scale.low, scales[_i].low);
  ck_assert_double_eq (scale.high, scales[_i].high);
  ck_assert_double_eq (scale.peak, 8);
}
END_TEST

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* Against sorting, over values of all sizes and signs; zeros do not count. */
START_TEST (percentile_is_the_sorted_one)
{
  static const double percents[] = {100, 99, 50, 1, 1e-9};
  static const gsize counts[] = {1, 2, 3, 100, 1001};
  guint32 seed = 29;

  for (guint k = 0; k < G_N_ELEMENTS (counts); k++) {
    gsize n = counts[k];
    float values[1001 + 50] = {0}, sorted[1001];

    for (gsize i = 0; i < n; i++) {
      values[i] = ldexpf (gbp_test_random (&seed, 1, 2), (int) gbp_test_random (&seed, -140, 127));
      sorted[i] = values[i];
      values[i] *= i % 2 == 0 ? 1 : -1;
    }
    qsort (sorted, n, sizeof *sorted, compare_floats);
    for (guint p = 0; p < G_N_ELEMENTS (percents); p++) {
      gsize rank = MAX ((gsize) ceil (percents[p] / 100 * n), 1);

      ck_assert_float_eq (
          gbp_scale_find_percentile (values, n + 50, percents[p]), sorted[rank - 1]);
    }
  }
  ck_assert_float_eq (gbp_scale_find_percentile ((const float[5]){0, -0.0f}, 5, 99), 0);
}
END_TEST

/* What is beyond the percentile is cut off, and no more: one in a hundred is at the end of the colours. */
START_TEST (clip_cuts_off)
{
  GbpStyle style = GBP_STYLE_INIT;
  guint n_at_end = 0;

  style.colormap = GBP_COLORMAP_GRAY;
  style.softness = 0;
  for (guint i = 0; i < N_PIXELS; i++)
    gradient[3 * i] = gradient[3 * i + 1] = gradient[3 * i + 2] = (float) (i + 1);
  render_once (&style, NULL);
  for (guint i = 0; i < N_PIXELS; i++)
    n_at_end += (double) (i + 1) >= 0.99 * N_PIXELS && picture[3 * i] == 255;
  ck_assert_uint_ge (n_at_end, N_PIXELS / 100);
  ck_assert_uint_le (n_at_end, N_PIXELS / 100 + 2);
}
END_TEST

/* Height and width in which the widest Gaussian has room. */
#define WIDE GBP_TEST_INPUT_SIZE

/* A constant stays what it is, up to the border, and a point becomes a Gaussian that weighs as much. */
START_TEST (softening)
{
  static const double deviations[] = {0.3, 1, 1.5, 6, 20};
  static float values[WIDE * WIDE * 3];
  g_autofree float *scratch = g_new (float, gbp_soften_count_scratch (WIDE, WIDE));
  double deviation = deviations[_i], sum = 0;
  gsize centre = (WIDE / 2 * WIDE + WIDE / 2) * 3 + 1;

  for (guint i = 0; i < 3 * WIDE * WIDE; i++)
    values[i] = (float) (i % 3) - 1;
  gbp_soften (deviation, 3, WIDE, WIDE, values, scratch);
  for (guint i = 0; i < 3 * WIDE * WIDE; i++)
    ck_assert_float_eq_tol (values[i], (float) (i % 3) - 1, 1e-5f);
  memset (values, 0, sizeof values);
  values[centre] = 1;
  gbp_soften (deviation, 3, WIDE, WIDE, values, scratch);
  for (guint i = 0; i < 3 * WIDE * WIDE; i++) {
    ck_assert (i % 3 == 1 || values[i] == 0);
    sum += values[i];
  }
  ck_assert_double_eq_tol (sum, 1, 1e-4);
  ck_assert_double_eq_tol (
      values[centre + 3] / values[centre], exp (-0.5 / (deviation * deviation)), 1e-4);
  ck_assert_double_eq_tol (
      values[centre - 3 * WIDE] / values[centre], exp (-0.5 / (deviation * deviation)), 1e-4);
}
END_TEST

/* Hand-computed: opacities and colours of a pixel of full strength, one of a quarter and one of none. */
START_TEST (looks)
{
  static const struct {
    GbpColormap colormap;
    GbpLook look;
    guint opacity[3];
    guint32 colour[3];
  } rows[] = {
      {GBP_COLORMAP_GRAY, GBP_LOOK_OVER, {128, 128, 128}, {0xffffff, 0x404040, 0x000000}},
      {GBP_COLORMAP_GRAY, GBP_LOOK_STRENGTH, {128, 32, 0}, {0xffffff, 0x404040, 0x000000}},
      {GBP_COLORMAP_GRAY, GBP_LOOK_SPOTLIGHT, {0, 54, 108}, {0, 0, 0}},
      {GBP_COLORMAP_GRAY, GBP_LOOK_SCREEN, {128, 32, 0}, {0xffffff, 0xffffff, 0x000000}},
      {GBP_COLORMAP_RGB, GBP_LOOK_STRENGTH, {128, 32, 0}, {0xffffff, 0x9f9f9f, 0x808080}},
      {GBP_COLORMAP_RGB, GBP_LOOK_SCREEN, {128, 32, 0}, {0xffffff, 0xffffff, 0x000000}},
      {GBP_COLORMAP_INFERNO, GBP_LOOK_SCREEN, {128, 55, 2}, {0xfcffa4, 0xca25ff, 0x0000ff}},
  };
  GbpStyle style = make_fixed (rows[_i].colormap, 4);

  set_pixel (4, 4, 4);
  gradient[3] = gradient[4] = gradient[5] = 1;
  style.look = rows[_i].look;
  style.blend = 0.5;
  render_once (&style, NULL);
  for (guint i = 0; i < 3; i++) {
    const guint8 *rgb = picture + 3 * i;

    ck_assert_uint_eq (opacity[i], rows[_i].opacity[i]);
    ck_assert_uint_eq ((guint32) rgb[0] << 16 | rgb[1] << 8 | rgb[2], rows[_i].colour[i]);
  }
}
END_TEST

/* Without any gradient the video stays as it is where the look goes by strength. */
START_TEST (nothing_shows_nothing)
{
  GbpStyle style = GBP_STYLE_INIT;

  memset (gradient, 0, sizeof gradient);
  style.colormap = _i;
  style.look = GBP_LOOK_STRENGTH;
  render_once (&style, NULL);
  for (guint i = 0; i < N_PIXELS; i++)
    ck_assert_uint_eq (opacity[i], 0);
}
END_TEST

/* Whatever a style holds, the picture comes out, and nothing is written beside it. */
START_TEST (values_beyond_their_ranges)
{
  static const double odd[] = {-1e300, -1, 0, 1e-300, 1e300, INFINITY, -INFINITY, NAN};
  static const float gradients[] = {0, 1, 3e38f, 1e-45f, INFINITY, NAN};
  static guint8 padded[SIZE * (3 * SIZE + 5)];
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (SIZE, SIZE);
  GbpStyle style = GBP_STYLE_INIT;

  style.blend = style.clip = style.range = style.softness = style.smoothing = odd[_i];
  for (guint i = 0; i < G_N_ELEMENTS (gradients); i++) {
    for (guint k = 0; k < 3 * N_PIXELS; k++)
      gradient[k] = k % 2 == 0 ? gradients[i] : -gradients[i];
    for (guint k = 0; k < 35; k += GBP_TEST_SANITIZED ? 17 : 2) {
      style.colormap = k % 7;
      style.look = k % 5;
      style.normalize = k % 4 + 1;
      style.smooth_map = k % 2;
      memset (padded, 0xa5, sizeof padded);
      gbp_renderer_render (
          renderer, &style, gradient, k * FRAME, padded, 3 * SIZE + 5, opacity, SIZE, NULL);
      for (guint y = 0; y < SIZE; y++)
        ck_assert_uint_eq (padded[y * (3 * SIZE + 5) + 3 * SIZE], 0xa5);
    }
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"reduces", reduces, 1},
      {"plain is the article's", plain_is_the_articles, 1},
      {"scales are told", scales_are_told, G_N_ELEMENTS (scales)},
      {"percentile is the sorted one", percentile_is_the_sorted_one, 1},
      {"clip cuts off", clip_cuts_off, 1},
      {"softening", softening, 5},
      {"looks", looks, 7},
      {"nothing shows nothing", nothing_shows_nothing, 7},
      {"values beyond their ranges", values_beyond_their_ranges, 8},
  };

  return GBP_TEST_RUN ("render/renderer", tests);
}
