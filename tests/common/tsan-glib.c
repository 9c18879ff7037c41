/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shows GLib's locks to the thread sanitizer. GLib builds them on futexes and is not compiled with the
 * sanitizer, which then sees no order between two threads that use one lock. This library is loaded
 * before GLib; each function does what GLib's own does, and says what happens before what. */
#include <dlfcn.h>
#include <glib-object.h>

/* The sanitizer's, in programs that are compiled with it; absent in others, such as a shell. */
extern void __tsan_acquire (void *address) __attribute__ ((weak));
extern void __tsan_release (void *address) __attribute__ ((weak));

static void
acquire (const volatile void *address)
{
  if (__tsan_acquire != NULL)
    __tsan_acquire ((gpointer) address);
}

static void
release (const volatile void *address)
{
  if (__tsan_release != NULL)
    __tsan_release ((gpointer) address);
}

/* The function that this library's own of the same name hides, looked up once. */
#define NEXT(name)                                                                                 \
  ({                                                                                               \
    static gpointer next;                                                                          \
    if (g_atomic_pointer_get (&next) == NULL)                                                      \
      g_atomic_pointer_set (&next, dlsym (RTLD_NEXT, #name));                                      \
    (__typeof__ (&name)) next;                                                                     \
  })

void
g_mutex_lock (GMutex *mutex)
{
  NEXT (g_mutex_lock) (mutex);
  acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked = NEXT (g_mutex_trylock) (mutex);

  if (locked)
    acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  release (mutex);
  NEXT (g_mutex_unlock) (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  release (mutex);
  NEXT (g_cond_wait) (cond, mutex);
  acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  release (mutex);
  signalled = NEXT (g_cond_wait_until) (cond, mutex, end_time);
  acquire (mutex);
  return signalled;
}

/* These two kinds are the C library's locks, which the sanitizer sees by itself. They pass through here so
 * that the call comes from a library whose calls are not ignored; see suppressions/thread.txt. */
#define PASS_LOCK(name, type)                                                                      \
  void name (type *lock)                                                                           \
  {                                                                                                \
    NEXT (name) (lock);                                                                            \
  }
#define PASS_TRYLOCK(name, type)                                                                   \
  gboolean name (type *lock)                                                                       \
  {                                                                                                \
    return NEXT (name) (lock);                                                                     \
  }

PASS_LOCK (g_rec_mutex_lock, GRecMutex)
PASS_TRYLOCK (g_rec_mutex_trylock, GRecMutex)
PASS_LOCK (g_rec_mutex_unlock, GRecMutex)
PASS_LOCK (g_rw_lock_reader_lock, GRWLock)
PASS_TRYLOCK (g_rw_lock_reader_trylock, GRWLock)
PASS_LOCK (g_rw_lock_reader_unlock, GRWLock)
PASS_LOCK (g_rw_lock_writer_lock, GRWLock)
PASS_TRYLOCK (g_rw_lock_writer_trylock, GRWLock)
PASS_LOCK (g_rw_lock_writer_unlock, GRWLock)

gboolean (g_once_init_enter) (volatile void *location)
{
  gboolean first = NEXT (g_once_init_enter) (location);

  acquire (location);
  return first;
}

void (g_once_init_leave) (volatile void *location, gsize result)
{
  release (location);
  NEXT (g_once_init_leave) (location, result);
}

typedef struct {
  GThreadFunc func;
  gpointer arg;
  GOnce *once;
} OnceCall;

static gpointer
call_once (gpointer data)
{
  const OnceCall *call = data;
  gpointer result = call->func (call->arg);

  release (&call->once->status);
  return result;
}

gpointer
g_once_impl (GOnce *once, GThreadFunc func, gpointer arg)
{
  OnceCall call = {func, arg, once};
  gpointer result = NEXT (g_once_impl) (once, call_once, &call);

  acquire (&once->status);
  return result;
}

typedef struct {
  GFunc func;
  gpointer user_data;
} PoolCall;

static void
call_in_pool (gpointer data, gpointer user_data)
{
  const PoolCall *call = user_data;

  acquire (call);
  call->func (data, call->user_data);
}

GThreadPool *
g_thread_pool_new (
    GFunc func, gpointer user_data, gint max_threads, gboolean exclusive, GError **error)
{
  PoolCall *call = g_new (PoolCall, 1); /* threads may call it as long as the program runs */

  *call = (PoolCall){func, user_data};
  return NEXT (g_thread_pool_new) (call_in_pool, call, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  release (pool->user_data);
  return NEXT (g_thread_pool_push) (pool, data, error);
}

/* All but the last reference are dropped here, so that the thread that drops the last one knows that the
 * others are done with the object. (Nobody is told of a toggle reference; no test here has one.) */
void (g_object_unref) (gpointer object)
{
  GObject *self = object;
  guint n_references;

  release (object);
  while ((n_references = g_atomic_int_get (&self->ref_count)) > 1)
    if (g_atomic_int_compare_and_exchange (&self->ref_count, n_references, n_references - 1))
      return;
  acquire (object);
  NEXT (g_object_unref) (object);
}
