/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static gboolean
read_file (int fd, guint64 offset, guint8 *buffer, gsize n_bytes, GError **error)
{
  gsize n_done = 0;

  while (n_done < n_bytes) {
    gssize n = pread (fd, buffer + n_done, n_bytes - n_done, (off_t) (offset + n_done));

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "expected %" G_GSIZE_FORMAT " bytes at offset %" G_GUINT64_FORMAT
          ", found %" G_GSIZE_FORMAT ": %s",
          n_bytes, offset, n_done, n == 0 ? "the file became shorter" : g_strerror (errno));
      return FALSE;
    }
    n_done += (gsize) n;
  }
  return TRUE;
}

gboolean
gbp_source_read (
    const GbpSource *source, guint64 offset, gpointer buffer, gsize n_bytes, GError **error)
{
  if (offset > source->size || n_bytes > source->size - offset) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected %" G_GSIZE_FORMAT " bytes at offset %" G_GUINT64_FORMAT
        ", found a file of %" G_GUINT64_FORMAT " bytes: it is truncated",
        n_bytes, offset, source->size);
    return FALSE;
  }
  if (n_bytes == 0)
    return TRUE;
  if (source->fd >= 0)
    return read_file (source->fd, source->start + offset, buffer, n_bytes, error);
  memcpy (buffer, source->memory + source->start + offset, n_bytes);
  return TRUE;
}
