/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "npy.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Magic, version, length of the rest, and the description, padded with spaces: a multiple of 64 bytes,
 * as NumPy wants the data aligned, and enough for any number of frames. */
#define HEADER_SIZE 128
#define PREFIX_SIZE 10
#define END         " }\n"

static const char magic[] = "\x93NUMPY\x01";

struct _NpyFile {
  FILE *stream;
  char *name;
  gint shape[3];
  guint64 n_frames;
};

static gboolean
set_error (NpyFile *file, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", file->name,
      g_strerror (errno));
  return FALSE;
}

static gboolean
write_header (NpyFile *file)
{
  const char *order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? "<" : ">";
  char header[HEADER_SIZE];
  g_autofree char *description = g_strdup_printf ("{'descr': '%sf4', 'fortran_order': False, "
                                                  "'shape': (%" G_GUINT64_FORMAT ", %d, %d, %d),",
      order, file->n_frames, file->shape[0], file->shape[1], file->shape[2]);

  memset (header, ' ', sizeof header);
  memcpy (header, magic, sizeof magic);
  header[8] = HEADER_SIZE - PREFIX_SIZE;
  header[9] = 0;
  memcpy (header + PREFIX_SIZE, description, strlen (description));
  memcpy (header + HEADER_SIZE - strlen (END), END, strlen (END));
  return fwrite (header, 1, sizeof header, file->stream) == sizeof header;
}

gboolean
npy_is_ours (const char *bytes, gsize size)
{
  return size >= HEADER_SIZE && memcmp (bytes, magic, sizeof magic) == 0
         && memcmp (bytes + HEADER_SIZE - strlen (END) - 1, " " END, strlen (END) + 1) == 0;
}

NpyFile *
npy_file_new (int descriptor, const char *name, GError **error)
{
  NpyFile *file = g_new0 (NpyFile, 1);

  file->name = g_strdup (name);
  file->stream = fdopen (descriptor, "wb");
  if (file->stream != NULL && write_header (file))
    return file;
  if (file->stream == NULL)
    close (descriptor);
  set_error (file, error);
  npy_file_close (file, NULL);
  return NULL;
}

gboolean
npy_file_append (NpyFile *file, const float *frame, const gint shape[3], GError **error)
{
  gsize length = (gsize) shape[0] * (gsize) shape[1] * (gsize) shape[2];

  memcpy (file->shape, shape, sizeof file->shape);
  if (fwrite (frame, sizeof *frame, length, file->stream) != length)
    return set_error (file, error);
  file->n_frames++;
  return TRUE;
}

gboolean
npy_file_close (NpyFile *file, GError **error)
{
  gboolean written = FALSE;

  if (file->stream != NULL) {
    written = fseek (file->stream, 0, SEEK_SET) == 0 && write_header (file);
    written = fclose (file->stream) == 0 && written;
    if (!written)
      set_error (file, error);
  }
  g_free (file->name);
  g_free (file);
  return written;
}
