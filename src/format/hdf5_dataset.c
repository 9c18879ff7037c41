/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_dataset.h"

#include "format/array_shape.h"
#include "format/hdf5_object.h"
#include "format/hdf5_space.h"
#include "format/hdf5_type.h"
#include "format/hdf5_values.h"

/* Deflate packs at most 1032 bytes into one. */
#define MAX_COMPRESSION 1032

struct _GbpHdf5Dataset {
  GArray *messages;
  GbpHdf5Values values;
};

GbpHdf5Dataset *
gbp_hdf5_dataset_new (GArray *messages)
{
  GbpHdf5Dataset *dataset = g_new0 (GbpHdf5Dataset, 1);

  dataset->messages = messages;
  return dataset;
}

void
gbp_hdf5_dataset_free (GbpHdf5Dataset *dataset)
{
  g_array_unref (dataset->messages);
  g_free (dataset->values.chunks.list);
  g_free (dataset);
}

/* @n_bytes_at_most: what the file can hold of it, unpacked */
static gboolean
describe_shape (
    const GbpHdf5Dataset *dataset, GbpArray *array, guint64 n_bytes_at_most, GError **error)
{
  const GbpHdf5Message *message = gbp_hdf5_object_find (dataset->messages, GBP_HDF5_DATASPACE);
  guint64 shape[GBP_HDF5_MAX_RANK];
  guint rank;

  if (message == NULL || message->is_shared
      || !gbp_hdf5_space_parse (message->content, &rank, shape))
    return gbp_hdf5_refuse (error, "a shape", "none that can be read");
  array->is_bias = rank == 1;
  return gbp_array_set_shape (
      array, rank, shape, gbp_element_get_size (dataset->values.element), n_bytes_at_most, error);
}

static gboolean
find_chunks (GbpHdf5File *file, GbpHdf5Dataset *dataset, const GbpArray *array, guint64 *n_stored,
    GError **error)
{
  GbpHdf5Values *values = &dataset->values;

  if (values->layout.element_size != gbp_element_get_size (values->element))
    return gbp_hdf5_refuse (error, "chunks of its own type", "others");
  return gbp_hdf5_filters_read (dataset->messages, &values->filters, error)
         && gbp_hdf5_chunks_find (
             file, &values->layout, &values->filters, array, &values->chunks, n_stored, error);
}

/* @n_stored: (out): bytes of the values as they are stored */
static gboolean
find_values (GbpHdf5File *file, GbpHdf5Dataset *dataset, const GbpArray *array, guint64 *n_stored,
    GError **error)
{
  GbpHdf5Layout *layout = &dataset->values.layout;
  guint64 offset = layout->address;

  if (layout->storage == GBP_HDF5_COMPACT) {
    *n_stored = layout->bytes.n_left;
    return TRUE;
  }
  if (offset == GBP_HDF5_UNDEFINED)
    return gbp_hdf5_refuse (error, "values in this file", "none");
  if (layout->storage == GBP_HDF5_CHUNKED)
    return find_chunks (file, dataset, array, n_stored, error);
  *n_stored = layout->n_bytes;
  return gbp_hdf5_file_locate (file, &offset, layout->n_bytes)
         || gbp_hdf5_refuse (error, "values in this file", "them past its end");
}

static gboolean
describe_dataset (GbpHdf5File *file, GbpHdf5Dataset *dataset, GbpArray *array, GError **error)
{
  GbpHdf5Values *values = &dataset->values;
  guint64 n_stored, n_unpacked;

  if (!gbp_hdf5_type_read (file, dataset->messages, &values->element, &values->byte_order, error))
    return FALSE;
  if (values->element == GBP_ELEMENT_OTHER)
    return gbp_hdf5_refuse (error, "floating-point numbers of 16, 32 or 64 bits", "another type");
  if (gbp_hdf5_object_find (dataset->messages, GBP_HDF5_EXTERNAL_FILES) != NULL)
    return gbp_hdf5_refuse (error, "values in this file", "them kept elsewhere");
  if (!gbp_hdf5_layout_read (dataset->messages, &values->layout, error)
      || !describe_shape (dataset, array, G_MAXUINT64, error)
      || !find_values (file, dataset, array, &n_stored, error))
    return FALSE;
  if (n_stored > file->n_stored_left)
    return gbp_hdf5_refuse (error, "values of its own", "values that overlap others");
  file->n_stored_left -= n_stored;
  n_unpacked = n_stored;
  if (values->filters.deflate != 0
      && !g_uint64_checked_mul (&n_unpacked, n_stored, MAX_COMPRESSION))
    n_unpacked = G_MAXUINT64;
  return describe_shape (dataset, array, n_unpacked, error);
}

gboolean
gbp_hdf5_describe (GbpHdf5File *file, GbpArray *array, GError **error)
{
  GError *cause = NULL;

  if (describe_dataset (file, file->datasets->pdata[array->offset], array, &cause))
    return TRUE;
  if (!g_str_has_prefix (cause->message, "array "))
    g_prefix_error (&cause, "array %s: ", array->name);
  g_propagate_error (error, cause);
  return FALSE;
}

gboolean
gbp_hdf5_read (
    gpointer file, const GbpArray *array, const GbpArraySize *size, float *values, GError **error)
{
  const GbpHdf5Dataset *dataset = ((GbpHdf5File *) file)->datasets->pdata[array->offset];

  return gbp_hdf5_values_read (file, &dataset->values, array, values, error);
}
