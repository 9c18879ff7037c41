/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every vector level against plain C. */
#include "harness.h"
#include "kernel/kernels.h"

#include <math.h>
#include <string.h>

static const char *const levels[] = {"baseline", "avx2", "avx512"};

typedef struct {
  gsize n;
  float *values;
} Map;

static Map
new_map (gsize n)
{
  Map map = {n, g_aligned_alloc (n, sizeof (float), GBP_ALIGNMENT)};

  for (gsize i = 0; i < n; i++)
    map.values[i] = NAN; /* what a kernel forgets to write shows */
  return map;
}

static Map
new_random_map (gsize n, guint32 seed)
{
  Map map = new_map (n);

  /* some exact zeros and some equal neighbours, as maps have them after a ReLU */
  for (gsize i = 0; i < n; i++) {
    float x = gbp_test_random (&seed, -1, 1);

    map.values[i] = fabsf (x) < 0.2f ? 0 : x > 0.9f ? 0.95f : x;
  }
  return map;
}

static void
free_map (Map map)
{
  g_aligned_free (map.values);
}

static void
assert_close (Map expected, Map found, float slack)
{
  for (gsize i = 0; i < expected.n; i++)
    if (!(fabsf (expected.values[i] - found.values[i]) <= slack))
      ck_abort_msg ("value %zu: expected %g, found %g", i, expected.values[i], found.values[i]);
}

/* The kernels of case _i's level; NULL where the CPU lacks it. */
static const GbpKernels *
get_kernels (int i)
{
  const GbpKernels *kernels = gbp_kernels_get_level (levels[i]);

  if (kernels == NULL)
    g_print ("# this CPU has no %s: its kernels are not tested\n", levels[i]);
  return kernels;
}

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

/* With all labels different, and with every way that two of a window's four can be the same. */
START_TEST (pool_and_back)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  guint64 upper_labels[2 * PIXELS] = {1, 1, 3, 4, 5, 6, 7, 8, 9, 9};
  guint64 lower_labels[2 * PIXELS] = {11, 12, 3, 13, 6, 14, 15, 8, 9, 9};
  guint8 expected_choice[UNITS / 4], found_choice[UNITS / 4];
  GbpPoolRow expected_row = {PIXELS, STRIDE, upper_labels, lower_labels, expected_choice};
  GbpPoolRow found_row = {PIXELS, STRIDE, upper_labels, lower_labels, found_choice};
  Map upper = new_random_map (2 * UNITS, 5), lower = new_random_map (2 * UNITS, 6);
  Map expected = new_map (UNITS), found = new_map (UNITS);
  Map expected_back[2] = {new_map (2 * UNITS), new_map (2 * UNITS)};
  Map found_back[2] = {new_map (2 * UNITS), new_map (2 * UNITS)};

  if (kernels != NULL) {
    plain->pool (&expected_row, upper.values, lower.values, expected.values);
    kernels->pool (&found_row, upper.values, lower.values, found.values);
    assert_close (expected, found, 0);
    ck_assert_mem_eq (expected_choice, found_choice, sizeof found_choice);
    plain->unpool (&expected_row, upper.values, expected_back[0].values, expected_back[1].values);
    kernels->unpool (&found_row, upper.values, found_back[0].values, found_back[1].values);
    assert_close (expected_back[0], found_back[0], 0);
    assert_close (expected_back[1], found_back[1], 0);
  }
  free_map (upper);
  free_map (lower);
  free_map (expected);
  free_map (found);
  for (guint i = 0; i < 2; i++) {
    free_map (expected_back[i]);
    free_map (found_back[i]);
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
    GbpProduct product = {rows, depth, columns, a.values, depth + 3, packed.values, NULL,
        columns + GBP_LANES, products[i].terms, products[i].wanted, NULL, NULL, 0};
    GbpProduct next = product;

    c[j] = new_random_map (rows * (columns + GBP_LANES), 9); /* what is not wanted stays */
    product.c = c[j].values;
    if (i % 2 == 0) {
      product.next = &next;
      product.soon = a.values;
      product.n_soon = rows;
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

START_TEST (product)
{
  const GbpKernels *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (products) && kernels != NULL; i++) {
    compare_products (kernels, i, FALSE);
    compare_products (kernels, i, TRUE);
  }
}
END_TEST

/* @input, @output: parts of a map of @width; some tiles reach beyond them */
typedef struct {
  guint tile;
  guint width;
  GbpRegion input;
  GbpRegion output;
  guint first; /* stretch of tiles */
  guint n;
} TileCase;

static const TileCase tile_cases[] = {
    {4, 8, {0, 0, 8, 8}, {0, 0, 8, 8}, 0, 4},
    {4, 13, {0, 0, 9, 13}, {0, 0, 9, 13}, 0, 12},
    {4, 6, {0, 0, 5, 6}, {0, 0, 5, 6}, 1, 3},
    {4, 1, {0, 0, 1, 1}, {0, 0, 1, 1}, 0, 1},
    {4, 20, {0, 0, 16, 20}, {0, 0, 16, 20}, 3, 9},
    {4, 20, {4, 5, 12, 11}, {5, 6, 11, 10}, 0, 4},
    {4, 20, {2, 3, 3, 4}, {1, 2, 4, 5}, 0, 2},
    {2, 6, {0, 0, 6, 6}, {0, 0, 6, 6}, 0, 9},
    {2, 5, {0, 0, 7, 5}, {0, 0, 7, 5}, 2, 8},
    {2, 9, {3, 2, 7, 8}, {2, 1, 8, 9}, 1, 10},
};

#define TILE_ROWS   20 /* of the maps, at least */
#define TILE_STRIDE 32

static GbpTiles
get_tiles (const TileCase *c)
{
  return gbp_tiles_make (c->tile, c->width, c->input, c->output);
}

static GbpTransformed
get_transformed (const TileCase *c, Map map)
{
  gsize row = TILE_STRIDE + GBP_LANES;

  return (GbpTransformed){
      c->first, c->n, row, row * c->n, {0, TILE_STRIDE}, c->n % 2 == 0, map.values};
}

static gsize
get_transformed_size (const TileCase *c)
{
  return (gsize) (c->tile + 2) * (c->tile + 2) * c->n * (TILE_STRIDE + GBP_LANES);
}

START_TEST (into_the_transformed_domain)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);

  for (guint i = 0; i < G_N_ELEMENTS (tile_cases) && kernels != NULL; i++) {
    const TileCase *c = &tile_cases[i];
    GbpTiles tiles = get_tiles (c);
    Map map = new_random_map ((gsize) TILE_ROWS * c->width * TILE_STRIDE, i);
    Map expected = new_random_map (get_transformed_size (c), 1);
    Map found = new_random_map (get_transformed_size (c), 1);
    GbpTransformed to_expected = get_transformed (c, expected);
    GbpTransformed to_found = get_transformed (c, found);

    plain->transform_input (&tiles, map.values, TILE_STRIDE, &to_expected);
    kernels->transform_input (&tiles, map.values, TILE_STRIDE, &to_found);
    assert_close (expected, found, 2e-5f);
    free_map (map);
    free_map (expected);
    free_map (found);
  }
}
END_TEST

