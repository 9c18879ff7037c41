/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files cut off and altered at random: each is either loaded or refused with one message, and nothing
 * else happens. Each test runs in a process of its own, so that a crash is a failure. */
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "sample.h"

#define N_CUTS        150
#define N_ALTERATIONS 300

typedef struct {
  SampleNames names;
  SampleStorage storage;
  gboolean is_zip;
} Kind;

static const Kind kinds[] = {
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT32, FALSE},
    {SAMPLE_KERAS_MODEL, SAMPLE_PACKED, FALSE},
    {SAMPLE_KERAS_3, SAMPLE_FLOAT16, FALSE},
    {SAMPLE_KERAS_3, SAMPLE_FLOAT32, TRUE},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT32, FALSE},
};

/* A good file of this kind: two blocks, which is all of the format in little. */
static char *
make_file (const Kind *kind, const char *path, gsize *length)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *inner = sample_path ("inner.h5");
  char *bytes;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 2);
  arrays = sample_arrays (&weights, kind->names);
  if (kind->names == SAMPLE_TORCHVISION)
    sample_write_safetensors (path, arrays, kind->storage, "{\"trained\": \"false\"}");
  else
    sample_write_hdf5 (kind->is_zip ? inner : path, arrays, kind->storage);
  if (kind->is_zip)
    sample_write_zip (path, "model.weights.h5", inner, TRUE);
  ck_assert (g_file_get_contents (path, &bytes, length, NULL));
  return bytes;
}

/* TRUE if the bytes were loaded as a network. */
static gboolean
load_bytes (const char *path, const char *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  FILE *stream = fopen (path, "wb");

  ck_assert_ptr_nonnull (stream);
  ck_assert_uint_eq (fwrite (bytes, 1, length, stream), length);
  ck_assert_int_eq (fclose (stream), 0);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert ((network == NULL) == (error != NULL));
  if (error != NULL) {
    ck_assert_int_eq (error->code, GBP_ERROR_READ);
    ck_assert (g_utf8_validate (error->message, -1, NULL));
    ck_assert_ptr_null (strchr (error->message, '\n'));
  }
  return network != NULL;
}

START_TEST (cut_off)
{
  g_autofree char *path = sample_path ("cut"), *bytes = NULL;
  gsize length;

  bytes = make_file (&kinds[_i], path, &length);
  ck_assert (load_bytes (path, bytes, length));
  for (gsize i = 0; i < N_CUTS; i++)
    ck_assert_msg (!load_bytes (path, bytes, i * length / N_CUTS), "%u of %u bytes were loaded",
        (guint) (i * length / N_CUTS), (guint) length);
  ck_assert (!load_bytes (path, bytes, length - 1));
  sample_clean ();
}
END_TEST

/* One to four bytes get another value, or the place of another eight. */
static void
alter (char *bytes, gsize length, guint32 *state)
{
  guint n_places = 1 + (guint) gbp_test_random (state, 0, 3.99f);

  for (guint i = 0; i < n_places; i++) {
    gsize to = (gsize) gbp_test_random (state, 0, (float) (length - 8));
    gsize from = (gsize) gbp_test_random (state, 0, (float) (length - 8));

    if (gbp_test_random (state, 0, 1) < 0.5f)
      bytes[to] = (char) gbp_test_random (state, 0, 255.99f);
    else
      memmove (bytes + to, bytes + from, 8);
  }
}

START_TEST (altered)
{
  g_autofree char *path = sample_path ("altered"), *bytes = NULL;
  guint32 state = (guint32) _i;
  guint n_refused = 0;
  gsize length;

  bytes = make_file (&kinds[_i], path, &length);
  for (guint i = 0; i < N_ALTERATIONS; i++) {
    g_autofree char *copy = g_memdup2 (bytes, length);

    alter (copy, length, &state);
    n_refused += !load_bytes (path, copy, length);
  }
  ck_assert_uint_gt (n_refused, N_ALTERATIONS / 20);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"cut off", cut_off, G_N_ELEMENTS (kinds)},
      {"altered", altered, G_N_ELEMENTS (kinds)},
  };

  return GBP_TEST_RUN ("damaged files", tests);
}
