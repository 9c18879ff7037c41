/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every vector level against plain C; Winograd's transforms are in transforms.c. */
#include "maps.h"

#include <math.h>
#include <string.h>

#define PIXELS 5
#define STRIDE 48
#define UNITS  (PIXELS * STRIDE)

START_TEST (bias_and_relu)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  Map bias = new_random_map (STRIDE, 1);
  Map expected = new_random_map (UNITS, 2), found = new_random_map (UNITS, 2);
  guint8 expected_bits[UNITS / 8], found_bits[UNITS / 8];

  if (kernels != NULL) {
    memset (found_bits, 0xaa, sizeof found_bits);
    plain->bias_relu (expected.values, bias.values, expected_bits, PIXELS, STRIDE);
    kernels->bias_relu (found.values, bias.values, found_bits, PIXELS, STRIDE);
    assert_close (expected, found, 0);
    ck_assert_mem_eq (expected_bits, found_bits, sizeof found_bits);
  }
  free_map (bias);
  free_map (expected);
  free_map (found);
}
END_TEST

static void
assert_rectified (const GbpKernels *kernels)
{
  const float values[] = {NAN, -NAN, INFINITY, -INFINITY, -1, 2},
              made[] = {NAN, NAN, INFINITY, 0, 0, 2};
  Map bias = new_random_map (STRIDE, 1), map = new_map (UNITS);
  guint8 bits[UNITS / 8];

  for (gsize i = 0; i < UNITS; i++) {
    bias.values[i % STRIDE] = 0;
    map.values[i] = values[i % G_N_ELEMENTS (values)];
  }
  kernels->bias_relu (map.values, bias.values, bits, PIXELS, STRIDE);
  for (gsize i = 0; i < UNITS; i++) {
    float expected = made[i % G_N_ELEMENTS (made)];

    ck_assert (isnan (expected) ? isnan (map.values[i]) : map.values[i] == expected);
    ck_assert_int_eq (bits[i / 8] >> i % 8 & 1, expected > 0);
  }
  free_map (bias);
  free_map (map);
}

/* NaN is kept, and active nowhere. */
START_TEST (not_a_number)
{
  const GbpKernels *kernels = get_kernels (_i);

  assert_rectified (gbp_kernels_get_level ("plain"));
  if (kernels != NULL)
    assert_rectified (kernels);
}
END_TEST

START_TEST (gates)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  guint8 bits[UNITS / 8];
  guint32 seed = 3;

  for (guint i = 0; i < sizeof bits; i++)
    bits[i] = (guint8) gbp_test_random (&seed, 0, 256);
  for (guint rule = 0; rule < 4 && kernels != NULL; rule++) {
    GbpGate gate = {rule & 1, rule & 2 ? bits : NULL};
    Map expected = new_random_map (UNITS, 4), found = new_random_map (UNITS, 4);

    plain->gate (expected.values, &gate, PIXELS, STRIDE);
    kernels->gate (found.values, &gate, PIXELS, STRIDE);
    assert_close (expected, found, 0);
    free_map (expected);
    free_map (found);
  }
}
END_TEST

/* Rows from one to more than a block; columns of whole and partial panels; terms of more than one chunk;
 * parts of both. */
static const struct {
  gsize rows;
  gsize columns;
  gsize depth;
  GbpChannels terms;
  GbpChannels wanted;
} products[] = {
    {1, 16, 16, {0, 16}, {0, 16}},
    {14, 32, 16, {0, 16}, {0, 32}},
    {15, 48, 48, {0, 48}, {0, 48}},
    {7, 80, 112, {0, 112}, {0, 80}},
    {29, 64, 144, {0, 144}, {0, 64}},
    {6, 112, 80, {0, 80}, {0, 112}},
    {13, 96, 128, {32, 64}, {0, 96}},
    {13, 112, 128, {64, 128}, {32, 64}},
    {2, 112, 80, {64, 80}, {96, 112}},
};

