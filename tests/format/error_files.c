/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files whose own words about themselves are wrong. */
#include "harness.h"

#include <glib/gstdio.h>
#include <hdf5.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sample.h"

/* Headers with 36 bytes behind them. */
static const struct {
  const char *header;
  const char *words;
} headers[] = {
    {"{\"features.0.bias\": {\"dtype\": \"I8\", \"shape\": [1], \"data_offsets\": [0, 1]}}",
        "array features.0.bias: expected F16, BF16, F32 or F64, found I8"},
    {"{\"features.0.bias\": {\"shape\": [1], \"data_offsets\": [0, 4]}}", "found no dtype"},
    {"{\"features.0.bias\": 7}", "expected dtype, shape and data_offsets"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0]}}",
        "expected dtype, shape and data_offsets"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 4]}}",
        "expected dtype, shape and data_offsets"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}",
        "expected dtype, shape and data_offsets"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [36, 40]}}",
        "expected its bytes among the 36 behind the header, found 36 to 40: the file is truncated"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [8, 4]}}",
        "expected its bytes among the 36"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}",
        "array features.0.bias: expected 8 bytes for its shape, found at most 4"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 8]}}",
        "expected 4 bytes for its shape, found 8"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [0], \"data_offsets\": [0, 0]}}",
        "expected up to 4 dimensions from 1 to 1048576"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1048577], \"data_offsets\": [0, 36]}}",
        "array features.0.bias: expected up to 4 dimensions from 1 to 1048576"},
    {"{\"features.0.weight\": {\"dtype\": \"F32\", \"shape\": [1048576, 1048576, 1048576, "
     "1048576], "
     "\"data_offsets\": [0, 4]}}",
        "array features.0.weight: expected up to 4 dimensions"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [9], \"data_offsets\": [0, 36]},"
     "\"features.2.bias\": {\"dtype\": \"F32\", \"shape\": [9], \"data_offsets\": [0, 36]}}",
        "expected bytes of its own, found some that belong to features."},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [0, 12]},"
     "\"features.2.bias\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [8, 20]}}",
        "array features.2.bias: expected bytes of its own, found some that belong to "
        "features.0.bias"},
    {"{\"features.2.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [16, 20]},"
     "\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [9], \"data_offsets\": [0, 36]}}",
        "array features.2.bias: expected bytes of its own, found some that belong to "
        "features.0.bias"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
     "\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
        "expected a JSON object: duplicate object key"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
     "\"features\\u002e0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
        "expected a JSON object: duplicate object key"},
    {"{\"features.0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"shape\": [2], "
     "\"data_offsets\": [0, 4]}}",
        "expected a JSON object: duplicate object key near '\"shape\"'"},
    {"{\"__metadata__\": {\"trained\": \"true\", \"trained\": \"false\"}}",
        "expected a JSON object: duplicate object key near '\"trained\"'"},
    {"{\"a\\u001b[31m\\u202e\\ud800\": 1}", "safetensors header: expected "},
    {"{\"a\\u001b[31m\\u202e\": 1}", "found none but a\xef\xbf\xbd[31m\xef\xbf\xbd"},
    {"{\"features.0.bias\": {\"dtype\": \"I\\n8\", \"shape\": [1], \"data_offsets\": [0, 1]}}",
        "found I\xef\xbf\xbd"
        "8"},
    {"{\"a\": [[[[[[[[[[1]]]]]]]]]]}", "expected a JSON object: it is nested too deep"},
    {"{\"a\": \"\\u00e9\\ud83d\\u-e00\"}", "expected a JSON object: invalid escape near"},
    {"{\"a\": \"\\ud83d\\u0041\"}", "expected a JSON object: invalid Unicode"},
    {"{\"a\": \"\\udc00\"}", "expected a JSON object: invalid Unicode"},
    {"{\"a\": \"\\u00\"}", "expected a JSON object: invalid escape near"},
    {"{\"a\": \"\\q\"}", "expected a JSON object: invalid escape near"},
    {"{\"a\": \"\\", "expected a JSON object: invalid escape near"},
    {"{\"a\": \"\\ud83d\\udc1f \\\" \\n\"}", "found none but a"},
    {"{\"__metadata__\": {\"preprocess\": \"auto\"}}",
        "expected \"none\", \"unit\", \"tf\", \"caffe\", \"torch\" as metadata \"preprocess\", "
        "found auto"},
    {"{\"__metadata__\": {\"trained\": \"yes\"}}",
        "expected \"true\" or \"false\" as metadata \"trained\", found yes"},
};

