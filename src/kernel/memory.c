/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/memory.h"

#include <string.h>
#include <sys/mman.h>

#include "kernel/kernels.h"

/* On x86-64 and most others; where it is not, this is only an alignment. */
#define HUGE_PAGE (2 * 1024 * 1024)

gpointer
gbp_memory_new (gsize n, gsize size)
{
  gsize n_bytes = MAX (n, 1) * size;
  gpointer memory = g_aligned_alloc (1, n_bytes, n_bytes < HUGE_PAGE ? GBP_ALIGNMENT : HUGE_PAGE);

#ifdef MADV_HUGEPAGE
  if (n_bytes >= HUGE_PAGE) /* a wish: what becomes of it changes no result */
    (void) madvise (memory, n_bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return memset (memory, 0, n_bytes);
}