/* b [depth][columns], or its transpose, packed for @kernels. */
static Map
pack (const GbpKernels *kernels, Map b, gsize depth, gsize columns, gboolean transposed)
{
  Map packed = new_map (b.n);
  g_autofree float *row = g_new (float, MAX (depth, columns));

  for (gsize k = 0; k < (transposed ? columns : depth); k++) {
    for (gsize i = 0; i < (transposed ? depth : columns); i++)
      row[i] = transposed ? b.values[i * columns + k] : b.values[k * columns + i];
    gbp_pack_row (kernels->panel, transposed ? columns : depth, transposed ? depth : columns, k,
        row, packed.values);
  }
  return packed;
}

static void
compare_products (const GbpKernels *kernels, guint i, gboolean transposed)
{
  const GbpKernels *both[] = {gbp_kernels_get_level ("plain"), kernels};
  gsize rows = products[i].rows, columns = products[i].columns, depth = products[i].depth;
  Map a = new_random_map (rows * (depth + 3), i), b = new_random_map (depth * columns, i + 50);
  Map c[2];

  for (guint j = 0; j < 2; j++) {
    Map packed = pack (both[j], b, depth, columns, transposed);
    GbpProduct product = {
        .rows = rows,
        .depth = depth,
        .columns = columns,
        .a = a.values,
        .a_stride = depth + 3,
        .b = packed.values,
        .c_stride = columns + GBP_LANES,
        .terms = products[i].terms,
        .wanted = products[i].wanted,
    };
    GbpProduct next = product;

    c[j] = new_random_map (rows * (columns + GBP_LANES), 9); /* what is not wanted stays */
    product.c = c[j].values;
    if (i % 2 == 0) {
      product.next = &next;
      product.prefetch = a.values;
      product.n_prefetch = rows;
    }
    if (transposed)
      both[j]->multiply_transposed (&product);
    else
      both[j]->multiply (&product);
    free_map (packed);
  }
  assert_close (c[0], c[1], 2e-6f * (float) depth);
  free_map (a);
  free_map (b);
  free_map (c[0]);
  free_map (c[1]);
}

/* Pieces shorter and longer than a chunk of terms, of odd sizes too; whole and partial panels. */
static const struct {
  gsize rows;
  gsize columns;
  gsize n_pieces;
  gsize n;
} in_pieces[] = {
    {1, 16, 1, 1},
    {15, 48, 3, 9},
    {7, 32, 7, 21},
    {13, 16, 9, 16},
    {29, 80, 2, 67},
    {6, 16, 3, 130},
};

typedef enum {
  NO_ENDING,
  BIAS_ALONE,
  BIAS_AND_LIMIT,
  N_ENDINGS,
} EndingCase;

/* Rows that lie in any order, some at the same place, from the fifth float of their places on.
 * @bits: (out) */
static Map
multiply_pieces (const GbpKernels *kernels, guint i, EndingCase ending_case, guint8 *bits)
{
  gsize rows = in_pieces[i].rows, columns = in_pieces[i].columns, n = in_pieces[i].n;
  gsize n_places = in_pieces[i].n_pieces * rows, depth = in_pieces[i].n_pieces * n;
  Map a = new_random_map (3 * (n + 5), i), b = new_random_map (depth * columns, i + 50);
  Map bias = new_random_map (columns, i + 70), c = new_map (rows * columns);
  Map packed = pack (kernels, b, depth, columns, FALSE);
  g_autofree const float **places = g_new (const float *, n_places);
  GbpPieces pieces = {places, in_pieces[i].n_pieces, n, 5};
  GbpEnding ending = {bias.values, ending_case == BIAS_AND_LIMIT ? bits : NULL, 0.75f};
  GbpProduct product = {
      .rows = rows,
      .depth = depth,
      .columns = columns,
      .b = packed.values,
      .c = c.values,
      .c_stride = columns,
      .terms = {0, depth},
      .wanted = {0, columns},
      .pieces = &pieces,
      .ending = ending_case != NO_ENDING ? &ending : NULL,
  };

  for (gsize k = 0; k < n_places; k++)
    places[k] = a.values + k * k % 3 * (n + 5);
  kernels->multiply (&product);
  free_map (a);
  free_map (b);
  free_map (bias);
  free_map (packed);
  return c;
}

