/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/kernels.h"

/* On x86-64 and most others; where it is not, this is only an alignment. */
#define HUGE_PAGE (2 * 1024 * 1024)

/* Not by GLib's functions, which end the program where there is no memory, or align nothing. */
gpointer
gbp_memory_new (gsize n, gsize size)
{
  gpointer memory;
  gsize n_bytes;

  if (!g_size_checked_mul (&n_bytes, MAX (n, 1), size)
      || posix_memalign (&memory, n_bytes < HUGE_PAGE ? GBP_ALIGNMENT : HUGE_PAGE, n_bytes) != 0)
    return NULL;
#ifdef MADV_HUGEPAGE
  if (n_bytes >= HUGE_PAGE) /* a wish: what becomes of it changes no result */
    (void) madvise (memory, n_bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return memset (memory, 0, n_bytes);
}

void
gbp_memory_free (gpointer memory)
{
  free (memory);
}

float *
gbp_memory_new_copy (gsize n, const float *values, gsize n_values)
{
  float *copy = gbp_memory_new (n, sizeof *copy);

  if (copy != NULL)
    memcpy (copy, values, n_values * sizeof *copy);
  return copy;
}
