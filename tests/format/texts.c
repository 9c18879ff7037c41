/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Attributes of HDF5 that are texts, and bfloat16, which only one of them tells. */
#include "harness.h"

#include <hdf5.h>
#include <string.h>

#include "format/hdf5_attribute.h"
#include "format/hdf5_object.h"
#include "sample.h"

#define N_NAMES 3

static const char *const names[N_NAMES] = {"block1_conv1", "", "r\xc3\xa9seau"};

static void
write_attribute (hid_t object, const char *name, hsize_t n, gsize size, const void *texts)
{
  hid_t type = H5Tcopy (H5T_C_S1), attribute;
  hid_t space = n > 1 ? H5Screate_simple (1, &n, NULL) : H5Screate (H5S_SCALAR);

  H5Tset_size (type, size);
  attribute = H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  ck_assert_int_ge (H5Awrite (attribute, type, texts), 0);
  H5Aclose (attribute);
  H5Sclose (space);
  H5Tclose (type);
}

static void
write_file (const char *path, gboolean is_latest)
{
  char fixed[N_NAMES][16] = {{0}};
  hid_t access = H5Pcreate (H5P_FILE_ACCESS), file;
  g_autofree char *text = g_strnfill (100000, 'x');

  for (guint i = 0; i < N_NAMES; i++)
    memcpy (fixed[i], names[i], strlen (names[i]));
  if (is_latest)
    H5Pset_libver_bounds (access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  write_attribute (file, "fixed", N_NAMES, sizeof fixed[0], fixed);
  write_attribute (file, "variable", N_NAMES, H5T_VARIABLE, names);
  write_attribute (file, "model_config", 1, H5T_VARIABLE, &text);
  ck_assert_int_ge (H5Fclose (file), 0);
  H5Pclose (access);
}

/* From the oldest and the newest versions of the structures. */
START_TEST (attributes)
{
  g_autofree char *path = sample_path ("texts.h5"), *bytes = NULL;
  g_autoptr (GbpHdf5File) file = NULL;
  g_autoptr (GArray) messages = NULL;
  GbpSource source = {.fd = -1};
  gsize size;

  write_file (path, _i == 1);
  ck_assert (g_file_get_contents (path, &bytes, &size, NULL));
  source.memory = (guint8 *) bytes;
  source.size = size;
  file = gbp_hdf5_file_open (&source, NULL);
  ck_assert_ptr_nonnull (file);
  messages = gbp_hdf5_object_read (file, file->root, NULL);
  ck_assert_ptr_nonnull (messages);
  for (guint a = 0; a < 2; a++) {
    g_auto (GStrv) texts = NULL;

    ck_assert (
        gbp_hdf5_attribute_read (file, messages, a == 0 ? "fixed" : "variable", &texts, NULL));
    ck_assert_uint_eq (g_strv_length (texts), N_NAMES);
    for (guint i = 0; i < N_NAMES; i++)
      ck_assert_str_eq (texts[i], names[i]);
  }
  {
    g_auto (GStrv) texts = NULL, none = NULL;

    ck_assert (gbp_hdf5_attribute_read (file, messages, "model_config", &texts, NULL));
    ck_assert_uint_eq (g_strv_length (texts), 1);
    ck_assert_uint_eq (strlen (texts[0]), 100000);
    ck_assert (gbp_hdf5_attribute_read (file, messages, "no such", &none, NULL));
    ck_assert_ptr_null (none);
  }
  sample_clean ();
}
END_TEST

/* As Keras writes it: the two bytes as an opaque type, and in .keras the type's name. @dtype: (nullable) */
static void
write_bfloat16 (hid_t file, const SampleArray *array, const char *dtype)
{
  hid_t links = H5Pcreate (H5P_LINK_CREATE), type = H5Tcreate (H5T_OPAQUE, 2), space, dataset;
  hsize_t shape[4];
  gsize n = 1;
  g_autofree guint16 *halves = NULL;

  for (guint i = 0; i < array->rank; i++)
    n *= shape[i] = array->shape[i];
  halves = g_new (guint16, n);
  for (gsize i = 0; i < n; i++) {
    guint32 bits;

    memcpy (&bits, &array->values[i], sizeof bits);
    halves[i] = GUINT16_TO_LE ((guint16) (bits >> 16));
  }
  H5Pset_create_intermediate_group (links, 1);
  space = H5Screate_simple ((int) array->rank, shape, NULL);
  dataset = H5Dcreate2 (file, array->name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  ck_assert_int_ge (H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves), 0);
  if (dtype != NULL)
    write_attribute (dataset, "dtype", 1, H5T_VARIABLE, &dtype);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
  H5Pclose (links);
}

START_TEST (bfloat16)
{
  static const char *const dtypes[] = {"bfloat16", NULL, "int16"};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("bfloat16.weights.h5");
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_NUMBERED);
  for (guint i = 0; i < arrays->len; i++)
    write_bfloat16 (file, arrays->pdata[i], dtypes[_i]);
  ck_assert_int_ge (H5Fclose (file), 0);
  if (_i < 2) {
    g_autoptr (GbpNetwork) network = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);

    ck_assert_ptr_nonnull (network);
    sample_assert_weights (network, &weights);
  } else {
    sample_assert_error (path, GBP_ERROR_READ, "expected floating-point numbers");
  }
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"attributes", attributes, 2},
      {"bfloat16", bfloat16, 3},
  };

  return GBP_TEST_RUN ("texts in HDF5", tests);
}