/* The bits of values that are not within rounding of where they change. */
static void
assert_clipped (Map values, const guint8 *bits)
{
  for (gsize i = 0; i < values.n; i++) {
    ck_assert (values.values[i] >= 0 && values.values[i] <= 0.75f);
    ck_assert_int_eq (bits[i / 8] >> i % 8 & 1, values.values[i] > 0 && values.values[i] < 0.75f);
  }
}

START_TEST (product_of_pieces)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (in_pieces) && kernels != NULL; i++)
    for (EndingCase ending = NO_ENDING; ending < N_ENDINGS; ending++) {
      guint8 expected_bits[29 * 80 / 8], found_bits[29 * 80 / 8];
      Map expected = multiply_pieces (plain, i, ending, expected_bits);
      Map found = multiply_pieces (kernels, i, ending, found_bits);

      assert_close (expected, found, 2e-6f * (float) (in_pieces[i].n * in_pieces[i].n_pieces));
      if (ending == BIAS_AND_LIMIT) {
        assert_clipped (expected, expected_bits);
        assert_clipped (found, found_bits);
      }
      free_map (expected);
      free_map (found);
    }
}
END_TEST

/* With rows that lie as ever, in several chunks, and of some columns: what clip() makes of the sums. */
START_TEST (product_with_ending)
{
  const GbpKernels *kernels = get_kernels (_i);
  Map a = new_random_map (13 * 144, 1), b = new_random_map (144 * 96, 2);
  Map bias = new_random_map (96, 3), c = new_map (13 * 96), found = new_map (13 * 96);
  guint8 bits[13 * 96 / 8], found_bits[13 * 96 / 8];

  if (kernels != NULL) {
    Map packed = pack (kernels, b, 144, 96, FALSE);
    GbpEnding ending = {bias.values, found_bits, 6};
    GbpActivation activation = {c.values, bias.values, c.values, 13, 96, bits, NULL};
    GbpProduct product = {13, 144, 96, a.values, 144, packed.values, c.values, 96, {0, 144},
        {0, 96}, NULL, NULL, 0, NULL, NULL};

    kernels->multiply (&product);
    kernels->clip (&activation, 6);
    product.c = found.values;
    product.ending = &ending;
    for (gsize column = 0; column < 96; column += GBP_PANEL) {
      product.wanted = (GbpChannels){column, column + GBP_PANEL};
      kernels->multiply (&product);
    }
    assert_close (c, found, 0);
    ck_assert_mem_eq (bits, found_bits, sizeof bits);
    free_map (packed);
  }
  free_map (a);
  free_map (b);
  free_map (bias);
  free_map (c);
  free_map (found);
}
END_TEST

START_TEST (product)
{
  const GbpKernels *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (products) && kernels != NULL; i++) {
    compare_products (kernels, i, FALSE);
    compare_products (kernels, i, TRUE);
  }
}
END_TEST

START_TEST (moments)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  Map x = new_random_map (UNITS, 5), values = new_random_map (UNITS, 6);
  double expected[2 * STRIDE], found[2 * STRIDE];

  for (gsize i = 0; i < 2 * STRIDE; i++)
    found[i] = NAN;
  if (kernels != NULL) {
    plain->sum_moments (values.values, x.values, expected, PIXELS, STRIDE);
    kernels->sum_moments (values.values, x.values, found, PIXELS, STRIDE);
    for (gsize i = 0; i < 2 * STRIDE; i++)
      ck_assert_double_eq_tol (found[i], expected[i], 1e-13);
  }
  free_map (x);
  free_map (values);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"bias and ReLU", bias_and_relu, N_LEVELS},
      {"moments", moments, N_LEVELS},
      {"not a number", not_a_number, N_LEVELS},
      {"gates", gates, N_LEVELS},
      {"product", product, N_LEVELS},
      {"product of pieces", product_of_pieces, N_LEVELS},
      {"product with an ending", product_with_ending, N_LEVELS},
  };

  return GBP_TEST_RUN ("kernels", tests);
}
