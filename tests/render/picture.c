/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"
#include "render/colormap.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE         GBP_TEST_SIZE
#define N_COMPONENTS (SIZE * SIZE * 3)
#define UNTOUCHED    0xa5

static const GbpColormap colormaps[] = {GBP_COLORMAP_RGB, GBP_COLORMAP_GRAY, GBP_COLORMAP_VIRIDIS,
    GBP_COLORMAP_INFERNO, GBP_COLORMAP_TURBO, GBP_COLORMAP_MAGMA, GBP_COLORMAP_DIVERGING};

static float gradient[N_COMPONENTS];
static guint8 picture[N_COMPONENTS];

static void
fill_gradient (float value)
{
  for (guint i = 0; i < N_COMPONENTS; i++)
    gradient[i] = value;
}

static void
randomize_gradient (guint32 seed, float low, float high)
{
  for (guint i = 0; i < N_COMPONENTS; i++)
    gradient[i] = gbp_test_random (&seed, low, high);
}

static guint32
colour_at (guint pixel)
{
  return (guint32) picture[3 * pixel] << 16 | picture[3 * pixel + 1] << 8 | picture[3 * pixel + 2];
}

/* Of each of the colour maps. */
static const guint32 zeros[] = {
    0x808080, 0x000000, 0x440154, 0x000004, 0x30123b, 0x000004, 0xdddddd};

static void
assert_all (guint32 colour)
{
  for (guint i = 0; i < SIZE * SIZE; i++)
    if (colour_at (i) != colour)
      ck_abort_msg ("pixel %u: expected #%06x, found #%06x", i, colour, colour_at (i));
}

/* A gradient of zeros has the colour of zero, in every colour map. */
START_TEST (zeros_have_their_colour)
{
  fill_gradient (0);
  gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (zeros[_i]);
  fill_gradient (-0.0f);
  gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (zeros[_i]);
}
END_TEST

