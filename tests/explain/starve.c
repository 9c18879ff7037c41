/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "starve.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static gint is_watched, n_calls, n_fatal; /* atomic */
static guint first_to_fail;
static gboolean fails_all;

void
starve_begin (guint first, gboolean all)
{
  first_to_fail = first;
  fails_all = all;
  g_atomic_int_set (&n_calls, 0);
  g_atomic_int_set (&is_watched, TRUE);
}

guint
starve_end (void)
{
  g_atomic_int_set (&is_watched, FALSE);
  return (guint) g_atomic_int_get (&n_calls);
}

guint
starve_count_fatal (void)
{
  return (guint) g_atomic_int_get (&n_fatal);
}

static gboolean
fails (void)
{
  guint call;

  if (!g_atomic_int_get (&is_watched))
    return FALSE;
  call = (guint) g_atomic_int_add (&n_calls, 1) + 1;
  return first_to_fail > 0 && (fails_all ? call >= first_to_fail : call == first_to_fail);
}

int __real_posix_memalign (void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign (void **memory, size_t alignment, size_t size);
gpointer __real_mmap (
    gpointer wish, size_t size, int protection, int flags, int file, off_t offset);
gpointer __wrap_mmap (
    gpointer wish, size_t size, int protection, int flags, int file, off_t offset);
int __real_pthread_create (
    pthread_t *thread, const pthread_attr_t *attributes, void *(*run) (void *), void *data);
int __wrap_pthread_create (
    pthread_t *thread, const pthread_attr_t *attributes, void *(*run) (void *), void *data);

int
__wrap_posix_memalign (void **memory, size_t alignment, size_t size)
{
  return fails () ? ENOMEM : __real_posix_memalign (memory, alignment, size);
}

gpointer
__wrap_mmap (gpointer wish, size_t size, int protection, int flags, int file, off_t offset)
{
  return fails () ? MAP_FAILED : __real_mmap (wish, size, protection, flags, file, offset);
}

int
__wrap_pthread_create (
    pthread_t *thread, const pthread_attr_t *attributes, void *(*run) (void *), void *data)
{
  return fails () ? EAGAIN : __real_pthread_create (thread, attributes, run, data);
}

/* Functions that the core must not call from there on, since they cannot fail: counted, and then called. */
#define COUNT_FATAL(type, name, parameters, arguments)                                             \
  type __real_##name parameters;                                                                   \
  type __wrap_##name parameters;                                                                   \
  type __wrap_##name parameters                                                                    \
  {                                                                                                \
    if (g_atomic_int_get (&is_watched))                                                            \
      g_atomic_int_inc (&n_fatal);                                                                 \
    return __real_##name arguments;                                                                \
  }

COUNT_FATAL (gpointer, malloc, (gsize size), (size))
COUNT_FATAL (gpointer, calloc, (gsize n, gsize size), (n, size))
COUNT_FATAL (gpointer, realloc, (gpointer memory, gsize size), (memory, size))
COUNT_FATAL (gpointer, aligned_alloc, (gsize alignment, gsize size), (alignment, size))
COUNT_FATAL (gpointer, g_malloc, (gsize size), (size))
COUNT_FATAL (gpointer, g_malloc0, (gsize size), (size))
COUNT_FATAL (gpointer, g_malloc_n, (gsize n, gsize size), (n, size))
COUNT_FATAL (gpointer, g_malloc0_n, (gsize n, gsize size), (n, size))
COUNT_FATAL (gpointer, g_realloc, (gpointer memory, gsize size), (memory, size))
COUNT_FATAL (gpointer, g_memdup2, (gconstpointer memory, gsize size), (memory, size))
COUNT_FATAL (gpointer, g_slice_alloc, (gsize size), (size))
COUNT_FATAL (gpointer, g_slice_alloc0, (gsize size), (size))
COUNT_FATAL (
    gpointer, g_aligned_alloc, (gsize n, gsize size, gsize alignment), (n, size, alignment))
COUNT_FATAL (
    gpointer, g_aligned_alloc0, (gsize n, gsize size, gsize alignment), (n, size, alignment))
COUNT_FATAL (char *, g_strdup, (const char *text), (text))
COUNT_FATAL (
    GThread *, g_thread_new, (const char *name, GThreadFunc run, gpointer data), (name, run, data))
