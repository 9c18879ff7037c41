/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of values, and whose gradient it is: every vector level against plain C. Random maps have equal
 * values. */
#include "maps.h"

#include <math.h>
#include <string.h>

#define PIXELS 5
#define STRIDE 48
#define UNITS  (PIXELS * STRIDE)

/* They are the same number, or both none. */
static void
assert_same (Map expected, Map found)
{
  for (gsize i = 0; i < expected.n; i++)
    ck_assert (isnan (expected.values[i]) ? isnan (found.values[i])
                                          : found.values[i] == expected.values[i]);
}

/* NaN, wherever it is, is larger than all. */
START_TEST (largest)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  Map x = new_random_map (UNITS, 8), expected = new_map (STRIDE - 16),
      found = new_map (STRIDE - 16);

  x.values[3] = x.values[2 * STRIDE + 5] = x.values[UNITS - STRIDE + 20] = NAN;
  if (kernels != NULL) {
    plain->find_largest (x.values, expected.values, PIXELS, STRIDE, STRIDE - 16);
    kernels->find_largest (x.values, found.values, PIXELS, STRIDE, STRIDE - 16);
    for (gsize c = 0; c < STRIDE - 16; c++) {
      ck_assert_int_eq (isnan (expected.values[c]) != 0, c == 3 || c == 5 || c == 20);
      ck_assert_int_eq (isnan (found.values[c]) != 0, isnan (expected.values[c]) != 0);
      ck_assert (isnan (found.values[c]) || found.values[c] == expected.values[c]);
    }
  }
  free_map (x);
  free_map (expected);
  free_map (found);
}
END_TEST

/* Three maps that are compared, one of them with a NaN, and what comes of it. */
typedef struct {
  Map inputs[3], largest, shares[3];
} Contest;

static Contest
compete (const GbpKernels *kernels, gboolean has_first)
{
  Contest it = {.largest = new_map (UNITS)};
  const float *inputs[3];
  Map dy = new_random_map (UNITS, 9);
  GbpContest contest = {inputs, 3, it.largest.values, has_first};

  for (guint i = 0; i < 3; i++) {
    it.inputs[i] = new_random_map (UNITS, i);
    it.shares[i] = new_map (UNITS);
    for (gsize k = 0; k < UNITS; k++)
      it.inputs[i].values[k] = roundf (4 * it.inputs[i].values[k]); /* many are equal */
    inputs[i] = it.inputs[i].values;
  }
  it.inputs[1].values[7] = it.inputs[2].values[8] = NAN;
  kernels->take_larger (inputs[0], inputs[1], it.largest.values, UNITS);
  kernels->take_larger (it.largest.values, inputs[2], it.largest.values, UNITS);
  for (guint i = 0; i < 3; i++)
    kernels->share_largest (&contest, i, dy.values, it.shares[i].values, 0, UNITS);
  free_map (dy);
  return it;
}

static void
free_contest (Contest *it)
{
  free_map (it->largest);
  for (guint i = 0; i < 3; i++) {
    free_map (it->inputs[i]);
    free_map (it->shares[i]);
  }
}

START_TEST (contest)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);

  for (guint has_first = 0; has_first < 2 && kernels != NULL; has_first++) {
    Contest expected = compete (plain, has_first != 0), found = compete (kernels, has_first != 0);

    ck_assert (isnan (expected.largest.values[7]) && isnan (expected.largest.values[8]));
    ck_assert (expected.shares[1].values[7] == 0 && expected.shares[0].values[8] == 0);
    assert_same (expected.largest, found.largest);
    for (guint i = 0; i < 3; i++)
      assert_same (expected.shares[i], found.shares[i]);
    free_contest (&expected);
    free_contest (&found);
  }
}
END_TEST

/* One off a vector, a vector, more than one, and more than are compared at once. */
static const gsize channels[] = {1, 7, 8, 15, 16, 17, 31, 48, 64, 129};

/* The rows of a map: each pixel's largest channel, and the shares of a gradient. */
typedef struct {
  Map largest, shares;
} Rows;

static Rows
find_rows (const GbpKernels *kernels, gsize n_channels, gboolean has_first)
{
  gsize stride = gbp_pad_channels (n_channels);
  Map x = new_random_map (PIXELS * stride, 3), dy = new_random_map (PIXELS * GBP_LANES, 4);
  Rows it = {new_map (PIXELS * GBP_LANES), new_map (PIXELS * stride)};

  for (gsize i = 0; i < PIXELS * stride; i++)
    x.values[i] =
        i % stride < n_channels ? roundf (2 * x.values[i]) - 3 : 0; /* the padding is larger */
  x.values[2 * stride + n_channels / 2] = NAN;
  x.values[3 * stride] = -INFINITY;
  kernels->find_largest_channels (x.values, it.largest.values, PIXELS, n_channels);
  kernels->share_largest_channels (
      x.values, it.largest.values, dy.values, has_first, it.shares.values, PIXELS, n_channels);
  free_map (x);
  free_map (dy);
  return it;
}

START_TEST (largest_channels)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (channels) && kernels != NULL; i++) {
    Rows expected = find_rows (plain, channels[i / 2], i % 2 != 0);
    Rows found = find_rows (kernels, channels[i / 2], i % 2 != 0);

    ck_assert (isnan (expected.largest.values[2 * GBP_LANES]));
    ck_assert (expected.largest.values[0] < 0);
    assert_same (expected.largest, found.largest);
    assert_same (expected.shares, found.shares);
    free_map (expected.largest);
    free_map (expected.shares);
    free_map (found.largest);
    free_map (found.shares);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"largest", largest, N_LEVELS},
      {"contest", contest, N_LEVELS},
      {"largest channels", largest_channels, N_LEVELS},
  };

  return GBP_TEST_RUN ("kernel/largest", tests);
}