/* Any constant is grey as RGB; as a magnitude it is its own maximum. */
START_TEST (constants)
{
  static const float values[] = {1, -1, 1e-45f, -1e-45f, FLT_MAX, -FLT_MAX, 0.1f};

  fill_gradient (values[_i]);
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (0x808080);
  gbp_picture_render (GBP_COLORMAP_INFERNO, gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (0xfcffa4);
  gbp_picture_render (GBP_COLORMAP_DIVERGING, gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (values[_i] > 0 ? 0xb40426 : 0x3b4cc0);
}
END_TEST

/* Hand-computed: the range is taken over all three channels, and rounding is to nearest. */
START_TEST (channels_share_one_range)
{
  fill_gradient (0);
  gradient[0] = -1;
  gradient[4] = 3;
  gradient[8] = 1;
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIZE, SIZE, picture, 3 * SIZE);
  ck_assert_uint_eq (colour_at (0), 0x004040); /* ¼ · 255 = 63.75 */
  ck_assert_uint_eq (colour_at (1), 0x40ff40);
  ck_assert_uint_eq (colour_at (2), 0x404080); /* ½ · 255 = 127.5 */
}
END_TEST

/* Hand-computed: the largest absolute value over the channels, relative to the maximum. */
START_TEST (magnitude_is_largest_absolute_value)
{
  fill_gradient (0);
  gradient[0] = 1;
  gradient[1] = -2;
  gradient[3] = 0.5f;
  gradient[5] = -1;
  gradient[6] = 0.5f;
  gbp_picture_render (GBP_COLORMAP_GRAY, gradient, SIZE, SIZE, picture, 3 * SIZE);
  ck_assert_uint_eq (colour_at (0), 0xffffff);
  ck_assert_uint_eq (colour_at (1), 0x808080);
  ck_assert_uint_eq (colour_at (2), 0x404040);
  ck_assert_uint_eq (colour_at (3), 0x000000);
}
END_TEST

/* Scaled by anything from the smallest to the largest floats, the picture is the same, and reaches both
 * ends of its range. */
START_TEST (scale_does_not_matter)
{
  static const float scales[] = {1e-38f, 1e-20f, 1, 1e20f, FLT_MAX};
  static const GbpColormap maps[] = {GBP_COLORMAP_RGB, GBP_COLORMAP_GRAY};

  for (guint m = 0; m < G_N_ELEMENTS (maps); m++) {
    guint8 lowest = 255, highest = 0;

    for (guint i = 0; i < N_COMPONENTS; i++)
      gradient[i] = (float) ((gint) (i / 3 % 257) - 128) / 128 * scales[_i];
    gbp_picture_render (maps[m], gradient, SIZE, SIZE, picture, 3 * SIZE);
    for (guint i = 0; i < N_COMPONENTS; i++) {
      gint step = (gint) (i / 3 % 257);
      double unit = maps[m] == GBP_COLORMAP_RGB ? step / 256.0 : abs (step - 128) / 128.0;

      if (fabs (picture[i] - unit * 255) > 0.5 + 1e-4)
        ck_abort_msg ("expected %g, found %u", unit * 255, picture[i]);
      lowest = MIN (lowest, picture[i]);
      highest = MAX (highest, picture[i]);
    }
    ck_assert_uint_eq (lowest, 0);
    ck_assert_uint_eq (highest, 255);
  }
}
END_TEST

static int
compare_components (const void *a, const void *b)
{
  float x = gradient[*(const guint *) a], y = gradient[*(const guint *) b];

  return (x > y) - (x < y);
}

/* A larger gradient is never darker. */
START_TEST (order_is_kept)
{
  static guint order[N_COMPONENTS];

  randomize_gradient (_i + 1, -3, 1);
  for (guint i = 0; i < N_COMPONENTS; i++)
    order[i] = i;
  qsort (order, N_COMPONENTS, sizeof order[0], compare_components);
  gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIZE, SIZE, picture, 3 * SIZE);
  for (guint i = 1; i < N_COMPONENTS; i++)
    if (picture[order[i - 1]] > picture[order[i]])
      ck_abort_msg ("%g is lighter than %g", gradient[order[i - 1]], gradient[order[i]]);
  ck_assert_uint_eq (picture[order[0]], 0);
  ck_assert_uint_eq (picture[order[N_COMPONENTS - 1]], 255);
}
END_TEST

/* NaN and infinities give the picture that zeros in their places give. */
START_TEST (not_finite_is_zero)
{
  static const float values[] = {NAN, -NAN, INFINITY, -INFINITY};
  static guint8 expected[N_COMPONENTS];

  for (guint where = 0; where < 2; where++) {
    randomize_gradient (7, -1, 2);
    for (guint i = where; i < N_COMPONENTS; i += 97)
      gradient[i] = 0;
    gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, expected, 3 * SIZE);
    for (guint i = where, k = 0; i < N_COMPONENTS; i += 97, k++)
      gradient[i] = values[k % G_N_ELEMENTS (values)];
    gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, picture, 3 * SIZE);
    ck_assert_mem_eq (picture, expected, sizeof picture);
  }
  fill_gradient (NAN);
  gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, picture, 3 * SIZE);
  assert_all (zeros[_i]);
}
END_TEST

/* What lies between the rows stays as it is, also where all is zero. */
START_TEST (padding_is_untouched)
{
  static guint8 padded[SIZE * (3 * SIZE + 5)];

  for (guint is_zero = 0; is_zero < 2; is_zero++) {
    randomize_gradient (3, is_zero ? 0 : -1, is_zero ? 0 : 1);
    memset (padded, UNTOUCHED, sizeof padded);
    gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, picture, 3 * SIZE);
    gbp_picture_render (colormaps[_i], gradient, SIZE, SIZE, padded, 3 * SIZE + 5);
    for (guint y = 0; y < SIZE; y++) {
      const guint8 *row = padded + y * (3 * SIZE + 5);

      ck_assert_mem_eq (row, picture + y * 3 * SIZE, 3 * SIZE);
      for (guint i = 0; i < 5; i++)
        ck_assert_uint_eq (row[3 * SIZE + i], UNTOUCHED);
    }
  }
}
END_TEST