START_TEST (lying_header)
{
  const char *header = headers[_i].header;
  g_autofree char *path = sample_path ("header.safetensors");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE ((guint64) strlen (header));
  const guint8 data[36] = {0};

  g_byte_array_append (bytes, (guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (guint8 *) header, (guint) strlen (header));
  g_byte_array_append (bytes, data, sizeof data);
  ck_assert (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  sample_assert_error (path, GBP_ERROR_READ, headers[_i].words);
  sample_clean ();
}
END_TEST

/* Fewer names than classes. */
START_TEST (class_names)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("classes.safetensors");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, "{\"classes\": \"a\\nb\"}");
  sample_assert_error (path, GBP_ERROR_READ, "predictions: expected one class name for each");
  sample_clean ();
}
END_TEST

/* No such file, whatever its name looks like. */
START_TEST (missing)
{
  static const struct {
    const char *weights;
    const char *words;
  } names[] = {
      {"vgg19", "gbpsaliency/vgg19.h5\": no such file; fetch the published network with "
                "gbp-saliency-fetch vgg19"},
      {"vgg16-top", "gbp-saliency-fetch vgg16-top"},
      {"vgg11", "\"vgg11\": no such file, nor a published network; those are vgg19, vgg19-top, "
                "vgg16, vgg16-top"},
      {"/no/such/folder/vgg19.h5", "\"/no/such/folder/vgg19.h5\": no such file"},
  };

  sample_assert_error (names[_i].weights, GBP_ERROR_NOT_FOUND, names[_i].words);
}
END_TEST

/* What fetch.sh puts into the cache directory is found by its bare name. */
START_TEST (published_name)
{
  g_autofree char *cache = sample_path ("gbpsaliency"), *path = NULL, *directory = NULL;
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;

  directory = g_path_get_dirname (cache);
  ck_assert (g_setenv ("XDG_CACHE_HOME", directory, TRUE));
  ck_assert_int_eq (g_mkdir (cache, 0700), 0);
  path = g_build_filename (cache, "vgg16-top.h5", NULL);
  sample_weights (&weights, GBP_ARCHITECTURE_VGG16, 5);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_PUBLISHED);
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = gbp_network_load ("vgg16-top", GBP_PREPROCESS_AUTO, NULL);
  ck_assert_ptr_nonnull (network);
  ck_assert_str_eq (
      gbp_network_get_description (network), "VGG16 at 1/64 width, vgg16-top.h5, trained");
  g_remove (path);
  sample_clean ();
}
END_TEST

typedef enum {
  WHOLE_NUMBERS,
  OUTSIDE,
  OTHER_FILTER,
  NEVER_WRITTEN,
  LARGE_CHUNK,
  MISSING_CHUNK,
  SHORT_CHUNK,
  SHORT_DEFLATED_CHUNK,
  LONG_DEFLATED_CHUNK,
  NOT_DEFLATED_CHUNK,
  SIX_DIMENSIONS,
} Dataset;

static const char *const dataset_words[] = {
    [WHOLE_NUMBERS] = "expected floating-point numbers of 16, 32 or 64 bits, found another type",
    [OUTSIDE] = "expected values in this file, found them kept elsewhere",
    [OTHER_FILTER] = "expected no compression, or gzip with shuffle before it, found filter 6",
    [NEVER_WRITTEN] = "expected values in this file, found none",
    [LARGE_CHUNK] = "expected chunks within its shape, found larger ones",
    [MISSING_CHUNK] = "expected all its chunks in this file, found one missing",
    [SHORT_CHUNK] = "expected 32 bytes for its shape, found at most 24",
    [SHORT_DEFLATED_CHUNK] = "expected chunks that unpack to their size",
    [LONG_DEFLATED_CHUNK] = "expected chunks that unpack to their size",
    [NOT_DEFLATED_CHUNK] = "expected chunks that unpack to their size",
    [SIX_DIMENSIONS] = "expected up to 4 dimensions",
};

static hid_t
make_creation (Dataset kind)
{
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  if (kind == OUTSIDE)
    H5Pset_external (creation, "/etc/hostname", 0, 32);
  else if (kind != WHOLE_NUMBERS && kind != NEVER_WRITTEN && kind != SIX_DIMENSIONS)
    H5Pset_chunk (creation, 1, (hsize_t[]){kind == LARGE_CHUNK ? 1000 : 4});
  if (kind == OTHER_FILTER)
    H5Pset_scaleoffset (creation, H5Z_SO_FLOAT_DSCALE, 2);
  if (kind >= MISSING_CHUNK && kind <= NOT_DEFLATED_CHUNK && kind != SHORT_CHUNK)
    H5Pset_deflate (creation, 6);
  return creation;
}

