/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "whole.h"

#include <string.h>

#include "bytes.h"

#define PNG_START "\211PNG\r\n\032\n"
#define PNG_CHUNK 12 /* bytes beside its data: length, name, checksum */

/* Chunk by chunk, to the one that ends it. */
static gboolean
is_whole_png (const guint8 *bytes, gsize n)
{
  gsize at = strlen (PNG_START);

  while (n - at >= PNG_CHUNK) {
    guint32 size = bytes_read_be32 (bytes + at);

    if (size > n - at - PNG_CHUNK)
      return FALSE;
    if (memcmp (bytes + at + 4, "IEND", 4) == 0)
      return TRUE;
    at += PNG_CHUNK + size;
  }
  return FALSE;
}

/* Segment by segment to the first scan, behind which the marker of the end is; a preview in a segment has its own. */
static gboolean
is_whole_jpeg (const guint8 *bytes, gsize n)
{
  static const guint8 end[2] = {0xFF, 0xD9};
  gsize at = 2;

  while (n - at >= 4 && bytes[at] == 0xFF && bytes[at + 1] != 0xDA) {
    gsize size = bytes[at + 1] == 0xFF ? 1 : 2 + (gsize) bytes_read_be16 (bytes + at + 2);

    if (size > n - at)
      return FALSE;
    at += size;
  }
  for (; n - at >= sizeof end; at++)
    if (memcmp (bytes + at, end, sizeof end) == 0)
      return TRUE;
  return FALSE;
}

gboolean
whole_are_bytes (const guint8 *bytes, gsize n)
{
  if (n > strlen (PNG_START) && memcmp (bytes, PNG_START, strlen (PNG_START)) == 0)
    return is_whole_png (bytes, n);
  if (n > 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF)
    return is_whole_jpeg (bytes, n);
  return TRUE;
}

/* To open a pipe is to wait for someone who writes to it. */
gboolean
whole_is_picture (const char *path)
{
  g_autoptr (GMappedFile) file =
      g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_mapped_file_new (path, FALSE, NULL) : NULL;

  return file == NULL
         || whole_are_bytes (
             (const guint8 *) g_mapped_file_get_contents (file), g_mapped_file_get_length (file));
}
