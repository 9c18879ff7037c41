/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/zip.h"

#include <string.h>

#define END_SIGNATURE        0x06054b50
#define LOCATOR_64_SIGNATURE 0x07064b50
#define END_64_SIGNATURE     0x06064b50
#define ENTRY_SIGNATURE      0x02014b50
#define HEADER_SIGNATURE     0x04034b50

/* Bytes of the fixed parts. */
#define END_SIZE        22
#define LOCATOR_64_SIZE 20
#define END_64_SIZE     56
#define ENTRY_SIZE      46
#define HEADER_SIZE     30

#define MAX_COMMENT 0xffff

/* A .keras has three entries and its assets', of some 60 bytes each. */
#define MAX_DIRECTORY (1 << 20)

#define STORED   0
#define DEFLATED 8

/* Flags: encrypted, a patch, strongly encrypted, a masked header. */
#define UNREADABLE_FLAGS (1 << 0 | 1 << 5 | 1 << 6 | 1 << 13)

/* The kind of an extra field that has what 32 bits cannot hold. */
#define EXTRA_64 1

/* Numbers are little-endian and not aligned. */
static guint64
get_number (const guint8 *bytes, guint n_bytes)
{
  guint64 number = 0;

  for (guint i = n_bytes; i-- > 0;)
    number = number << 8 | bytes[i];
  return number;
}

static gboolean
refuse_zip (GError **error, const char *cause)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "not a readable .keras (zip) file: %s", cause);
  return FALSE;
}

/* Finds the record that ends the file but for a comment, whose length it gives. Sets @end to a copy of
 * it, and @offset to its place. */
static gboolean
find_end (const GbpSource *source, guint8 end[END_SIZE], guint64 *offset, GError **error)
{
  gsize n_tail = (gsize) MIN (source->size, END_SIZE + MAX_COMMENT);
  g_autofree guint8 *tail = g_malloc (n_tail);

  if (!gbp_source_read (source, source->size - n_tail, tail, n_tail, error))
    return FALSE;
  for (gsize n_comment = 0; n_comment + END_SIZE <= n_tail; n_comment++) {
    const guint8 *record = tail + n_tail - n_comment - END_SIZE;

    if (get_number (record, 4) != END_SIGNATURE || get_number (record + 20, 2) != n_comment)
      continue;
    memcpy (end, record, END_SIZE);
    *offset = source->size - n_comment - END_SIZE;
    return TRUE;
  }
  return refuse_zip (error, "its directory is missing: it is truncated");
}

/* Where the directory is: in the record at @end, or, if that says that its numbers are too small, in the
 * 64-bit one before it. */
static gboolean
find_directory (
    const GbpSource *source, guint64 *offset, guint64 *size, guint64 *limit, GError **error)
{
  guint8 end[END_SIZE], locator[LOCATOR_64_SIZE], end_64[END_64_SIZE];

  if (!find_end (source, end, limit, error))
    return FALSE;
  *size = get_number (end + 12, 4);
  *offset = get_number (end + 16, 4);
  if (get_number (end + 4, 2) != get_number (end + 6, 2))
    return refuse_zip (error, "it has several parts");
  if (*limit < LOCATOR_64_SIZE
      || !gbp_source_read (source, *limit - sizeof locator, locator, sizeof locator, NULL)
      || get_number (locator, 4) != LOCATOR_64_SIGNATURE)
    return TRUE;
  *limit = get_number (locator + 8, 8);
  if (!gbp_source_read (source, *limit, end_64, sizeof end_64, NULL)
      || get_number (end_64, 4) != END_64_SIGNATURE)
    return refuse_zip (error, "its 64-bit directory is missing");
  *size = get_number (end_64 + 40, 8);
  *offset = get_number (end_64 + 48, 8);
  return TRUE;
}

gboolean
gbp_zip_open (GbpZip *zip, const GbpSource *source, GError **error)
{
  guint64 size, limit;

  zip->source = source;
  if (!find_directory (source, &zip->directory_offset, &size, &limit, error))
    return FALSE;
  if (zip->directory_offset > limit || size > limit - zip->directory_offset)
    return refuse_zip (error, "its directory is not where it says");
  if (size > MAX_DIRECTORY) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a .keras (zip) file with a directory of at most %d bytes, found %" G_GUINT64_FORMAT,
        MAX_DIRECTORY, size);
    return FALSE;
  }
  zip->directory_size = (gsize) size;
  zip->directory = g_malloc (zip->directory_size);
  return gbp_source_read (
      source, zip->directory_offset, zip->directory, zip->directory_size, error);
}

void
gbp_zip_clear (GbpZip *zip)
{
  g_free (zip->directory);
  memset (zip, 0, sizeof *zip);
}

/* A number that takes 8 bytes of @extra if its 32 bits say so. */
static gboolean
widen (guint64 *number, const guint8 **extra, gsize *n_extra)
{
  if (*number != G_MAXUINT32)
    return TRUE;
  if (*n_extra < 8)
    return FALSE;
  *number = get_number (*extra, 8);
  *extra += 8;
  *n_extra -= 8;
  return TRUE;
}

