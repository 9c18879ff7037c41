/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/levels.h"

static gboolean
has_any (void)
{
  return TRUE;
}

#ifdef GBP_HAVE_AVX2
static gboolean
has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
}
#endif

#ifdef GBP_HAVE_AVX512
static gboolean
has_avx512 (void)
{
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl")
         && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512bw");
}
#endif

/* From the slowest to the fastest. */
static const struct {
  const GbpKernels *kernels;
  gboolean (*is_supported) (void);
} levels[] = {
    {&gbp_plain_kernels, has_any},
    {&gbp_baseline_kernels, has_any},
#ifdef GBP_HAVE_AVX2
    {&gbp_avx2_kernels, has_avx2},
#endif
#ifdef GBP_HAVE_AVX512
    {&gbp_avx512_kernels, has_avx512},
#endif
};

const GbpKernels *
gbp_kernels_get_level (const char *level)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_strcmp0 (levels[i].kernels->name, level) == 0 && levels[i].is_supported ())
      return levels[i].kernels;
  return NULL;
}

static const GbpKernels *
choose (void)
{
  const GbpKernels *wanted = gbp_kernels_get_level (g_getenv ("GBP_VECTOR_LEVEL"));
  guint best = G_N_ELEMENTS (levels) - 1;

  if (wanted != NULL)
    return wanted;
  while (!levels[best].is_supported ())
    best--;
  return levels[best].kernels;
}

const GbpKernels *
gbp_kernels_get (void)
{
  static const GbpKernels *chosen;

  if (g_once_init_enter (&chosen))
    g_once_init_leave (&chosen, choose ());
  return chosen;
}