/* Colours of the published tables: both ends, and one inside. */
START_TEST (published_colours)
{
  static const struct {
    GbpColormap colormap;
    guint8 index;
    guint32 colour;
  } rows[] = {
      {GBP_COLORMAP_GRAY, 0, 0x000000},
      {GBP_COLORMAP_GRAY, 77, 0x4d4d4d},
      {GBP_COLORMAP_GRAY, 255, 0xffffff},
      {GBP_COLORMAP_VIRIDIS, 0, 0x440154},
      {GBP_COLORMAP_VIRIDIS, 128, 0x21918c},
      {GBP_COLORMAP_VIRIDIS, 255, 0xfde725},
      {GBP_COLORMAP_INFERNO, 0, 0x000004},
      {GBP_COLORMAP_INFERNO, 128, 0xbc3754},
      {GBP_COLORMAP_INFERNO, 255, 0xfcffa4},
      {GBP_COLORMAP_TURBO, 0, 0x30123b},
      {GBP_COLORMAP_TURBO, 128, 0xa4fc3c},
      {GBP_COLORMAP_TURBO, 255, 0x7a0403},
      {GBP_COLORMAP_MAGMA, 0, 0x000004},
      {GBP_COLORMAP_MAGMA, 128, 0xb73779},
      {GBP_COLORMAP_MAGMA, 255, 0xfcfdbf},
      {GBP_COLORMAP_DIVERGING, 1, 0x3b4cc0},
      {GBP_COLORMAP_DIVERGING, 128, 0xdddddd},
      {GBP_COLORMAP_DIVERGING, 255, 0xb40426},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    ck_assert_uint_eq (gbp_colormap_look_up (rows[i].colormap, rows[i].index), rows[i].colour);
}
END_TEST

/* Every colour map is smooth: a mistyped entry would jump. */
START_TEST (colormaps_are_smooth)
{
  for (gint i = 1; i < 256; i++) {
    guint32 before = gbp_colormap_look_up (colormaps[_i], i - 1);
    guint32 colour = gbp_colormap_look_up (colormaps[_i], i);

    for (guint shift = 0; shift < 24; shift += 8)
      ck_assert_int_le (abs ((gint) (colour >> shift & 255) - (gint) (before >> shift & 255)), 9);
  }
}
END_TEST

/* The perceptually uniform maps grow lighter all the way: over three entries, as one can lose a rounding. */
START_TEST (sequential_maps_grow_lighter)
{
  static const GbpColormap maps[] = {
      GBP_COLORMAP_GRAY, GBP_COLORMAP_VIRIDIS, GBP_COLORMAP_INFERNO, GBP_COLORMAP_MAGMA};
  double luminance[256];

  for (guint i = 0; i < 256; i++) {
    guint32 colour = gbp_colormap_look_up (maps[_i], i);
    double red = pow ((colour >> 16) / 255.0, 2.2), green = pow ((colour >> 8 & 255) / 255.0, 2.2);

    luminance[i] = 0.2126 * red + 0.7152 * green + 0.0722 * pow ((colour & 255) / 255.0, 2.2);
    if (i >= 3)
      ck_assert_double_gt (luminance[i], luminance[i - 3]);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"zeros have their colour", zeros_have_their_colour, G_N_ELEMENTS (colormaps)},
      {"constants", constants, 7},
      {"channels share one range", channels_share_one_range, 1},
      {"magnitude", magnitude_is_largest_absolute_value, 1},
      {"scale does not matter", scale_does_not_matter, 5},
      {"order is kept", order_is_kept, 3},
      {"not finite is zero", not_finite_is_zero, G_N_ELEMENTS (colormaps)},
      {"padding is untouched", padding_is_untouched, G_N_ELEMENTS (colormaps)},
      {"published colours", published_colours, 1},
      {"colormaps are smooth", colormaps_are_smooth, G_N_ELEMENTS (colormaps)},
      {"sequential maps grow lighter", sequential_maps_grow_lighter, 4},
  };

  return GBP_TEST_RUN ("render/picture", tests);
}
