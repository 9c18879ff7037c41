/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix times a vector, both ways, at every vector level against plain C. */
#include "maps.h"

#include <math.h>
#include <string.h>

/* One off what is taken at a time: vectors, pairs of them, groups of rows; and a part of a wider matrix. */
static const struct {
  gsize n_rows;
  gsize n_columns;
  gsize stride;
} sizes[] = {
    {1, 1, 1},
    {3, 7, 7},
    {4, 15, 15},
    {5, 17, 17},
    {8, 31, 33},
    {9, 32, 32},
    {23, 33, 40},
    {64, 63, 63},
    {130, 65, 129},
    {257, 200, 200},
};

typedef struct {
  GbpMatrix matrix;
  Map values;
  Map left;  /* [n_rows], with zeros */
  Map right; /* [n_columns] */
} Case;

static Case
new_case (guint i)
{
  Case it = {.values = new_random_map (sizes[i].n_rows * sizes[i].stride + 1, i),
      .left = new_random_map (sizes[i].n_rows, i + 20),
      .right = new_random_map (sizes[i].n_columns, i + 40)};

  /* rows begin anywhere */
  it.matrix =
      (GbpMatrix){it.values.values + 1, sizes[i].n_rows, sizes[i].n_columns, sizes[i].stride};
  return it;
}

static void
free_case (Case *it)
{
  free_map (it->values);
  free_map (it->left);
  free_map (it->right);
}

START_TEST (from_left)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (sizes) && kernels != NULL; i++) {
    Case it = new_case (i);
    Map expected = new_map (sizes[i].n_columns), found = new_map (sizes[i].n_columns);

    plain->multiply_from_left (&it.matrix, it.left.values, expected.values);
    kernels->multiply_from_left (&it.matrix, it.left.values, found.values);
    assert_close (expected, found, 1e-6f * (float) (sizes[i].n_rows + 8));
    free_case (&it);
    free_map (expected);
    free_map (found);
  }
}
END_TEST

START_TEST (from_right)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  guint8 bits[64];
  guint32 seed = 7;

  for (guint i = 0; i < sizeof bits; i++)
    bits[i] = (guint8) gbp_test_random (&seed, 0, 256);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes) && kernels != NULL; i++) {
    const guint8 *wanted = i % 2 == 0 ? NULL : bits;
    Case it = new_case (i / 2);
    Map expected = new_map (it.matrix.n_rows), found = new_map (it.matrix.n_rows);

    plain->multiply_from_right (&it.matrix, it.right.values, wanted, expected.values);
    kernels->multiply_from_right (&it.matrix, it.right.values, wanted, found.values);
    assert_close (expected, found, 1e-6f * (float) (it.matrix.n_columns + 8));
    for (gsize row = 0; row < it.matrix.n_rows; row++)
      if (wanted != NULL && (wanted[row / 8] >> row % 8 & 1) == 0)
        ck_assert_float_eq (found.values[row], 0);
    free_case (&it);
    free_map (expected);
    free_map (found);
  }
}
END_TEST

/* Rows that nothing comes of are not read: NaN in them does not show. */
START_TEST (unread_rows)
{
  const GbpKernels *kernels = get_kernels (_i);
  Case it = new_case (8);
  Map left = new_map (it.matrix.n_columns), right = new_map (it.matrix.n_rows);
  guint8 wanted[32] = {0};

  it.left.values[0] = 1; /* the first row is */
  for (gsize row = 0; row < it.matrix.n_rows; row++) {
    wanted[row / 8] |= (guint8) ((it.left.values[row] != 0) << row % 8);
    if (it.left.values[row] == 0)
      for (gsize column = 0; column < it.matrix.n_columns; column++)
        it.values.values[1 + row * it.matrix.stride + column] = NAN;
  }
  if (kernels != NULL) {
    kernels->multiply_from_left (&it.matrix, it.left.values, left.values);
    kernels->multiply_from_right (&it.matrix, it.right.values, wanted, right.values);
    for (gsize i = 0; i < left.n; i++)
      ck_assert_float_finite (left.values[i]);
    for (gsize i = 0; i < right.n; i++)
      ck_assert_float_finite (right.values[i]);
  }
  free_case (&it);
  free_map (left);
  free_map (right);
}
END_TEST

/* An input that is infinite or NaN is no zero: what comes of it is not finite, and says so. */
START_TEST (not_finite)
{
  const float values[] = {INFINITY, NAN};
  const GbpKernels *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (values) && kernels != NULL; i++) {
    Case it = new_case (6);
    Map left = new_map (it.matrix.n_columns);

    it.values.values[1 + 2 * it.matrix.stride + 5] = 1;
    it.left.values[2] = values[i];
    kernels->multiply_from_left (&it.matrix, it.left.values, left.values);
    ck_assert (!isfinite (left.values[5]));
    free_case (&it);
    free_map (left);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"from left", from_left, N_LEVELS},
      {"from right", from_right, N_LEVELS},
      {"unread rows", unread_rows, N_LEVELS},
      {"not finite", not_finite, N_LEVELS},
  };

  return GBP_TEST_RUN ("dense", tests);
}
