/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/inflate.h"

#include <string.h>
#include <zlib.h>

/* Bytes that are read at a time, and that memory begins with. */
#define BLOCK_SIZE (1 << 16)

/* Bytes before which a deflated stream has told its first ones: its tables have some 300. */
#define START_SIZE 1024

/* @bytes: (owned) (nullable): [n_allocated]
 * @n_done: that are unpacked
 * @n_read: that are read of @packed */
typedef struct {
  const GbpSource *packed;
  guint64 n_read;
  guint8 block[BLOCK_SIZE];
  guint8 *bytes;
  gsize n_allocated;
  gsize n_done;
  z_stream stream;
} Inflation;

static gboolean
refuse_packed (GError **error, const char *found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected deflated bytes, found %s", found);
  return FALSE;
}

gboolean
gbp_inflate_start (const GbpSource *packed, guint8 *bytes, gsize n_bytes, GError **error)
{
  guint8 block[START_SIZE];
  gsize n_block = (gsize) MIN (packed->size, sizeof block);
  z_stream stream = {.next_in = block, .next_out = bytes};

  if (!gbp_source_read (packed, 0, block, n_block, error))
    return FALSE;
  stream.avail_in = (uInt) n_block;
  stream.avail_out = (uInt) n_bytes;
  if (inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return refuse_packed (error, "no memory to unpack them");
  inflate (&stream, Z_SYNC_FLUSH);
  inflateEnd (&stream);
  return stream.avail_out == 0 || refuse_packed (error, "damaged ones");
}

/* The next bytes to unpack; none at the end. */
static gboolean
read_block (Inflation *inflation, GError **error)
{
  guint64 n_left = inflation->packed->size - inflation->n_read;
  gsize n_block = (gsize) MIN (n_left, BLOCK_SIZE);

  if (!gbp_source_read (inflation->packed, inflation->n_read, inflation->block, n_block, error))
    return FALSE;
  inflation->n_read += n_block;
  inflation->stream.next_in = inflation->block;
  inflation->stream.avail_in = (uInt) n_block;
  return TRUE;
}

/* Makes room for more, twice as much as there was, up to @n_bytes and one more, in which bytes too many
 * show. */
static gboolean
grow (Inflation *inflation, guint64 n_bytes, GError **error)
{
  guint64 n_wanted = MAX (BLOCK_SIZE, 2 * (guint64) inflation->n_allocated);
  guint8 *bytes;

  n_wanted = MIN (n_wanted, n_bytes + 1);
  bytes = g_try_realloc (inflation->bytes, n_wanted);
  if (bytes == NULL)
    return refuse_packed (error, "no memory to unpack them");
  inflation->bytes = bytes;
  inflation->n_allocated = (gsize) n_wanted;
  return TRUE;
}

/* Unpacks what the block at hand gives and memory holds. Returns zlib's status. */
static int
unpack_some (Inflation *inflation)
{
  gsize n_room = MIN (inflation->n_allocated - inflation->n_done, G_MAXINT32);
  int status;

  inflation->stream.next_out = inflation->bytes + inflation->n_done;
  inflation->stream.avail_out = (uInt) n_room;
  status = inflate (&inflation->stream, Z_NO_FLUSH);
  inflation->n_done += n_room - inflation->stream.avail_out;
  return status;
}

static gboolean
unpack_all (Inflation *inflation, guint64 n_bytes, GError **error)
{
  int status = Z_OK;

  while (status == Z_OK || status == Z_BUF_ERROR) {
    if (inflation->n_done > n_bytes)
      return refuse_packed (error, "more of them than the file says");
    if (inflation->n_done == inflation->n_allocated && !grow (inflation, n_bytes, error))
      return FALSE;
    if (inflation->stream.avail_in == 0 && !read_block (inflation, error))
      return FALSE;
    if (inflation->stream.avail_in == 0 && status == Z_BUF_ERROR)
      return refuse_packed (error, "that they end early");
    status = unpack_some (inflation);
  }
  if (status != Z_STREAM_END)
    return refuse_packed (
        error, status == Z_MEM_ERROR ? "no memory to unpack them" : "damaged ones");
  if (inflation->n_done != n_bytes)
    return refuse_packed (error, "fewer of them than the file says");
  return TRUE;
}

static guint32
sum_bytes (const guint8 *bytes, gsize n_bytes)
{
  return (guint32) crc32_z (0, bytes, n_bytes);
}

static gboolean
refuse_sum (GError **error, guint32 expected, guint32 found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected bytes of checksum %08x, found %08x: the file is damaged", expected, found);
  return FALSE;
}

guint8 *
gbp_inflate (const GbpSource *packed, guint64 n_bytes, guint32 checksum, GError **error)
{
  g_autofree Inflation *inflation = g_new0 (Inflation, 1);
  g_autofree guint8 *bytes = NULL;
  gboolean is_done;
  guint32 found;

  inflation->packed = packed;
  if (inflateInit2 (&inflation->stream, -MAX_WBITS) != Z_OK) {
    refuse_packed (error, "no memory to unpack them");
    return NULL;
  }
  is_done = unpack_all (inflation, n_bytes, error);
  inflateEnd (&inflation->stream);
  bytes = inflation->bytes;
  if (!is_done)
    return NULL;
  found = sum_bytes (bytes, inflation->n_done);
  if (found != checksum) {
    refuse_sum (error, checksum, found);
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

gboolean
gbp_check_sum (const GbpSource *source, guint32 checksum, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK_SIZE);
  guint32 found = 0;

  for (guint64 offset = 0; offset < source->size; offset += BLOCK_SIZE) {
    gsize n_block = (gsize) MIN (source->size - offset, BLOCK_SIZE);

    if (!gbp_source_read (source, offset, block, n_block, error))
      return FALSE;
    found = (guint32) crc32_z (found, block, n_block);
  }
  return found == checksum || refuse_sum (error, checksum, found);
}
