/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_dataset.h"

#include "format/array_shape.h"
#include "format/hdf5_chunks.h"

/* Deflate packs at most 1032 bytes into one. */
#define MAX_COMPRESSION 1032

static gboolean
refuse (GError **error, const GbpArray *array, const char *expected, const char *found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "array %s: expected %s, found %s", array->name,
      expected, found);
  return FALSE;
}

/* IEEE 754 binary16, as h5py makes it; libhdf5 1.10 has no name for it. */
static hid_t
make_half_type (H5T_order_t order)
{
  hid_t type = H5Tcopy (H5T_IEEE_F32LE);

  H5Tset_fields (type, 15, 10, 5, 0, 10);
  H5Tset_size (type, 2);
  H5Tset_ebias (type, 15);
  H5Tset_order (type, order);
  return type;
}

/* libhdf5 would convert any layout of bits that a file describes; only the usual ones are trusted. */
static gboolean
is_usual_float (hid_t type)
{
  const hid_t usual[] = {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
  hid_t halves[] = {make_half_type (H5T_ORDER_LE), make_half_type (H5T_ORDER_BE)};
  gboolean is_usual = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    is_usual |= H5Tequal (type, usual[i]) > 0;
  for (guint i = 0; i < G_N_ELEMENTS (halves); i++) {
    is_usual |= H5Tequal (type, halves[i]) > 0;
    H5Tclose (halves[i]);
  }
  return is_usual;
}

/* Sets @n_bytes_at_most to what the array can have, unpacked. */
static gboolean
check_storage (GbpHdf5File *file, hid_t dataset, hid_t creation, const GbpArray *array,
    guint64 *n_bytes_at_most, GError **error)
{
  guint64 stored = H5Dget_storage_size (dataset);
  H5D_layout_t layout = H5Pget_layout (creation);
  haddr_t offset;

  if (H5Pget_external_count (creation) != 0 || layout < H5D_COMPACT || layout > H5D_CHUNKED)
    return refuse (error, array, "values in this file", "them kept elsewhere");
  if (stored == 0 || stored > file->size)
    return refuse (error, array, "values in this file", "none");
  offset = layout == H5D_CONTIGUOUS ? H5Dget_offset (dataset) : 0;
  if (offset > file->size - stored)
    return refuse (error, array, "values in this file", "them past its end");
  *n_bytes_at_most = stored;
  if (layout == H5D_CHUNKED && H5Pget_nfilters (creation) > 0
      && !g_uint64_checked_mul (n_bytes_at_most, stored, MAX_COMPRESSION))
    *n_bytes_at_most = G_MAXUINT64;
  return TRUE;
}

static gboolean
describe_shape (
    hid_t dataset, GbpArray *array, guint64 element_size, guint64 n_bytes_at_most, GError **error)
{
  hid_t space = H5Dget_space (dataset);
  int rank = H5Sget_simple_extent_ndims (space);
  hsize_t found[H5S_MAX_RANK] = {0};
  guint64 shape[H5S_MAX_RANK];

  if (rank >= 0)
    rank = H5Sget_simple_extent_dims (space, found, NULL);
  H5Sclose (space);
  if (rank < 0)
    return refuse (error, array, "a shape", "none that can be read");
  for (int i = 0; i < rank; i++)
    shape[i] = found[i];
  array->is_bias = rank == 1;
  return gbp_array_set_shape (array, (guint) rank, shape, element_size, n_bytes_at_most, error);
}

static gboolean
describe_open (
    GbpHdf5File *file, hid_t dataset, hid_t creation, hid_t type, GbpArray *array, GError **error)
{
  guint64 n_bytes_at_most;

  if (!is_usual_float (type))
    return refuse (error, array, "floating-point numbers of 16, 32 or 64 bits", "another type");
  if (!check_storage (file, dataset, creation, array, &n_bytes_at_most, error)
      || !describe_shape (dataset, array, H5Tget_size (type), n_bytes_at_most, error))
    return FALSE;
  return H5Pget_layout (creation) != H5D_CHUNKED
         || gbp_hdf5_check_chunks (dataset, creation, array, H5Tget_size (type), error);
}

gboolean
gbp_hdf5_describe (GbpHdf5File *file, GbpArray *array, GError **error)
{
  hid_t dataset = H5Dopen2 (file->id, array->name, H5P_DEFAULT);
  hid_t creation = H5Dget_create_plist (dataset), type = H5Dget_type (dataset);
  gboolean is_described;

  if (dataset < 0 || creation < 0 || type < 0)
    is_described = refuse (error, array, "a readable dataset", "a damaged one");
  else
    is_described = describe_open (file, dataset, creation, type, array, error);
  H5Tclose (type);
  H5Pclose (creation);
  H5Dclose (dataset);
  return is_described;
}

gboolean
gbp_hdf5_read (
    gpointer file, const GbpArray *array, const GbpArraySize *size, float *values, GError **error)
{
  hsize_t shape[GBP_ARRAY_MAX_RANK] = {0};
  hid_t dataset = H5Dopen2 (((GbpHdf5File *) file)->id, array->name, H5P_DEFAULT);
  hid_t space;
  herr_t status;

  /* Said again, and not asked again, so that libhdf5 checks that it writes no more than was planned. */
  for (guint i = 0; i < array->rank; i++)
    shape[i] = array->shape[i];
  space = H5Screate_simple ((int) array->rank, shape, NULL);
  status = H5Dread (dataset, H5T_NATIVE_FLOAT, space, H5S_ALL, H5P_DEFAULT, values);
  if (status < 0)
    gbp_hdf5_set_error (error, "expected its values, found none that can be read");
  H5Sclose (space);
  H5Dclose (dataset);
  return status >= 0;
}
