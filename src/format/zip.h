/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reader of zip files (PKWARE's APPNOTE 6.3), with 64-bit sizes, as far as Keras writes them: one disk, entries
 * stored or deflated, nothing encrypted. The directory at the file's end counts. */
#pragma once

#include "format/source.h"

/* @source: (not owned)
 * @directory: (owned): [directory_size]
 * @directory_offset: in the source; entries lie before it
 * @at: where the next entry's header begins in the directory */
typedef struct {
  const GbpSource *source;
  guint8 *directory;
  gsize directory_size;
  guint64 directory_offset;
  gsize at;
} GbpZip;

/* One file in the zip, in the directory's words.
 * @name: (not owned): [name_length], any bytes
 * @header: offset of its local header
 * @n_stored: its bytes in the zip
 * @n_bytes: unpacked
 * @checksum: CRC-32 of the unpacked bytes */
typedef struct {
  const char *name;
  gsize name_length;
  guint16 flags;
  guint16 method;
  guint64 header;
  guint64 n_stored;
  guint64 n_bytes;
  guint32 checksum;
} GbpZipEntry;

/* gbp_zip_open:
 * @zip: zeros; to be cleared, on failure too
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_zip_open (GbpZip *zip, const GbpSource *source, GError **error);
void gbp_zip_clear (GbpZip *zip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpZip, gbp_zip_clear)

/* Takes the next entry of the directory. FALSE at its end, or with @error set (GBP_ERROR_READ). */
gboolean gbp_zip_next (GbpZip *zip, GbpZipEntry *entry, GError **error);

/* Whether an entry is the file @name, in whatever folder; folders end with a slash, or with Windows' backslash.
 * @folder_length: (out): how many bytes of the entry's name are that of the folder; 0: it is in none */
gboolean gbp_zip_entry_is_file (const GbpZipEntry *entry, const char *name, gsize *folder_length);
gboolean gbp_zip_entry_is_deflated (const GbpZipEntry *entry);

/* gbp_zip_locate:
 * @window: (out): the entry's bytes as they are in the zip: a part of the zip's source
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if the entry is of a kind that is not read, if its own
 *     header contradicts the directory, or if its bytes do not lie before the directory */
gboolean gbp_zip_locate (
    const GbpZip *zip, const GbpZipEntry *entry, GbpSource *window, GError **error);
