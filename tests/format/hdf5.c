/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Our reader of HDF5 beside libhdf5: every array of every kind of file has the same numbers, to the bit. */
#include "harness.h"

#include <hdf5.h>
#include <string.h>

#include "format/hdf5_dataset.h"
#include "format/hdf5_walk.h"
#include "variants.h"

static const char *const golden[] = {"vgg19-w8.h5", "vgg19-w8_notop.h5",
    "vgg19-w8_notop_published.h5", "vgg19-w8_notop_model.h5", "vgg19-w8_notop.weights.h5"};

/* Reads @array by both. Returns the number of its values. */
static gsize
compare_array (GbpHdf5File *ours, hid_t theirs, GbpArray *array)
{
  g_autofree float *found = NULL, *expected = NULL;
  g_autoptr (GError) error = NULL;
  const GbpArraySize unused = {0};
  hid_t dataset = H5Dopen2 (theirs, array->name, H5P_DEFAULT);
  gsize n = 1;

  ck_assert_msg (gbp_hdf5_describe (ours, array, &error), "%s", error ? error->message : "");
  for (guint i = 0; i < array->rank; i++)
    n *= array->shape[i];
  ck_assert_uint_eq (H5Dget_storage_size (dataset) > 0, TRUE);
  found = g_new (float, n);
  expected = g_new (float, n);
  ck_assert_msg (
      gbp_hdf5_read (ours, array, &unused, found, &error), "%s", error ? error->message : "");
  ck_assert_int_ge (
      H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected), 0);
  H5Dclose (dataset);
  ck_assert_msg (memcmp (found, expected, n * sizeof *found) == 0, "%s differs", array->name);
  return n;
}

static gboolean
has_floats (hid_t theirs, const char *name)
{
  hid_t dataset = H5Dopen2 (theirs, name, H5P_DEFAULT), type = H5Dget_type (dataset);
  gboolean is_float = H5Tget_class (type) == H5T_FLOAT;

  H5Tclose (type);
  H5Dclose (dataset);
  return is_float;
}

/* Returns the number of arrays that were compared. */
static guint
compare_file (const char *path)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpHdf5File) ours = NULL;
  g_autoptr (GPtrArray) arrays = NULL;
  GbpSource source = {.fd = -1};
  gsize size, n_values = 0;
  hid_t theirs = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);

  ck_assert_int_ge (theirs, 0);
  ck_assert (g_file_get_contents (path, &bytes, &size, NULL));
  source.memory = (guint8 *) bytes;
  source.size = size;
  ours = gbp_hdf5_file_open (&source, &error);
  ck_assert_msg (ours != NULL, "%s", error != NULL ? error->message : "");
  arrays = gbp_hdf5_list (ours, &error);
  ck_assert_msg (arrays != NULL, "%s", error != NULL ? error->message : "");
  for (guint i = 0; i < arrays->len; i++)
    if (has_floats (theirs, ((GbpArray *) arrays->pdata[i])->name))
      n_values += compare_array (ours, theirs, arrays->pdata[i]);
  H5Fclose (theirs);
  ck_assert_uint_gt (n_values, 0);
  return arrays->len;
}

START_TEST (golden_files)
{
  g_autofree char *path = NULL;

  if (gbp_test_golden_dir () == NULL) {
    g_print ("skipped: no golden files; GBP_GOLDEN_DIR names their directory\n");
    return;
  }
  path = g_build_filename (gbp_test_golden_dir (), golden[_i], NULL);
  ck_assert_uint_ge (compare_file (path), 32);
}
END_TEST

/* The kernel of a layer has 3×3×64×80 numbers, enough for chunks' indexes of several levels. */
START_TEST (every_variant)
{
  const Variant *variant = &variants[_i];
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("variant.h5");
  guint32 state = 1;

  sample_add (arrays, "group/kernel", 4, (guint64[]){3, 3, 33, 40});
  sample_add (arrays, "group/odd", 2, (guint64[]){7, 5});
  sample_add (arrays, "group/bias", 1, (guint64[]){40});
  for (guint i = 0; i < arrays->len; i++) {
    SampleArray *array = arrays->pdata[i];
    gsize n = 1;

    for (guint d = 0; d < array->rank; d++)
      n *= array->shape[d];
    for (gsize v = 0; v < n; v++)
      array->values[v] = gbp_test_random (&state, -1, 1);
  }
  variant_write (path, arrays, variant);
  ck_assert_msg (compare_file (path) == 3, "%s", variant->name);
  sample_clean ();
}
END_TEST

/* The network that is loaded from each, too. */
START_TEST (every_variant_loads)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("variant.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = NULL;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 2);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_LATER);
  variant_write (path, arrays, &variants[_i]);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s: %s", variants[_i].name, error != NULL ? error->message : "");
  sample_assert_weights (network, &weights);
  sample_clean ();
}
END_TEST

/* One dimension that may grow: the newest format keeps the chunks in an array that grows. */
START_TEST (extensible_array)
{
  const Variant variant = {"extensible", TRUE, .type = 4, .chunks = VARIANT_HALVES, .n_growing = 1};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("extensible.h5");

  sample_add (arrays, "block1_conv1/kernel", 4, (guint64[]){3, 3, 3, 4});
  variant_write (path, arrays, &variant);
  sample_assert_error (path, GBP_ERROR_READ,
      "array block1_conv1/kernel: expected an array that does not grow…extensible array");
  sample_clean ();
}
END_TEST

/* One bit differs in what has a checksum of its own. */
START_TEST (checksums)
{
  static const char *const signatures[] = {"OHDR", "FRHP", "BTHD", "FADB", "FAHD"};
  const Variant variant = {"fixed", TRUE, .type = 4, .chunks = VARIANT_HALVES, .n_others = 20};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("checksums.h5"), *bytes = NULL;
  const char *found = NULL;
  gsize size;

  sample_add (arrays, "block1_conv1/kernel", 4, (guint64[]){3, 3, 3, 4});
  variant_write (path, arrays, &variant);
  ck_assert (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize i = 0; found == NULL && i + 4 <= size; i++)
    if (memcmp (bytes + i, signatures[_i], 4) == 0)
      found = bytes + i;
  ck_assert_ptr_nonnull (found);
  bytes[found - bytes + 9] ^= 1;
  ck_assert (g_file_set_contents (path, bytes, (gssize) size, NULL));
  sample_assert_error (path, GBP_ERROR_READ, "checksum");
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"golden files", golden_files, G_N_ELEMENTS (golden)},
      {"every variant", every_variant, (int) n_variants},
      {"every variant loads", every_variant_loads, (int) n_variants},
      {"extensible array", extensible_array, 0},
      {"checksums", checksums, 5},
  };

  return GBP_TEST_RUN ("HDF5 beside libhdf5", tests);
}