/* Puts a second chunk into the file as it is. */
static void
write_chunk (hid_t dataset, Dataset kind)
{
  guint8 values[32] = {1}, packed[64];
  uLongf n_packed = sizeof packed;
  hsize_t offset = 4;

  if (kind == SHORT_CHUNK || kind == NOT_DEFLATED_CHUNK) {
    H5Dwrite_chunk (dataset, H5P_DEFAULT, 0, &offset, kind == SHORT_CHUNK ? 8 : 16, values);
  } else if (kind == SHORT_DEFLATED_CHUNK || kind == LONG_DEFLATED_CHUNK) {
    compress (packed, &n_packed, values, kind == SHORT_DEFLATED_CHUNK ? 8 : 32);
    H5Dwrite_chunk (dataset, H5P_DEFAULT, 0, &offset, n_packed, packed);
  }
}

static void
write_values (hid_t dataset, hid_t space, Dataset kind)
{
  const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  hsize_t start = 0, count = 4;

  if (kind == OUTSIDE || kind == NEVER_WRITTEN)
    return;
  if (kind >= MISSING_CHUNK && kind <= NOT_DEFLATED_CHUNK)
    H5Sselect_hyperslab (space, H5S_SELECT_SET, &start, NULL, &count, NULL);
  ck_assert_int_ge (H5Dwrite (dataset, H5T_NATIVE_FLOAT, space, space, H5P_DEFAULT, values), 0);
  write_chunk (dataset, kind);
}

static hid_t
make_space (Dataset kind)
{
  if (kind == SIX_DIMENSIONS)
    return H5Screate_simple (6, (hsize_t[]){1, 1, 1, 1, 1, 8}, NULL);
  return H5Screate_simple (1, (hsize_t[]){8}, (hsize_t[]){kind == LARGE_CHUNK ? 1000 : 8});
}

/* The kernel beside the bias in question, so that values are read. */
static void
write_kernel (hid_t group)
{
  const float values[3 * 3 * 3 * 8] = {0};
  hid_t space = H5Screate_simple (4, (hsize_t[]){3, 3, 3, 8}, NULL);
  hid_t dataset =
      H5Dcreate2 (group, "kernel", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  ck_assert_int_ge (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose (dataset);
  H5Sclose (space);
}

/* A dataset that libhdf5 would read, or make up, or read past, but no weight file has. */
START_TEST (unusual_dataset)
{
  Dataset kind = (Dataset) _i;
  g_autofree char *path = sample_path ("unusual.h5");
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t group = H5Gcreate2 (file, "block1_conv1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t type = H5Tcopy (kind == WHOLE_NUMBERS ? H5T_STD_I32LE : H5T_IEEE_F32LE);
  hid_t space = make_space (kind), creation = make_creation (kind);
  hid_t dataset = H5Dcreate2 (group, "bias", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);

  ck_assert_int_ge (dataset, 0);
  write_values (dataset, space, kind);
  write_kernel (group);
  H5Dclose (dataset);
  H5Pclose (creation);
  H5Sclose (space);
  H5Tclose (type);
  H5Gclose (group);
  ck_assert_int_ge (H5Fclose (file), 0);
  sample_assert_error (path, GBP_ERROR_READ, "array block1_conv1/bias: ");
  sample_assert_error (path, GBP_ERROR_READ, dataset_words[kind]);
  sample_clean ();
}
END_TEST

/* A file that ends early is told by its sizes. */
START_TEST (truncated_hdf5)
{
  g_autofree char *path = sample_path ("cut.h5"), *content = NULL, *words = NULL;
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  gsize length;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG16, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_PUBLISHED);
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  ck_assert (g_file_get_contents (path, &content, &length, NULL));
  ck_assert (g_file_set_contents (path, content, (gssize) length - 5, NULL));
  words = g_strdup_printf ("expected %" G_GSIZE_FORMAT " bytes, found %" G_GSIZE_FORMAT
                           ": the file is truncated",
      length, length - 5);
  sample_assert_error (path, GBP_ERROR_READ, words);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"lying header", lying_header, G_N_ELEMENTS (headers)},
      {"class names", class_names, 0},
      {"missing", missing, 4},
      {"published name", published_name, 0},
      {"truncated HDF5", truncated_hdf5, 0},
      {"unusual dataset", unusual_dataset, G_N_ELEMENTS (dataset_words)},
  };

  return GBP_TEST_RUN ("wrong files", tests);
}