typedef struct {
  Map map;
  guint8 *active;
  guint8 *unsure;
} Output;

static Output
transform_output (const GbpKernels *kernels, const TileCase *c, const GbpEpilogue *wanted)
{
  GbpTiles tiles = get_tiles (c);
  gsize n_units = (gsize) TILE_ROWS * c->width * TILE_STRIDE;
  Map values = new_random_map (get_transformed_size (c), 8);
  Output output = {new_random_map (n_units, 9), g_malloc0 (n_units / 8), g_malloc0 (n_units / 8)};
  GbpTransformed transformed = get_transformed (c, values);
  GbpEpilogue epilogue = *wanted;

  epilogue.active = output.active;
  epilogue.unsure = output.unsure;
  kernels->transform_output (&tiles, &transformed, &epilogue, output.map.values, TILE_STRIDE);
  free_map (values);
  return output;
}

static void
compare_outputs (const GbpKernels *kernels, const TileCase *c, const GbpEpilogue *epilogue)
{
  Output expected = transform_output (gbp_kernels_get_level ("plain"), c, epilogue);
  Output found = transform_output (kernels, c, epilogue);

  assert_close (expected.map, found.map, 1e-4f);
  ck_assert_mem_eq (expected.active, found.active, expected.map.n / 8);
  ck_assert_mem_eq (expected.unsure, found.unsure, expected.map.n / 8);
  free_map (expected.map);
  free_map (found.map);
  g_free (expected.active);
  g_free (expected.unsure);
  g_free (found.active);
  g_free (found.unsure);
}

/* The tolerance is large here, so that many units are unsure. */
START_TEST (out_of_the_transformed_domain)
{
  const GbpKernels *kernels = get_kernels (_i);
  Map bias = new_random_map (TILE_STRIDE, 1), tolerance = new_random_map (TILE_STRIDE, 2);
  guint8 bits[TILE_ROWS * 20 * TILE_STRIDE / 8];

  for (guint i = 0; i < TILE_STRIDE; i++)
    tolerance.values[i] = fabsf (tolerance.values[i]);
  for (guint i = 0; i < sizeof bits; i++)
    bits[i] = (guint8) (i * 37);
  for (guint i = 0; i < G_N_ELEMENTS (tile_cases) && kernels != NULL; i++) {
    const GbpEpilogue epilogues[] = {
        {.bias = bias.values, .tolerance = tolerance.values},
        {.gate = {TRUE, bits}},
        {.gate = {FALSE, NULL}},
    };

    for (guint j = 0; j < G_N_ELEMENTS (epilogues); j++)
      compare_outputs (kernels, &tile_cases[i], &epilogues[j]);
  }
  free_map (bias);
  free_map (tolerance);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"bias and ReLU", bias_and_relu, G_N_ELEMENTS (levels)},
      {"gates", gates, G_N_ELEMENTS (levels)},
      {"pool and back", pool_and_back, G_N_ELEMENTS (levels)},
      {"product", product, G_N_ELEMENTS (levels)},
      {"into the transformed domain", into_the_transformed_domain, G_N_ELEMENTS (levels)},
      {"out of the transformed domain", out_of_the_transformed_domain, G_N_ELEMENTS (levels)},
  };

  return GBP_TEST_RUN ("kernels", tests);
}
