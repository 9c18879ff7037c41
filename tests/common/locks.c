/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That the thread sanitizer sees the order that GLib's locks make: nothing here races. */
#include "harness.h"

#include <glib-object.h>

#define ROUNDS 200

typedef struct {
  GObject parent;
  int *value;
} Box;

typedef GObjectClass BoxClass;

GType box_get_type (void);

G_DEFINE_TYPE (Box, box, G_TYPE_OBJECT)

static void
box_finalize (GObject *object)
{
  Box *box = (Box *) object;

  *box->value = -1;
  g_free (box->value);
  G_OBJECT_CLASS (box_parent_class)->finalize (object);
}

static void
box_class_init (BoxClass *klass)
{
  klass->finalize = box_finalize;
}

static void
box_init (Box *box)
{
  box->value = g_new0 (int, 1);
}

/* What two threads share in a test; @count is guarded by the lock of that test. */
typedef struct {
  GMutex mutex;
  GRecMutex rec_mutex;
  GRWLock rw_lock;
  GCond cond;
  GOnce once;
  gsize initialized;
  Box *box;
  int count;
  int n_done;
} Shared;

/* Runs @func twice at once. */
static void
run_two (GThreadFunc func, Shared *shared)
{
  GThread *first = g_thread_new ("first", func, shared);
  GThread *second = g_thread_new ("second", func, shared);

  g_thread_join (first);
  g_thread_join (second);
}

static gpointer
count_under_locks (gpointer data)
{
  Shared *shared = data;

  for (guint i = 0; i < ROUNDS; i++) {
    if (i % 2 == 0 || !g_mutex_trylock (&shared->mutex))
      g_mutex_lock (&shared->mutex);
    shared->count++;
    g_mutex_unlock (&shared->mutex);
    g_rec_mutex_lock (&shared->rec_mutex);
    shared->n_done++;
    g_rec_mutex_unlock (&shared->rec_mutex);
    g_rw_lock_writer_lock (&shared->rw_lock);
    shared->initialized++;
    g_rw_lock_writer_unlock (&shared->rw_lock);
  }
  return NULL;
}

START_TEST (locks)
{
  Shared shared = {.count = 0};

  run_two (count_under_locks, &shared);
  ck_assert_int_eq (shared.count, 2 * ROUNDS);
  ck_assert_int_eq (shared.n_done, 2 * ROUNDS);
  ck_assert_uint_eq (shared.initialized, 2 * ROUNDS);
}
END_TEST

static gpointer
take_turns (gpointer data)
{
  Shared *shared = data;
  gint64 never = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;
  int me;

  g_mutex_lock (&shared->mutex);
  me = shared->n_done++;
  for (guint i = 0; i < ROUNDS; i++) {
    while (shared->count % 2 != me)
      if (i % 2 == 0)
        g_cond_wait (&shared->cond, &shared->mutex);
      else
        g_cond_wait_until (&shared->cond, &shared->mutex, never);
    shared->count++;
    g_cond_signal (&shared->cond);
  }
  g_mutex_unlock (&shared->mutex);
  return NULL;
}

START_TEST (conditions)
{
  Shared shared = {.count = 0};

  run_two (take_turns, &shared);
  ck_assert_int_eq (shared.count, 2 * ROUNDS);
}
END_TEST

static gpointer
make_number (gpointer data)
{
  int *number = g_new (int, 1);

  *number = 7;
  return number;
}

static gpointer
initialize_once (gpointer data)
{
  Shared *shared = data;
  const int *number = g_once (&shared->once, make_number, NULL);

  if (g_once_init_enter (&shared->initialized)) {
    shared->count = 3;
    g_once_init_leave (&shared->initialized, 1);
  }
  return GINT_TO_POINTER (*number + shared->count);
}

START_TEST (once)
{
  for (guint i = 0; i < ROUNDS; i++) {
    Shared shared = {.once = G_ONCE_INIT};

    run_two (initialize_once, &shared);
    ck_assert_int_eq (shared.count, 3);
    g_free (shared.once.retval);
  }
}
END_TEST

static gpointer
use_and_unref (gpointer data)
{
  Shared *shared = data;
  Box *box = shared->box;
  gpointer value = GINT_TO_POINTER (*box->value);

  g_object_unref (box);
  return value;
}

START_TEST (references)
{
  for (guint i = 0; i < ROUNDS; i++) {
    Shared shared = {.box = g_object_new (box_get_type (), NULL)};

    g_object_ref (shared.box);
    run_two (use_and_unref, &shared);
  }
}
END_TEST

static void
write_box (gpointer data, gpointer user_data)
{
  int *box = data;

  *box += GPOINTER_TO_INT (user_data);
}

START_TEST (pools)
{
  int boxes[ROUNDS];
  GThreadPool *pool = g_thread_pool_new (write_box, GINT_TO_POINTER (5), 2, FALSE, NULL);

  for (int i = 0; i < ROUNDS; i++) {
    boxes[i] = i;
    g_thread_pool_push (pool, &boxes[i], NULL);
  }
  g_thread_pool_free (pool, FALSE, TRUE);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"locks", locks, 1},
      {"conditions", conditions, 1},
      {"once", once, 1},
      {"references", references, 1},
      {"pools", pools, 1},
  };

  return GBP_TEST_RUN ("common/locks", tests);
}
