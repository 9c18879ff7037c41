/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HDF5 whose numbers stand in each other's places: every file is loaded or refused with one message. */
#include "harness.h"

#include <string.h>

#include "format/keras.h"
#include "variants.h"

#define MAX_EXCHANGES 20000

/* TRUE if the bytes were read as weights. */
static gboolean
read_bytes (const guint8 *bytes, gsize size)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = size};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GError) error = NULL;
  gboolean is_read = gbp_keras_hdf5_read (&source, &weights, &error);

  ck_assert (is_read == (error == NULL));
  ck_assert (is_read || g_utf8_validate (error->message, -1, NULL));
  return is_read;
}

/* A number that could be an address, or say how much there is. */
static gboolean
is_pointer (const guint8 *bytes, gsize size, gsize offset, guint64 *value)
{
  memcpy (value, bytes + offset, sizeof *value);
  *value = GUINT64_FROM_LE (*value);
  return *value > 0 && *value < size;
}

/* Offsets of all pointers. */
static GArray *
list_pointers (const guint8 *bytes, gsize size)
{
  GArray *offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint64 value;

  for (gsize i = 0; i + 8 <= size; i += 2) /* headers of version 2 are not aligned */
    if (is_pointer (bytes, size, i, &value))
      g_array_append_val (offsets, i);
  return offsets;
}

/* Every pointer takes the value of every other one, as many as there is time for, evenly. */
START_TEST (exchanged_pointers)
{
  static const guint chosen[] = {0, 7, 12, 18, 20, 23, 24};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("exchanged.h5");
  g_autoptr (GArray) offsets = NULL;
  g_autofree guint8 *bytes = NULL;
  gsize size;
  Variant variant = variants[chosen[_i]];
  guint64 n_pairs, step, n_refused = 0;

  variant.n_others = MIN (variant.n_others, 20);
  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_LATER);
  variant_write (path, arrays, &variant);
  ck_assert (g_file_get_contents (path, (char **) &bytes, &size, NULL));
  offsets = list_pointers (bytes, size);
  n_pairs = (guint64) offsets->len * offsets->len;
  ck_assert_uint_gt (n_pairs, 100);
  step = 1 + n_pairs / (GBP_TEST_SANITIZED ? MAX_EXCHANGES / 10 : MAX_EXCHANGES);
  for (guint64 i = 0; i < n_pairs; i += step) {
    gsize to = g_array_index (offsets, gsize, i / offsets->len);
    gsize from = g_array_index (offsets, gsize, i % offsets->len);
    guint8 kept[8];

    memcpy (kept, bytes + to, sizeof kept);
    memmove (bytes + to, bytes + from, sizeof kept);
    n_refused += !read_bytes (bytes, size);
    memcpy (bytes + to, kept, sizeof kept);
  }
  ck_assert_uint_gt (n_refused, 0);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {{"exchanged pointers", exchanged_pointers, 7}};

  return GBP_TEST_RUN ("exchanged pointers", tests);
}
