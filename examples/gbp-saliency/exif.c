/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exif.h"

#include "bytes.h"

#include <gst/tag/tag.h>
#include <string.h>

/* Bytes of a file: a block in it, or all. */
typedef struct {
  const guint8 *data;
  gsize size;
} Span;

static const Span nothing = {NULL, 0};

static Span
skip (Span span, gsize n_bytes)
{
  return n_bytes < span.size ? (Span){span.data + n_bytes, span.size - n_bytes} : nothing;
}

static gboolean
starts_with (Span span, const char *magic, gsize length)
{
  return span.size >= length && memcmp (span.data, magic, length) == 0;
}

/* JPEG: segments of a marker and a length, which counts itself, until the picture's data begins. */
static Span
find_in_jpeg (Span rest)
{
  for (rest = skip (rest, 2); rest.size > 4 && rest.data[0] == 0xff && rest.data[1] != 0xda;) {
    gsize length = bytes_read_be16 (rest.data + 2);
    Span content = skip (rest, 4);

    if (length < 2 || length + 2 > rest.size)
      break;
    if (rest.data[1] == 0xe1 && starts_with (content, "Exif\0\0", 6))
      return (Span){content.data + 6, length - 8};
    rest = skip (rest, 2 + length);
  }
  return nothing;
}

/* PNG: after 8 bytes, chunks of a length, a name, the content and a checksum. */
static Span
find_in_png (Span rest)
{
  for (rest = skip (rest, 8); rest.size > 12;) {
    gsize length = bytes_read_be32 (rest.data);

    if (length + 12 > rest.size)
      break;
    if (memcmp (rest.data + 4, "eXIf", 4) == 0)
      return (Span){rest.data + 8, length};
    rest = skip (rest, length + 12);
  }
  return nothing;
}

/* WebP: after 12 bytes, chunks of a name, a length and the content, padded to even. */
static Span
find_in_webp (Span rest)
{
  for (rest = skip (rest, 12); rest.size > 8;) {
    gsize length = bytes_read_le32 (rest.data + 4);

    if (length + 8 > rest.size)
      break;
    if (memcmp (rest.data, "EXIF", 4) == 0) {
      Span content = {rest.data + 8, length};
      return starts_with (content, "Exif\0\0", 6) ? skip (content, 6) : content;
    }
    rest = skip (rest, length + length % 2 + 8);
  }
  return nothing;
}

/* A TIFF file is built as the block is. */
static Span
find_block (Span file)
{
  if (starts_with (file, "\xff\xd8\xff", 3))
    return find_in_jpeg (file);
  if (starts_with (file, "\x89PNG", 4))
    return find_in_png (file);
  if (starts_with (file, "RIFF", 4))
    return find_in_webp (file);
  if (starts_with (file, "II*\0", 4) || starts_with (file, "MM\0*", 4))
    return file;
  return nothing;
}

GstTagList *
exif_read (GBytes *picture)
{
  Span file;
  Span block;
  g_autoptr (GstBuffer) buffer = NULL;

  file.data = g_bytes_get_data (picture, &file.size);
  block = find_block (file);
  if (!starts_with (block, "II*\0", 4) && !starts_with (block, "MM\0*", 4))
    return NULL;
  buffer = gst_buffer_new_memdup (block.data, block.size);
  return gst_tag_list_from_exif_buffer_with_tiff_header (buffer);
}
