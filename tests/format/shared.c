/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who loads the same file gets the same network, for as long as someone has it. */
#include "harness.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/shared.h"
#include "sample.h"

#define N_THREADS 4
#define N_LOADS   200

static GbpNetwork *
load (const char *path, GbpPreprocess preprocess)
{
  GError *error = NULL;
  GbpNetwork *network = gbp_network_load (path, preprocess, &error);

  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "no error either");
  return network;
}

/* A small file with the first @n_blocks. */
static char *
write_file (const char *name, guint n_blocks)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  char *path = sample_path (name);

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, n_blocks);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_PUBLISHED);
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  return path;
}

START_TEST (same_file)
{
  g_autofree char *path = write_file ("a.h5", 1), *linked_path = sample_path ("b.h5");
  g_autofree char *copy = write_file ("c.h5", 1);
  g_autoptr (GbpNetwork) one = load (path, GBP_PREPROCESS_AUTO);
  g_autoptr (GbpNetwork) again = load (path, GBP_PREPROCESS_AUTO), linked = NULL;
  g_autoptr (GbpNetwork) other = load (copy, GBP_PREPROCESS_AUTO);
  g_autoptr (GbpNetwork) torch = load (path, GBP_PREPROCESS_TORCH);

  ck_assert_int_eq (link (path, linked_path), 0);
  linked = load (linked_path, GBP_PREPROCESS_AUTO);
  ck_assert_ptr_eq (one, again);
  ck_assert_ptr_eq (one, linked);
  ck_assert_ptr_ne (one, other);
  ck_assert_ptr_ne (one, torch);
  sample_clean ();
}
END_TEST

START_TEST (built_in)
{
  g_autoptr (GbpNetwork) one = load (NULL, GBP_PREPROCESS_AUTO);
  g_autoptr (GbpNetwork) again = load (NULL, GBP_PREPROCESS_AUTO);
  g_autoptr (GbpNetwork) torch = load (NULL, GBP_PREPROCESS_TORCH);

  ck_assert_ptr_eq (one, again);
  ck_assert_ptr_ne (one, torch);
}
END_TEST

/* A file that has another content is loaded anew, whoever still has the old one. */
START_TEST (changed_file)
{
  g_autofree char *path = write_file ("a.h5", 1), *new_path = write_file ("b.h5", 2);
  g_autoptr (GbpNetwork) old = load (path, GBP_PREPROCESS_AUTO), new = NULL;

  ck_assert_int_eq (g_rename (new_path, path), 0);
  new = load (path, GBP_PREPROCESS_AUTO);
  ck_assert_ptr_ne (old, new);
  ck_assert (!gbp_network_get_layer_shape (old, "block2_conv1", NULL, NULL, NULL, NULL));
  ck_assert (gbp_network_get_layer_shape (new, "block2_conv1", NULL, NULL, NULL, NULL));
  sample_clean ();
}
END_TEST

/* Neither does it help a changed file to have the date of the old one. */
START_TEST (changed_size)
{
  g_autofree char *path = write_file ("a.h5", 1);
  g_autoptr (GbpNetwork) old = load (path, GBP_PREPROCESS_AUTO), new = NULL;
  struct stat before;
  FILE *stream;

  ck_assert_int_eq (stat (path, &before), 0);
  stream = fopen (path, "ab");
  ck_assert_ptr_nonnull (stream);
  fputc (0, stream);
  ck_assert_int_eq (fclose (stream), 0);
  ck_assert_int_eq (
      utimensat (AT_FDCWD, path, (struct timespec[]){before.st_atim, before.st_mtim}, 0), 0);
  new = load (path, GBP_PREPROCESS_AUTO);
  ck_assert_ptr_ne (old, new);
  sample_clean ();
}
END_TEST

static int n_forgotten;

static void
try_to_revive (GbpNetwork *network)
{
  n_forgotten += gbp_network_ref_if_alive (network) ? 100 : 1;
}

/* Once the last reference is dropped, a weak one gives no other. */
START_TEST (no_revival)
{
  g_auto (GbpWeights) weights = {0};
  GbpNetwork *network;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  network = gbp_network_new_take (&weights, NULL);
  ck_assert_ptr_nonnull (network);
  gbp_network_set_dispose (network, try_to_revive);
  ck_assert (gbp_network_ref_if_alive (network));
  gbp_network_unref (network);
  ck_assert_int_eq (n_forgotten, 0);
  gbp_network_unref (network);
  ck_assert_int_eq (n_forgotten, 1);
}
END_TEST

/* The table keeps nothing alive: after the last unref, a file that has gone cannot be loaded. */
START_TEST (nothing_is_kept)
{
  g_autofree char *path = write_file ("a.h5", 1);
  GbpNetwork *network = load (path, GBP_PREPROCESS_AUTO), *again;

  ck_assert_int_eq (g_remove (path), 0);
  sample_assert_error (path, GBP_ERROR_NOT_FOUND, "no such file");
  gbp_network_unref (network);
  g_free (write_file ("a.h5", 2));
  again = load (path, GBP_PREPROCESS_AUTO);
  ck_assert (gbp_network_get_layer_shape (again, "block2_conv1", NULL, NULL, NULL, NULL));
  gbp_network_unref (again);
  sample_clean ();
}
END_TEST

/* Loads and drops, so that last unrefs meet loads of the same file. */
static gpointer
load_and_drop (gpointer path)
{
  guint n_bad = 0;

  for (guint i = 0; i < N_LOADS; i++) {
    GbpNetwork *network = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
    GbpNetwork *again = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
    guint n_layers = 0;

    if (network == NULL || network != again)
      return GUINT_TO_POINTER (N_LOADS);
    n_bad += gbp_network_get_layers (network, &n_layers)[0].weights.kernel == NULL;
    gbp_network_unref (network);
    gbp_network_unref (again);
  }
  return GUINT_TO_POINTER (n_bad);
}

START_TEST (many_threads)
{
  g_autofree char *path = write_file ("a.h5", 1), *other = write_file ("b.h5", 1);
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("load", load_and_drop, i == 0 ? other : path);
  for (guint i = 0; i < N_THREADS; i++)
    ck_assert_ptr_null (g_thread_join (threads[i]));
  sample_clean ();
}
END_TEST

/* Two that want the same large file at once do not read it twice. */
static gpointer
load_once (gpointer path)
{
  return gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
}

START_TEST (at_once)
{
  GThread *threads[N_THREADS];
  GbpNetwork *networks[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("load", load_once, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    networks[i] = g_thread_join (threads[i]);
  for (guint i = 0; i < N_THREADS; i++) {
    ck_assert_ptr_nonnull (networks[i]);
    ck_assert_ptr_eq (networks[i], networks[0]);
    gbp_network_unref (networks[i]);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"same file", same_file, 0},
      {"built in", built_in, 0},
      {"changed file", changed_file, 0},
      {"changed size", changed_size, 0},
      {"no revival", no_revival, 0},
      {"nothing is kept", nothing_is_kept, 0},
      {"many threads", many_threads, 0},
      {"at once", at_once, 0},
  };

  gbp_error_quark (); /* GLib guards these two by locks that the thread sanitizer does not see */
  g_get_user_cache_dir ();
  return GBP_TEST_RUN ("shared networks", tests);
}
