/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winograd's transforms of every vector level against plain C. */
#include "maps.h"

#include <math.h>
#include <string.h>

/* @input, @output: parts of a map of @width; some tiles reach beyond them */
typedef struct {
  guint tile;
  guint width;
  GbpRegion input;
  GbpRegion output;
  guint first; /* of a block of tiles */
  guint n;
  gboolean is_pooled; /* the map lies behind a pool */
} TileCase;

static const TileCase tile_cases[] = {
    {4, 8, {0, 0, 8, 8}, {0, 0, 8, 8}, 0, 4, FALSE},
    {4, 13, {0, 0, 9, 13}, {0, 0, 9, 13}, 0, 12, FALSE},
    {4, 6, {0, 0, 5, 6}, {0, 0, 5, 6}, 1, 3, FALSE},
    {4, 1, {0, 0, 1, 1}, {0, 0, 1, 1}, 0, 1, FALSE},
    {4, 20, {0, 0, 16, 20}, {0, 0, 16, 20}, 3, 9, FALSE},
    {4, 20, {4, 5, 12, 11}, {5, 6, 11, 10}, 0, 4, FALSE},
    {4, 20, {2, 3, 3, 4}, {1, 2, 4, 5}, 0, 2, FALSE},
    {2, 6, {0, 0, 6, 6}, {0, 0, 6, 6}, 0, 9, FALSE},
    {2, 5, {0, 0, 7, 5}, {0, 0, 7, 5}, 2, 8, FALSE},
    {2, 9, {3, 2, 7, 8}, {2, 1, 8, 9}, 1, 10, FALSE},
    {4, 8, {0, 0, 8, 8}, {0, 0, 8, 8}, 0, 4, TRUE},
    {4, 10, {0, 0, 6, 10}, {0, 0, 6, 10}, 1, 5, TRUE},
    {4, 20, {4, 6, 12, 18}, {4, 6, 12, 18}, 0, 8, TRUE},
    {4, 20, {2, 2, 4, 4}, {0, 0, 6, 6}, 0, 4, TRUE},
    {4, 20, {0, 0, 6, 6}, {2, 2, 4, 4}, 0, 1, TRUE},
    {2, 6, {0, 0, 6, 6}, {0, 0, 6, 6}, 0, 9, TRUE},
    {2, 10, {2, 2, 8, 8}, {4, 2, 6, 8}, 1, 2, TRUE},
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

static void
fill_bits (guint8 *bits, gsize n)
{
  guint32 seed = 5;

  for (gsize i = 0; i < n; i++)
    bits[i] = (guint8) gbp_test_random (&seed, 0, 256);
}

START_TEST (into_the_transformed_domain)
{
  const GbpKernels *plain = gbp_kernels_get_level ("plain"), *kernels = get_kernels (_i);
  guint8 argmax[TILE_ROWS * 20 * TILE_STRIDE / 4];

  fill_bits (argmax, sizeof argmax);
  for (guint i = 0; i < G_N_ELEMENTS (tile_cases) && kernels != NULL; i++) {
    const TileCase *c = &tile_cases[i];
    GbpTiles tiles = get_tiles (c);
    const guint8 *chosen = c->is_pooled ? argmax : NULL;
    Map map = new_random_map ((gsize) TILE_ROWS * c->width * TILE_STRIDE, i);
    Map expected = new_random_map (get_transformed_size (c), 1);
    Map found = new_random_map (get_transformed_size (c), 1);
    GbpTransformed to_expected = get_transformed (c, expected);
    GbpTransformed to_found = get_transformed (c, found);

    plain->transform_input (&tiles, map.values, TILE_STRIDE, chosen, &to_expected);
    kernels->transform_input (&tiles, map.values, TILE_STRIDE, chosen, &to_found);
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
  guint8 *near_zero;
  guint8 *argmax;
} Output;

static Output
transform_output (const GbpKernels *kernels, const TileCase *c, const GbpEpilogue *wanted)
{
  GbpTiles tiles = get_tiles (c);
  gsize n_units = (gsize) TILE_ROWS * c->width * TILE_STRIDE;
  Map values = new_random_map (get_transformed_size (c), 8);
  Output output = {new_random_map (n_units, 9), g_malloc0 (n_units / 8), g_malloc0 (n_units / 8),
      g_malloc0 (n_units / 4)};
  GbpTransformed transformed = get_transformed (c, values);
  GbpEpilogue epilogue = *wanted;

  epilogue.active = output.active;
  epilogue.near_zero = output.near_zero;
  epilogue.argmax = c->is_pooled && epilogue.bias != NULL ? output.argmax : NULL;
  kernels->transform_output (&tiles, &transformed, &epilogue, output.map.values, TILE_STRIDE);
  free_map (values);
  return output;
}

static void
free_output (Output *output)
{
  free_map (output->map);
  g_free (output->active);
  g_free (output->near_zero);
  g_free (output->argmax);
}

static void
compare_outputs (const GbpKernels *kernels, const TileCase *c, const GbpEpilogue *epilogue)
{
  Output expected = transform_output (gbp_kernels_get_level ("plain"), c, epilogue);
  Output found = transform_output (kernels, c, epilogue);

  assert_close (expected.map, found.map, 1e-4f);
  ck_assert_mem_eq (expected.active, found.active, expected.map.n / 8);
  ck_assert_mem_eq (expected.near_zero, found.near_zero, expected.map.n / 8);
  ck_assert_mem_eq (expected.argmax, found.argmax, expected.map.n / 4);
  free_output (&expected);
  free_output (&found);
}

/* The tolerance is large here, so that many units are near zero. */
START_TEST (out_of_the_transformed_domain)
{
  const GbpKernels *kernels = get_kernels (_i);
  Map bias = new_random_map (TILE_STRIDE, 1), tolerance = new_random_map (TILE_STRIDE, 2);
  guint8 bits[TILE_ROWS * 20 * TILE_STRIDE / 8];
  guint64 equivalence[TILE_ROWS * 20];

  for (guint i = 0; i < TILE_STRIDE; i++)
    tolerance.values[i] = fabsf (tolerance.values[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (equivalence); i++)
    equivalence[i] = i * i % 5; /* some of a window's are the same */
  fill_bits (bits, sizeof bits);
  for (guint i = 0; i < G_N_ELEMENTS (tile_cases) && kernels != NULL; i++) {
    const GbpEpilogue epilogues[] = {
        {.bias = bias.values, .tolerance = tolerance.values, .equivalence = equivalence},
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

/* One tile of products, zero but for one in a corner, which is NaN in every other channel. So is the output in that
 * corner, or the maximum over its window; no bit is set for it. */
static void
assert_nan_stays (const GbpKernels *kernels, guint tile, guint corner, gboolean is_pooled)
{
  const GbpRegion all = {0, 0, tile, tile};
  const TileCase c = {tile, tile, all, all, 0, 1, is_pooled};
  GbpTiles tiles = get_tiles (&c);
  guint width = is_pooled ? tile / 2 : tile;
  gsize position = (corner / 2 * (tile + 2) + corner % 2) * (tile + 1);
  gsize pixel = (corner / 2 * width + corner % 2) * (width - 1);
  Map values = new_map (get_transformed_size (&c)), map = new_map (tile * tile * TILE_STRIDE);
  float bias[TILE_STRIDE] __attribute__ ((aligned (GBP_ALIGNMENT))),
      tolerance[TILE_STRIDE] __attribute__ ((aligned (GBP_ALIGNMENT)));
  guint8 active[16 * TILE_STRIDE / 8], near_zero[16 * TILE_STRIDE / 8], argmax[TILE_STRIDE];
  const guint64 equivalence[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  GbpTransformed transformed = get_transformed (&c, values);
  GbpEpilogue epilogue = {
      bias, active, tolerance, near_zero, is_pooled ? argmax : NULL, equivalence, {0}};

  memset (values.values, 0, values.n * sizeof (float));
  for (guint i = 0; i < TILE_STRIDE; i++) {
    bias[i] = -1;
    tolerance[i] = 0.5f;
    if (i % 2 == 0)
      values.values[position * transformed.position_stride + i] = NAN;
  }
  kernels->transform_output (&tiles, &transformed, &epilogue, map.values, TILE_STRIDE);
  for (guint i = 0; i < TILE_STRIDE; i++)
    if (i % 2 == 0)
      ck_assert_float_nan (map.values[pixel * TILE_STRIDE + i]);
    else
      ck_assert_float_eq (map.values[pixel * TILE_STRIDE + i], 0);
  for (gsize i = 0; i < TILE_STRIDE / 8; i++) {
    ck_assert_uint_eq (active[pixel * TILE_STRIDE / 8 + i], 0);
    ck_assert_uint_eq (near_zero[pixel * TILE_STRIDE / 8 + i], 0);
  }
  free_map (values);
  free_map (map);
}

START_TEST (not_a_number)
{
  const GbpKernels *all[] = {gbp_kernels_get_level ("plain"), get_kernels (_i)};

  for (guint i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL; i++)
    for (guint corner = 0; corner < 4; corner++)
      for (guint tile = 2; tile <= 4; tile += 2) {
        assert_nan_stays (all[i], tile, corner, FALSE);
        assert_nan_stays (all[i], tile, corner, TRUE);
      }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"into the transformed domain", into_the_transformed_domain, N_LEVELS},
      {"out of the transformed domain", out_of_the_transformed_domain, N_LEVELS},
      {"not a number", not_a_number, N_LEVELS},
  };

  return GBP_TEST_RUN ("transforms", tests);
}