/* Looks among the extra fields for the one with 64-bit numbers. */
static gboolean
read_extra (GbpZipEntry *entry, const guint8 *extra, gsize n_extra)
{
  while (n_extra >= 4) {
    gsize n_field = (gsize) get_number (extra + 2, 2);
    gboolean is_64 = get_number (extra, 2) == EXTRA_64;

    extra += 4;
    n_extra -= 4;
    if (n_field > n_extra)
      return FALSE;
    if (is_64)
      return widen (&entry->n_bytes, &extra, &n_field) && widen (&entry->n_stored, &extra, &n_field)
             && widen (&entry->header, &extra, &n_field);
    extra += n_field;
    n_extra -= n_field;
  }
  return TRUE;
}

gboolean
gbp_zip_next (GbpZip *zip, GbpZipEntry *entry, GError **error)
{
  gsize n_left = zip->directory_size - zip->at, n_extra, n_comment;
  const guint8 *fields;

  if (n_left == 0)
    return FALSE;
  fields = zip->directory + zip->at;
  if (n_left < ENTRY_SIZE || get_number (fields, 4) != ENTRY_SIGNATURE)
    return refuse_zip (error, "its directory is damaged");
  *entry = (GbpZipEntry){
      .name = (const char *) fields + ENTRY_SIZE,
      .name_length = (gsize) get_number (fields + 28, 2),
      .flags = (guint16) get_number (fields + 8, 2),
      .method = (guint16) get_number (fields + 10, 2),
      .header = get_number (fields + 42, 4),
      .n_stored = get_number (fields + 20, 4),
      .n_bytes = get_number (fields + 24, 4),
      .checksum = (guint32) get_number (fields + 16, 4),
  };
  n_extra = (gsize) get_number (fields + 30, 2);
  n_comment = (gsize) get_number (fields + 32, 2);
  if (entry->name_length + n_extra + n_comment > n_left - ENTRY_SIZE
      || !read_extra (entry, fields + ENTRY_SIZE + entry->name_length, n_extra))
    return refuse_zip (error, "its directory is damaged");
  zip->at += ENTRY_SIZE + entry->name_length + n_extra + n_comment;
  return TRUE;
}

gboolean
gbp_zip_entry_is_file (const GbpZipEntry *entry, const char *name, gsize *folder_length)
{
  gsize length = strlen (name);
  char before;

  if (entry->name_length < length
      || memcmp (entry->name + entry->name_length - length, name, length) != 0)
    return FALSE;
  *folder_length = entry->name_length - length;
  before = *folder_length > 0 ? entry->name[*folder_length - 1] : '/';
  return before == '/' || before == '\\';
}

gboolean
gbp_zip_entry_is_deflated (const GbpZipEntry *entry)
{
  return entry->method == DEFLATED;
}

static gboolean
check_kind (const GbpZipEntry *entry, GError **error)
{
  if ((entry->flags & UNREADABLE_FLAGS) != 0)
    return refuse_zip (error, "it is encrypted");
  if (entry->method != STORED && entry->method != DEFLATED) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a .keras (zip) file whose entries are stored or deflated, found method %u",
        entry->method);
    return FALSE;
  }
  if (entry->method == STORED && entry->n_stored != entry->n_bytes)
    return refuse_zip (error, "it has two sizes for an entry that is stored");
  return TRUE;
}

gboolean
gbp_zip_locate (const GbpZip *zip, const GbpZipEntry *entry, GbpSource *window, GError **error)
{
  guint8 header[HEADER_SIZE];
  g_autofree char *name = g_malloc (entry->name_length);
  guint64 offset, limit = zip->directory_offset;

  if (!check_kind (entry, error))
    return FALSE;
  if (entry->header > limit || limit - entry->header < HEADER_SIZE + entry->name_length)
    return refuse_zip (error, "an entry is not where its directory says");
  if (!gbp_source_read (zip->source, entry->header, header, sizeof header, error)
      || !gbp_source_read (
          zip->source, entry->header + sizeof header, name, entry->name_length, error))
    return FALSE;
  if (get_number (header, 4) != HEADER_SIGNATURE || get_number (header + 8, 2) != entry->method
      || get_number (header + 26, 2) != entry->name_length
      || memcmp (name, entry->name, entry->name_length) != 0)
    return refuse_zip (error, "an entry's header contradicts its directory");
  offset = entry->header + HEADER_SIZE + entry->name_length + get_number (header + 28, 2);
  if (offset > limit || entry->n_stored > limit - offset) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected %" G_GUINT64_FORMAT
        " bytes in an entry of the .keras (zip) file, found %" G_GUINT64_FORMAT
        " before its directory",
        entry->n_stored, offset > limit ? 0 : limit - offset);
    return FALSE;
  }
  *window = *zip->source;
  window->start += offset;
  window->size = entry->n_stored;
  return TRUE;
}
