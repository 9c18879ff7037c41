/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_values.h"

/* Elements that are converted at a time; where they have a float's size, in place. */
#define N_AT_ONCE (1 << 14)

static gboolean
read_contiguous (
    const GbpHdf5File *file, const GbpHdf5Values *values, gsize n, float *floats, GError **error)
{
  gsize element_size = gbp_element_get_size (values->element);
  g_autofree guint8 *bytes = g_try_malloc_n (N_AT_ONCE, element_size);
  guint64 offset = values->layout.address;

  if (bytes == NULL)
    return gbp_hdf5_refuse (error, "memory for its values", "none");
  if (!gbp_hdf5_file_locate (file, &offset, n * element_size))
    return gbp_hdf5_refuse (error, "values in this file", "them past its end");
  for (gsize i = 0; i < n; i += N_AT_ONCE) {
    gsize n_now = MIN (N_AT_ONCE, n - i);
    guint8 *to = element_size == sizeof *floats ? (guint8 *) (floats + i) : bytes;

    if (!gbp_source_read (file->source, offset + i * element_size, to, n_now * element_size, error))
      return FALSE;
    gbp_elements_decode (values->element, values->byte_order, to, n_now, floats + i);
  }
  return TRUE;
}

/* Puts an unpacked chunk where it belongs. @place: counted in chunks along each dimension */
static void
place_chunk (const GbpHdf5Values *values, const GbpArray *array, const guint64 *place,
    const guint8 *bytes, float *floats)
{
  gsize element_size = gbp_element_get_size (values->element);
  guint last = array->rank - 1;
  guint64 row[GBP_ARRAY_MAX_RANK] = {0}, n_rows = 1, n_used[GBP_ARRAY_MAX_RANK];

  for (guint i = 0; i < array->rank; i++) {
    n_used[i] = MIN (values->layout.chunk[i], array->shape[i] - place[i] * values->layout.chunk[i]);
    n_rows *= i < last ? values->layout.chunk[i] : 1;
  }
  for (guint64 r = 0; r < n_rows; r++, bytes += values->layout.chunk[last] * element_size) {
    gboolean is_used = TRUE;
    guint64 rest = r, to = 0;

    for (guint i = last; i-- > 0; rest /= values->layout.chunk[i]) {
      row[i] = rest % values->layout.chunk[i];
      is_used &= row[i] < n_used[i];
    }
    for (guint i = 0; i < array->rank; i++)
      to = to * array->shape[i] + place[i] * values->layout.chunk[i] + row[i];
    if (is_used) /* the others are beyond the array's edge */
      gbp_elements_decode (values->element, values->byte_order, bytes, n_used[last], floats + to);
  }
}

/* Buffers for a chunk, all as long as a chunk but @packed. */
typedef struct {
  GByteArray *packed;
  guint8 *plain;
  guint8 *spare;
} Buffers;

static gboolean
read_chunk (const GbpHdf5File *file, const GbpHdf5Values *values, const GbpHdf5Chunk *chunk,
    Buffers *buffers, GError **error)
{
  guint64 offset = chunk->address, n_most = 2 * (guint64) values->chunks.n_bytes + 1024;
  GbpHdf5Cursor packed;

  if (chunk->n_bytes == 0 || chunk->n_bytes > MIN (n_most, G_MAXINT32))
    return gbp_hdf5_refuse (error, "chunks that unpack to their size", "one that does not");
  if (!gbp_hdf5_file_locate (file, &offset, chunk->n_bytes))
    return gbp_hdf5_refuse (error, "values in this file", "them past its end");
  g_byte_array_set_size (buffers->packed, (guint) chunk->n_bytes);
  if (!gbp_source_read (file->source, offset, buffers->packed->data, chunk->n_bytes, error))
    return FALSE;
  packed = (GbpHdf5Cursor){.bytes = buffers->packed->data, .n_left = chunk->n_bytes};
  return gbp_hdf5_filters_undo (&values->filters, chunk->skipped,
      gbp_element_get_size (values->element), packed, buffers->plain, values->chunks.n_bytes,
      buffers->spare, error);
}

static gboolean
read_chunks (const GbpHdf5File *file, const GbpHdf5Values *values, const GbpArray *array,
    float *floats, GError **error)
{
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  g_autofree guint8 *plain = g_try_malloc (values->chunks.n_bytes);
  g_autofree guint8 *spare = g_try_malloc (values->chunks.n_bytes);
  Buffers buffers = {packed, plain, spare};

  if (plain == NULL || spare == NULL)
    return gbp_hdf5_refuse (error, "memory for a chunk of its values", "none");
  for (gsize c = 0; c < values->chunks.n_chunks; c++) {
    guint64 place[GBP_ARRAY_MAX_RANK] = {0}, rest = c;

    if (!read_chunk (file, values, &values->chunks.list[c], &buffers, error))
      return FALSE;
    for (guint i = array->rank; i-- > 0; rest /= values->chunks.n[i])
      place[i] = rest % values->chunks.n[i];
    place_chunk (values, array, place, plain, floats);
  }
  return TRUE;
}

gboolean
gbp_hdf5_values_read (const GbpHdf5File *file, const GbpHdf5Values *values, const GbpArray *array,
    float *floats, GError **error)
{
  gsize n = 1;

  for (guint i = 0; i < array->rank; i++)
    n *= array->shape[i];
  if (values->layout.storage == GBP_HDF5_CHUNKED)
    return read_chunks (file, values, array, floats, error);
  if (values->layout.storage == GBP_HDF5_CONTIGUOUS)
    return read_contiguous (file, values, n, floats, error);
  gbp_elements_decode (values->element, values->byte_order, values->layout.bytes.bytes, n, floats);
  return TRUE;
}
