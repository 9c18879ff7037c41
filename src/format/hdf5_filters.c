/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_filters.h"

#include <string.h>
#include <zlib.h>

#include "format/hdf5_checksum.h"
#include "format/hdf5_object.h"

/* Filters, by the numbers that files have. */
#define FILTER_DEFLATE   1
#define FILTER_SHUFFLE   2
#define FILTER_FLETCHER  3
#define FIRST_NAMED      256 /* from version 2 on only these have a name */
#define MAX_FILTERS      32
#define MAX_SHOWN_LENGTH 64

/* @name: (transfer full): NULL if it has none */
static guint
take_filter (GbpHdf5Cursor *content, guint version, char **name)
{
  guint filter = (guint) gbp_hdf5_take_number (content, 2);
  guint64 name_length =
      version == 1 || filter >= FIRST_NAMED ? gbp_hdf5_take_number (content, 2) : 0;
  guint64 n_values;
  const guint8 *bytes;

  gbp_hdf5_take (content, 2); /* flags */
  n_values = gbp_hdf5_take_number (content, 2);
  bytes = gbp_hdf5_take (content, name_length);
  *name = bytes != NULL && name_length > 0
              ? g_strndup ((const char *) bytes, MIN (name_length, MAX_SHOWN_LENGTH))
              : NULL;
  gbp_hdf5_take (content, (n_values + (version == 1 ? n_values % 2 : 0)) * 4);
  return filter;
}

/* FALSE if it is unknown, or comes after one that it must come before. */
static gboolean
add_filter (GbpHdf5Filters *filters, guint filter, guint32 bit)
{
  if (filter == FILTER_SHUFFLE && (filters->shuffle | filters->deflate | filters->checksum) == 0)
    filters->shuffle = bit;
  else if (filter == FILTER_DEFLATE && (filters->deflate | filters->checksum) == 0)
    filters->deflate = bit;
  else if (filter == FILTER_FLETCHER && filters->checksum == 0)
    filters->checksum = bit;
  else
    return FALSE;
  return TRUE;
}

static gboolean
refuse_filter (guint filter, const char *name, GError **error)
{
  g_autofree char *found = g_strdup_printf (
      "filter %u (%s)", filter, name != NULL && g_str_is_ascii (name) ? name : "unnamed");

  return gbp_hdf5_refuse (error, "no compression, or gzip with shuffle before it", found);
}

gboolean
gbp_hdf5_filters_read (const GArray *messages, GbpHdf5Filters *filters, GError **error)
{
  const GbpHdf5Message *message = gbp_hdf5_object_find (messages, GBP_HDF5_FILTERS);
  GbpHdf5Cursor content;
  guint version, n_filters;

  *filters = (GbpHdf5Filters){0};
  if (message == NULL)
    return TRUE;
  content = message->content;
  version = (guint) gbp_hdf5_take_number (&content, 1);
  n_filters = (guint) gbp_hdf5_take_number (&content, 1);
  gbp_hdf5_take (&content, version == 1 ? 6 : 0); /* reserved */
  for (guint i = 0; i < MIN (n_filters, MAX_FILTERS); i++) {
    g_autofree char *name = NULL;
    guint filter = take_filter (&content, version, &name);

    if (!content.is_past && !add_filter (filters, filter, 1u << i))
      return refuse_filter (filter, name, error);
  }
  if (message->is_shared || content.is_past || version < 1 || version > 2)
    return gbp_hdf5_refuse (error, "a list of filters", "one that cannot be read");
  return TRUE;
}

/* TRUE if @packed inflates to exactly @n bytes. */
static gboolean
inflate_chunk (const GbpHdf5Cursor *packed, guint8 *chunk, gsize n)
{
  z_stream stream = {.next_in = (guint8 *) packed->bytes, .next_out = chunk};
  int status;

  if (packed->n_left > G_MAXINT32 || n > G_MAXINT32 || inflateInit (&stream) != Z_OK)
    return FALSE;
  stream.avail_in = (uInt) packed->n_left;
  stream.avail_out = (uInt) n;
  status = inflate (&stream, Z_FINISH);
  inflateEnd (&stream);
  return status == Z_STREAM_END && stream.avail_out == 0;
}

/* From the first bytes of all elements, then the second, … to elements. */
static void
unshuffle (const guint8 *shuffled, gsize n_elements, gsize element_size, guint8 *chunk)
{
  for (gsize b = 0; b < element_size; b++)
    for (gsize i = 0; i < n_elements; i++)
      chunk[i * element_size + b] = *shuffled++;
}

/* Cuts the checksum off. */
static gboolean
check_fletcher (GbpHdf5Cursor *packed)
{
  GbpHdf5Cursor whole = *packed;

  if (packed->n_left < 4)
    return FALSE;
  *packed = gbp_hdf5_take_part (&whole, whole.n_left - 4);
  return gbp_hdf5_take_number (&whole, 4) == gbp_hdf5_fletcher (packed->bytes, packed->n_left)
         || !GBP_HDF5_CHECKSUMS_COUNT;
}

gboolean
gbp_hdf5_filters_undo (const GbpHdf5Filters *filters, guint32 skipped, gsize element_size,
    GbpHdf5Cursor packed, guint8 *chunk, gsize n_chunk, guint8 *spare, GError **error)
{
  gboolean is_shuffled = (filters->shuffle & ~skipped) != 0, is_whole = TRUE;
  guint8 *plain = is_shuffled ? spare : chunk;

  if ((filters->checksum & ~skipped) != 0 && !check_fletcher (&packed))
    return gbp_hdf5_refuse (error, "chunks with their checksums", "another checksum");
  if ((filters->deflate & ~skipped) != 0)
    is_whole = inflate_chunk (&packed, plain, n_chunk);
  else if (packed.n_left == n_chunk)
    memcpy (plain, packed.bytes, n_chunk);
  else
    is_whole = FALSE;
  if (!is_whole)
    return gbp_hdf5_refuse (error, "chunks that unpack to their size", "one that does not");
  if (is_shuffled)
    unshuffle (spare, n_chunk / element_size, element_size, chunk);
  return TRUE;
}
