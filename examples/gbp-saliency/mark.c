/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mark.h"

#include "bytes.h"
#include "npy.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* Bytes at either end of a file in which it is looked for. */
#define SEARCHED 65536

static gboolean
is_in_bytes (const char *bytes, gsize size)
{
  gsize length = strlen (MARK);

  for (gsize i = 0; i + length <= size; i++)
    if (bytes[i] == MARK[0] && memcmp (bytes + i, MARK, length) == 0)
      return TRUE;
  return npy_is_ours (bytes, size);
}

gboolean
mark_is_in (const char *path)
{
  g_autofree char *bytes = g_malloc (SEARCHED);
  FILE *file = g_fopen (path, "rb");
  gsize size;
  gboolean found;

  if (file == NULL)
    return FALSE;
  size = fread (bytes, 1, SEARCHED, file);
  found = size == 0 || is_in_bytes (bytes, size);
  if (!found && fseek (file, -SEARCHED, SEEK_END) == 0) {
    size = fread (bytes, 1, SEARCHED, file);
    found = is_in_bytes (bytes, size);
  }
  fclose (file);
  return found;
}

void
mark_film (GstElement *muxer)
{
  if (GST_IS_TAG_SETTER (muxer))
    gst_tag_setter_add_tags (GST_TAG_SETTER (muxer), GST_TAG_MERGE_REPLACE,
        GST_TAG_APPLICATION_NAME, MARK, GST_TAG_ENCODER, MARK, GST_TAG_COMMENT, MARK, NULL);
}

/* Puts bytes into a picture.
 * @picture: (transfer full) */
static GstBuffer *
insert (GstBuffer *picture, gsize at, const guint8 *bytes, gsize size)
{
  GstBuffer *whole = gst_buffer_copy_region (picture, GST_BUFFER_COPY_ALL, 0, at);

  gst_buffer_append (whole, gst_buffer_new_memdup (bytes, size));
  gst_buffer_append (whole, gst_buffer_copy_region (picture, GST_BUFFER_COPY_MEMORY, at, -1));
  gst_buffer_unref (picture);
  return whole;
}

/* PNG: a chunk of text behind the header, which has 33 bytes: a length, a name, a key and its value, a checksum of all
 * but the length. */
static GstBuffer *
mark_png (GstBuffer *picture)
{
  guint8 chunk[] = "\0\0\0\0tEXtSoftware\0" MARK "    ";
  gsize size = sizeof chunk - 1, content = size - 12;

  bytes_write_be32 (chunk, content);
  bytes_write_be32 (chunk + size - 4, crc32 (0, chunk + 4, (uInt) content + 4));
  return insert (picture, 33, chunk, size);
}

/* JPEG: a segment with a comment behind JFIF's, which ends at byte 20. */
static GstBuffer *
mark_jpeg (GstBuffer *picture)
{
  guint8 segment[] = "\xff\xfe\0\0" MARK;
  gsize size = sizeof segment - 1;

  bytes_write_be16 (segment + 2, size - 2);
  return insert (picture, 20, segment, size);
}

GstBuffer *
mark_picture (GstBuffer *picture)
{
  if (gst_buffer_memcmp (picture, 0, "\x89PNG", 4) == 0)
    return mark_png (picture);
  if (gst_buffer_memcmp (picture, 0, "\xff\xd8\xff\xe0\0\x10JFIF", 10) == 0)
    return mark_jpeg (picture);
  return picture;
}
