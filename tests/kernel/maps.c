/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "maps.h"

#include <math.h>

static const char *const levels[N_LEVELS] = {"baseline", "avx2", "avx512"};

Map
new_map (gsize n)
{
  Map map = {n, g_aligned_alloc (n, sizeof (float), GBP_ALIGNMENT)};

  for (gsize i = 0; i < n; i++)
    map.values[i] = NAN;
  return map;
}

Map
new_random_map (gsize n, guint32 seed)
{
  Map map = new_map (n);

  for (gsize i = 0; i < n; i++) {
    float x = gbp_test_random (&seed, -1, 1);

    map.values[i] = fabsf (x) < 0.2f ? 0 : x > 0.9f ? 0.95f : x;
  }
  return map;
}

void
free_map (Map map)
{
  g_aligned_free (map.values);
}

void
assert_close (Map expected, Map found, float slack)
{
  for (gsize i = 0; i < expected.n; i++)
    if (!(fabsf (expected.values[i] - found.values[i]) <= slack))
      ck_abort_msg ("value %zu: expected %g, found %g", i, expected.values[i], found.values[i]);
}

const GbpKernels *
get_kernels (int i)
{
  const GbpKernels *kernels = gbp_kernels_get_level (levels[i]);

  if (kernels == NULL)
    g_print ("# this CPU has no %s: its kernels are not tested\n", levels[i]);
  return kernels;
}
