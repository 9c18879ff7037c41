/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <string.h>
#include <zlib.h>

#include "sample.h"

static void
append_number (GByteArray *bytes, guint64 number, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++) {
    guint8 byte = (guint8) (number >> 8 * i);

    g_byte_array_append (bytes, &byte, 1);
  }
}

/* (transfer full): raw deflate of @content. */
static GByteArray *
deflate_content (const char *content, gsize length)
{
  GByteArray *packed = g_byte_array_sized_new ((guint) compressBound (length) + 64);
  z_stream stream = {.next_in = (Bytef *) content, .avail_in = (uInt) length};

  g_byte_array_set_size (packed, (guint) compressBound (length) + 64);
  ck_assert_int_eq (deflateInit2 (&stream, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_out = packed->data;
  stream.avail_out = packed->len;
  ck_assert_int_eq (deflate (&stream, Z_FINISH), Z_STREAM_END);
  g_byte_array_set_size (packed, (guint) stream.total_out);
  deflateEnd (&stream);
  return packed;
}

/* What the local header and the directory have alike: version needed to extra length. */
static void
append_fields (GByteArray *to, const char *entry, const char *content, gsize length,
    const GByteArray *packed, gboolean deflated)
{
  append_number (to, 20, 2);
  append_number (to, 0, 2); /* flags */
  append_number (to, deflated ? 8 : 0, 2);
  append_number (to, 0, 4); /* time and date */
  append_number (to, crc32_z (0, (const Bytef *) content, length), 4);
  append_number (to, packed->len, 4);
  append_number (to, length, 4);
  append_number (to, strlen (entry), 2);
  append_number (to, 0, 2); /* extra */
}

void
sample_zip_add (GByteArray *zip, GByteArray *directory, const char *entry, const char *content,
    gsize length, gboolean deflated)
{
  g_autoptr (GByteArray) packed = NULL;
  guint header = zip->len;

  if (deflated)
    packed = deflate_content (content, length);
  else
    packed = g_byte_array_append (g_byte_array_new (), (const guint8 *) content, (guint) length);
  append_number (zip, 0x04034b50, 4);
  append_fields (zip, entry, content, length, packed, deflated);
  g_byte_array_append (zip, (const guint8 *) entry, (guint) strlen (entry));
  g_byte_array_append (zip, packed->data, packed->len);
  append_number (directory, 0x02014b50, 4);
  append_number (directory, 20, 2);
  append_fields (directory, entry, content, length, packed, deflated);
  append_number (directory, 0, 4); /* comment, disk */
  append_number (directory, 0, 6); /* attributes */
  append_number (directory, header, 4);
  g_byte_array_append (directory, (const guint8 *) entry, (guint) strlen (entry));
}

void
sample_zip_end (GByteArray *zip, const GByteArray *directory, guint n_entries)
{
  guint offset = zip->len;

  g_byte_array_append (zip, directory->data, directory->len);
  append_number (zip, 0x06054b50, 4);
  append_number (zip, 0, 4);
  append_number (zip, n_entries, 2);
  append_number (zip, n_entries, 2);
  append_number (zip, directory->len, 4);
  append_number (zip, offset, 4);
  append_number (zip, 0, 2);
}

void
sample_write_zip (const char *path, const char *entry, const char *content, gboolean deflated)
{
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();
  g_autofree char *bytes = NULL;
  gsize length;

  ck_assert (g_file_get_contents (content, &bytes, &length, NULL));
  sample_zip_add (zip, directory, entry, bytes, length, deflated);
  sample_zip_end (zip, directory, 1);
  ck_assert (g_file_set_contents (path, (char *) zip->data, zip->len, NULL));
}
