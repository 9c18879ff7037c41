/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_chunks.h"

#include <zlib.h>

#define BLOCK_SIZE    (1 << 14)
#define CHECKSUM_SIZE 4

/* In the order that writers apply them. */
static const H5Z_filter_t known_filters[] = {
    H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32};

/* A dataset in chunks.
 * @n_bytes: of a chunk, unpacked
 * @deflate, @checksum: bits of these filters in a chunk's mask of filters that it goes without; 0: the
 *     dataset goes without */
typedef struct {
  hid_t id;
  const GbpArray *array;
  hsize_t shape[GBP_ARRAY_MAX_RANK];
  gsize n_bytes;
  guint32 deflate;
  guint32 checksum;
} Chunks;

static gboolean
refuse (GError **error, const Chunks *chunks, const char *expected, const char *found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "array %s: expected %s, found %s",
      chunks->array->name, expected, found);
  return FALSE;
}

static gboolean
read_shape (Chunks *chunks, hid_t creation, gsize element_size, GError **error)
{
  int rank = H5Pget_chunk (creation, GBP_ARRAY_MAX_RANK, chunks->shape);

  if (rank != (int) chunks->array->rank)
    return refuse (error, chunks, "chunks of its own rank", "others");
  chunks->n_bytes = element_size;
  for (int i = 0; i < rank; i++) {
    if (chunks->shape[i] == 0 || chunks->shape[i] > chunks->array->shape[i])
      return refuse (error, chunks, "chunks within its shape", "larger ones");
    chunks->n_bytes *= chunks->shape[i];
  }
  return TRUE;
}

static gboolean
read_filters (Chunks *chunks, hid_t creation, GError **error)
{
  int n_filters = H5Pget_nfilters (creation);
  guint next = 0;

  for (int i = 0; i < n_filters; i++) {
    unsigned flags, config;
    size_t n_values = 0;
    char name[64] = "";
    H5Z_filter_t filter = H5Pget_filter2 (
        creation, (unsigned) i, &flags, &n_values, NULL, sizeof name, name, &config);
    g_autofree char *found = NULL;

    while (next < G_N_ELEMENTS (known_filters) && known_filters[next] != filter)
      next++;
    if (next == G_N_ELEMENTS (known_filters)) {
      name[sizeof name - 1] = '\0';
      found = g_strdup_printf (
          "filter %d (%s)", (int) filter, g_str_is_ascii (name) ? name : "unnamed");
      return refuse (error, chunks, "no compression, or gzip with shuffle before it", found);
    }
    if (filter == H5Z_FILTER_DEFLATE)
      chunks->deflate = 1u << i;
    if (filter == H5Z_FILTER_FLETCHER32)
      chunks->checksum = 1u << i;
    next++;
  }
  return n_filters >= 0 || refuse (error, chunks, "a list of filters", "one that cannot be read");
}

/* How many bytes a deflated chunk unpacks to; 0 if it cannot be, and more than @n_most if it goes on
 * after those. */
static gsize
count_inflated (guint8 *bytes, gsize n_bytes, gsize n_most)
{
  guint8 block[BLOCK_SIZE];
  z_stream stream = {.next_in = bytes, .avail_in = (uInt) n_bytes};
  gsize n_inflated = 0;
  int status = inflateInit (&stream);

  while (status == Z_OK && n_inflated <= n_most) {
    stream.next_out = block;
    stream.avail_out = sizeof block;
    status = inflate (&stream, Z_NO_FLUSH);
    n_inflated += sizeof block - stream.avail_out;
  }
  inflateEnd (&stream);
  return status == Z_OK || status == Z_STREAM_END ? n_inflated : 0;
}

/* @n_bytes is what the chunk has in the file. */
static gsize
count_unpacked (const Chunks *chunks, const hsize_t *offset, guint32 skipped, gsize n_bytes)
{
  g_autofree guint8 *bytes = NULL;
  gsize n_deflated = n_bytes;
  guint32 mask;

  if ((chunks->checksum & ~skipped) != 0)
    n_deflated -= MIN (n_bytes, CHECKSUM_SIZE);
  if ((chunks->deflate & ~skipped) == 0)
    return n_deflated;
  bytes = g_try_malloc (n_bytes);
  if (bytes == NULL || n_bytes > G_MAXINT32
      || H5Dread_chunk (chunks->id, H5P_DEFAULT, offset, &mask, bytes) < 0)
    return 0;
  return count_inflated (bytes, n_deflated, chunks->n_bytes);
}

static gboolean
check_chunk (const Chunks *chunks, const hsize_t *offset, GError **error)
{
  unsigned skipped = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t n_bytes = 0;

  if (H5Dget_chunk_info_by_coord (chunks->id, offset, &skipped, &address, &n_bytes) < 0
      || address == HADDR_UNDEF)
    return refuse (error, chunks, "all its chunks in this file", "one missing");
  if (count_unpacked (chunks, offset, skipped, n_bytes) != chunks->n_bytes)
    return refuse (error, chunks, "chunks that unpack to their size", "one that does not");
  return TRUE;
}

/* Moves on by one chunk, the last dimension first; FALSE after the last. */
static gboolean
next_chunk (const Chunks *chunks, hsize_t *offset)
{
  for (guint i = chunks->array->rank; i-- > 0;) {
    offset[i] += chunks->shape[i];
    if (offset[i] < chunks->array->shape[i])
      return TRUE;
    offset[i] = 0;
  }
  return FALSE;
}

gboolean
gbp_hdf5_check_chunks (
    hid_t dataset, hid_t creation, const GbpArray *array, gsize element_size, GError **error)
{
  Chunks chunks = {.id = dataset, .array = array};
  hsize_t offset[GBP_ARRAY_MAX_RANK] = {0};

  if (!read_filters (&chunks, creation, error)
      || !read_shape (&chunks, creation, element_size, error))
    return FALSE;
  do
    if (!check_chunk (&chunks, offset, error))
      return FALSE;
  while (next_chunk (&chunks, offset));
  return TRUE;
}
