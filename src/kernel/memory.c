/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/kernels.h"

/* On x86-64 and most others; where it is not, this is only an alignment. */
#define HUGE_PAGE (2 * 1024 * 1024)

/* Blocks from this size on are the system's own, and go back to it when they are freed. malloc() would keep them: in
 * each thread that has ever freed one as much as the largest of them. A sanitizer has to see them, so there they are
 * malloc()'s. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(MAP_ANONYMOUS)
#define LARGE G_MAXSIZE
#else
#define LARGE (256 * 1024)
#endif

/* What stands before the memory of a block, at the end of GBP_ALIGNMENT bytes.
 * @start: of what is to be freed
 * @n_mapped: bytes that are the system's own; 0: it is malloc()'s */
typedef struct {
  gpointer start;
  gsize n_mapped;
} Header;

static Header *
get_header (gpointer memory)
{
  return (Header *) memory - 1;
}

static gpointer
end_header (gpointer start, gpointer memory, gsize n_mapped)
{
  *get_header (memory) = (Header){start, n_mapped};
  return memory;
}

/* Zeroed as it comes. */
static gpointer
map_block (gsize n_bytes)
{
  gsize alignment = n_bytes < HUGE_PAGE ? GBP_ALIGNMENT : HUGE_PAGE;
  gsize n_mapped = n_bytes + alignment + GBP_ALIGNMENT;
  guint8 *start = mmap (NULL, n_mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  guintptr first;
  guint8 *memory;

  if (start == MAP_FAILED)
    return NULL;
  first = (guintptr) start + GBP_ALIGNMENT;
  memory = start + GBP_ALIGNMENT + (alignment - first % alignment) % alignment;
#ifdef MADV_HUGEPAGE
  if (n_bytes >= HUGE_PAGE) /* a wish: what becomes of it changes no result */
    (void) madvise (memory, n_bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return end_header (start, memory, n_mapped);
}

/* Not by GLib's functions, which end the program where there is no memory, or align nothing. */
static gpointer
allocate_block (gsize n_bytes)
{
  gpointer start;

  if (posix_memalign (&start, GBP_ALIGNMENT, n_bytes + GBP_ALIGNMENT) != 0)
    return NULL;
  return end_header (start, memset ((guint8 *) start + GBP_ALIGNMENT, 0, n_bytes), 0);
}

gpointer
gbp_memory_new (gsize n, gsize size)
{
  gsize n_bytes;

  if (!g_size_checked_mul (&n_bytes, MAX (n, 1), size) || n_bytes > G_MAXSIZE / 2)
    return NULL;
  return n_bytes < LARGE ? allocate_block (n_bytes) : map_block (n_bytes);
}

void
gbp_memory_free (gpointer memory)
{
  Header header;

  if (memory == NULL)
    return;
  header = *get_header (memory);
  if (header.n_mapped > 0)
    munmap (header.start, header.n_mapped);
  else
    free (header.start);
}

float *
gbp_memory_new_copy (gsize n, const float *values, gsize n_values)
{
  float *copy = gbp_memory_new (n, sizeof *copy);

  if (copy != NULL && n_values > 0)
    memcpy (copy, values, n_values * sizeof *copy);
  return copy;
}
