/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loads that meet: those of one file wait for each other, those of different files never. */
#include "harness.h"

#include "format/shared.h"
#include "sample.h"

#define N_THREADS     4
#define N_KEY_THREADS 12
#define N_KEYS        5
#define N_ROUNDS      300

/* A load that waits until it is let go.
 * @is_inside, @may_go: under the lock
 * @is_good: else it fails */
typedef struct {
  GMutex lock;
  GCond changed;
  gboolean is_inside;
  gboolean may_go;
  gboolean is_good;
  int n_made; /* atomic */
} Gate;

static GbpNetwork *
make_small (gpointer data, GError **error)
{
  g_auto (GbpWeights) weights = {0};

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  return gbp_network_new_take (&weights, error);
}

static GbpNetwork *
make_behind_gate (gpointer data, GError **error)
{
  Gate *gate = data;
  gboolean is_good;

  g_mutex_lock (&gate->lock);
  g_atomic_int_inc (&gate->n_made);
  gate->is_inside = TRUE;
  g_cond_broadcast (&gate->changed);
  while (!gate->may_go)
    g_cond_wait (&gate->changed, &gate->lock);
  is_good = gate->is_good;
  gate->is_good = TRUE; /* the next one */
  g_mutex_unlock (&gate->lock);
  if (is_good)
    return make_small (NULL, error);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "a bad file");
  return NULL;
}

static gpointer
load_behind_gate (gpointer gate)
{
  const GbpNetworkKey key = {.file.inode = 1};

  return gbp_shared_network (&key, make_behind_gate, gate, NULL);
}

static GThread *
start_behind_gate (Gate *gate)
{
  GThread *thread = g_thread_new ("blocked", load_behind_gate, gate);

  g_mutex_lock (&gate->lock);
  while (!gate->is_inside)
    g_cond_wait (&gate->changed, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return thread;
}

static void
open_gate (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->may_go = TRUE;
  g_cond_broadcast (&gate->changed);
  g_mutex_unlock (&gate->lock);
}

/* Whoever loads a slow file holds up nobody who wants another one; with one lock for all this test ends
 * by its time limit. */
START_TEST (slow_file)
{
  Gate gate = {.is_good = TRUE};
  GThread *thread = start_behind_gate (&gate);
  const GbpNetworkKey other = {.file.inode = 2};
  GbpNetwork *network = gbp_shared_network (&other, make_small, NULL, NULL), *slow;

  ck_assert_ptr_nonnull (network);
  gbp_network_unref (network);
  open_gate (&gate);
  slow = g_thread_join (thread);
  ck_assert_ptr_nonnull (slow);
  gbp_network_unref (slow);
}
END_TEST

/* Whoever waits for a load that fails tries it once more; the others get what that gives. */
START_TEST (failed_file)
{
  Gate gate = {.is_good = FALSE};
  GThread *first = start_behind_gate (&gate), *others[N_THREADS];
  GbpNetwork *networks[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    others[i] = g_thread_new ("other", load_behind_gate, &gate);
  open_gate (&gate);
  ck_assert_ptr_null (g_thread_join (first));
  for (guint i = 0; i < N_THREADS; i++) {
    networks[i] = g_thread_join (others[i]);
    ck_assert_ptr_nonnull (networks[i]);
    ck_assert_ptr_eq (networks[i], networks[0]);
  }
  ck_assert_int_eq (gate.n_made, 2);
  for (guint i = 0; i < N_THREADS; i++)
    gbp_network_unref (networks[i]);
}
END_TEST

/* @inside: threads that load a key, which must never be two; atomic
 * @n_overlaps: how often it was; atomic */
typedef struct {
  int inside[N_KEYS];
  int n_overlaps;
} Counter;

typedef struct {
  Counter *counter;
  guint key;
  guint round;
} KeyLoad;

static GbpNetwork *
make_counted (gpointer data, GError **error)
{
  const KeyLoad *load = data;
  int *inside = &load->counter->inside[load->key];
  GbpNetwork *network = NULL;

  if (g_atomic_int_add (inside, 1) != 0)
    g_atomic_int_inc (&load->counter->n_overlaps);
  g_thread_yield ();
  if (load->round % 3 == 0)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "every third load is bad");
  else
    network = make_small (NULL, error);
  g_atomic_int_add (inside, -1);
  return network;
}

static gpointer
load_keys (gpointer counter)
{
  guint n_bad = 0;

  for (guint i = 0; i < N_ROUNDS; i++) {
    KeyLoad load = {counter, i % N_KEYS, i};
    const GbpNetworkKey key = {.file.inode = 10 + load.key};
    g_autoptr (GError) error = NULL;
    g_autoptr (GbpNetwork) network = gbp_shared_network (&key, make_counted, &load, &error);

    n_bad += (network == NULL) != (error != NULL);
  }
  return GUINT_TO_POINTER (n_bad);
}

START_TEST (many_keys)
{
  GThread *threads[N_KEY_THREADS];
  Counter counter = {{0}, 0};

  for (guint i = 0; i < N_KEY_THREADS; i++)
    threads[i] = g_thread_new ("keys", load_keys, &counter);
  for (guint i = 0; i < N_KEY_THREADS; i++)
    ck_assert_ptr_null (g_thread_join (threads[i]));
  ck_assert_int_eq (counter.n_overlaps, 0);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"slow file", slow_file, 0},
      {"failed file", failed_file, 0},
      {"many keys", many_keys, 0},
  };

  gbp_error_quark (); /* GLib guards these two by locks that the thread sanitizer does not see */
  g_get_user_cache_dir ();
  return GBP_TEST_RUN ("loads that meet", tests);
}
