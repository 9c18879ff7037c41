/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <hdf5.h>
#include <math.h>
#include <string.h>

#include "sample.h"

/* binary16 of a value that it can hold. */
static guint16
encode_half (float value)
{
  guint16 sign = signbit (value) ? 0x8000 : 0;
  int exponent;
  float fraction = frexpf (fabsf (value), &exponent);

  if (value == 0 || exponent < -13) /* subnormal: a multiple of 2⁻²⁴ */
    return (guint16) (sign | (guint) ldexpf (fabsf (value), 24));
  return (guint16) (sign | (guint) (exponent + 14) << 10 | ((guint) ldexpf (fraction, 11) & 0x3ff));
}

static void
append_value (GByteArray *bytes, float value, SampleStorage storage)
{
  double twice = value;
  guint64 long_bits;
  guint32 bits;
  guint16 half;

  memcpy (&bits, &value, sizeof bits);
  memcpy (&long_bits, &twice, sizeof long_bits);
  half = storage == SAMPLE_FLOAT16 ? encode_half (value) : (guint16) (bits >> 16);
  bits = GUINT32_TO_LE (bits);
  long_bits = GUINT64_TO_LE (long_bits);
  half = GUINT16_TO_LE (half);
  if (storage == SAMPLE_FLOAT32)
    g_byte_array_append (bytes, (guint8 *) &bits, sizeof bits);
  else if (storage == SAMPLE_FLOAT64)
    g_byte_array_append (bytes, (guint8 *) &long_bits, sizeof long_bits);
  else
    g_byte_array_append (bytes, (guint8 *) &half, sizeof half);
}

static gsize
count_values (const SampleArray *array)
{
  gsize n_values = 1;

  for (guint i = 0; i < array->rank; i++)
    n_values *= array->shape[i];
  return n_values;
}

void
sample_write_safetensors (
    const char *path, GPtrArray *arrays, SampleStorage storage, const char *metadata)
{
  static const char *const types[] = {"F32", "F64", "F16", "BF16"};
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) header = g_string_new ("{");
  guint64 length;

  if (metadata != NULL)
    g_string_append_printf (header, "\"__metadata__\": %s%s", metadata, arrays->len > 0 ? "," : "");
  for (guint i = 0; i < arrays->len; i++) {
    const SampleArray *array = arrays->pdata[i];
    guint begin = bytes->len;

    for (gsize v = 0; v < count_values (array); v++)
      append_value (bytes, array->values[v], storage);
    g_string_append_printf (header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", i > 0 ? "," : "",
        array->name, types[storage]);
    for (guint d = 0; d < array->rank; d++)
      g_string_append_printf (header, "%s%d", d > 0 ? "," : "", (int) array->shape[d]);
    g_string_append_printf (header, "],\"data_offsets\":[%u,%u]}", begin, bytes->len);
  }
  g_string_append_c (header, '}');
  length = GUINT64_TO_LE ((guint64) header->len);
  g_byte_array_prepend (bytes, (guint8 *) header->str, (guint) header->len);
  g_byte_array_prepend (bytes, (guint8 *) &length, sizeof length);
  ck_assert (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
}

static hid_t
make_type (SampleStorage storage)
{
  hid_t type = H5Tcopy (storage == SAMPLE_FLOAT64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE);

  if (storage == SAMPLE_FLOAT16) {
    H5Tset_fields (type, 15, 10, 5, 0, 10);
    H5Tset_size (type, 2);
    H5Tset_ebias (type, 15);
  }
  return type;
}

/* One chunk for each index of the first dimension, so that there are several. */
static hid_t
make_creation (const SampleArray *array, SampleStorage storage)
{
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  hsize_t chunk[4] = {1};

  if (storage == SAMPLE_PACKED || storage == SAMPLE_CHECKED) {
    for (guint i = 1; i < array->rank; i++)
      chunk[i] = array->shape[i];
    H5Pset_chunk (creation, (int) array->rank, chunk);
    if (storage == SAMPLE_PACKED) {
      H5Pset_shuffle (creation);
      H5Pset_deflate (creation, 6);
    }
    H5Pset_fletcher32 (creation);
  }
  return creation;
}

/* As variable-length text where Keras 3 writes it, on the group that holds the array. */
static void
write_label (hid_t file, const SampleArray *array)
{
  g_autofree char *group = g_path_get_dirname (array->name);
  hid_t type = H5Tcopy (H5T_C_S1), space = H5Screate (H5S_SCALAR), attribute;

  H5Tset_size (type, H5T_VARIABLE);
  if (H5Aexists_by_name (file, group, "name", H5P_DEFAULT) == 0) {
    attribute =
        H5Acreate_by_name (file, group, "name", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge (H5Awrite (attribute, type, &array->label), 0);
    H5Aclose (attribute);
  }
  H5Sclose (space);
  H5Tclose (type);
}

static void
write_array (hid_t file, const SampleArray *array, SampleStorage storage)
{
  hid_t links = H5Pcreate (H5P_LINK_CREATE), type = make_type (storage);
  hid_t creation = make_creation (array, storage), space, dataset;
  hsize_t shape[4];

  for (guint i = 0; i < array->rank; i++)
    shape[i] = array->shape[i];
  space = H5Screate_simple ((int) array->rank, shape, NULL);
  H5Pset_create_intermediate_group (links, 1);
  dataset = H5Dcreate2 (file, array->name, type, space, links, creation, H5P_DEFAULT);
  ck_assert_int_ge (
      H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values), 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
  H5Tclose (type);
  H5Pclose (links);
  if (array->label != NULL)
    write_label (file, array);
}

void
sample_write_hdf5 (const char *path, GPtrArray *arrays, SampleStorage storage)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  ck_assert_int_ge (file, 0);
  for (guint i = 0; i < arrays->len; i++)
    write_array (file, arrays->pdata[i], storage);
  ck_assert_int_ge (H5Fclose (file), 0);
}
