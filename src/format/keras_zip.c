/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "format/foreign.h"
#include "format/inflate.h"
#include "format/keras.h"
#include "format/zip.h"

#define WEIGHTS_NAME   "model.weights.h5"
#define HDF5_SIGNATURE "\x89HDF\r\n\x1a\n"

/* Weights hardly compress: by deflate 32-bit ones shrink to nine tenths, and where 95 of a hundred are zero
 * to a fourteenth. What unpacks to more is no weights but a bomb. The bookkeeping of a small file, which
 * is mostly padding, may. */
#define MAX_COMPRESSION 16
#define BOOKKEEPING     (1 << 20)

/* Two of one name could be taken for two networks.
 * @other: (nullable): what else the file seems to be */
static gboolean
check_found (const char *other, guint n_found, GError **error)
{
  if (n_found == 1)
    return TRUE;
  if (n_found > 1)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a .keras (zip) file with %s once in it, found it %u times", WEIGHTS_NAME,
        n_found);
  else if (other != NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a .keras (zip) file, found %s", other);
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a .keras (zip) file with %s in it, found a zip without", WEIGHTS_NAME);
  return FALSE;
}

static guint
count_folders (const GbpZipEntry *entry)
{
  guint n = 0;

  for (gsize i = 0; i < entry->name_length; i++)
    n += entry->name[i] == '/' || entry->name[i] == '\\';
  return n;
}

/* Finds the weights that are in the fewest folders. */
static gboolean
find_weights (GbpZip *zip, GbpZipEntry *found, GError **error)
{
  const char *other = NULL;
  g_autoptr (GError) cause = NULL;
  GbpZipEntry entry;
  guint n_found = 0, fewest = G_MAXUINT;
  gsize folder_length;

  while (gbp_zip_next (zip, &entry, &cause)) {
    if (other == NULL)
      other = gbp_foreign_describe_member (entry.name, entry.name_length);
    if (!gbp_zip_entry_is_file (&entry, WEIGHTS_NAME, &folder_length)
        || count_folders (&entry) > fewest)
      continue;
    n_found = count_folders (&entry) < fewest ? 1 : n_found + 1;
    fewest = count_folders (&entry);
    *found = entry;
  }
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  return check_found (other, n_found, error);
}

/* Whether it is worth unpacking. */
static gboolean
check_content (const GbpZipEntry *entry, const GbpSource *window, GError **error)
{
  guint64 n_most = window->size * MAX_COMPRESSION + BOOKKEEPING;
  guint8 start[sizeof HDF5_SIGNATURE - 1];
  gboolean is_read;

  if (entry->n_bytes < sizeof start) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected an HDF5 file, found %s",
        entry->n_bytes == 0 ? "it empty" : "a few bytes");
    return FALSE;
  }
  if (entry->n_bytes > n_most) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected its %" G_GUINT64_FORMAT " bytes to unpack to at most %" G_GUINT64_FORMAT
        ", %d times as much and %d, found %" G_GUINT64_FORMAT,
        window->size, n_most, MAX_COMPRESSION, BOOKKEEPING, entry->n_bytes);
    return FALSE;
  }
  is_read = gbp_zip_entry_is_deflated (entry)
                ? gbp_inflate_start (window, start, sizeof start, error)
                : gbp_source_read (window, 0, start, sizeof start, error);
  if (!is_read)
    return FALSE;
  if (memcmp (start, HDF5_SIGNATURE, sizeof start) == 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected an HDF5 file, found another kind");
  return FALSE;
}

/* Checks what is stored in its place, and unpacks to memory what is deflated. */
static gboolean
unpack_entry (
    const GbpZipEntry *entry, const GbpSource *window, GbpKerasUnpacked *unpacked, GError **error)
{
  if (!check_content (entry, window, error))
    return FALSE;
  unpacked->source = *window;
  if (!gbp_zip_entry_is_deflated (entry))
    return gbp_check_sum (window, entry->checksum, error);
  unpacked->bytes = gbp_inflate (window, entry->n_bytes, entry->checksum, error);
  unpacked->source = (GbpSource){.fd = -1, .memory = unpacked->bytes, .size = entry->n_bytes};
  return unpacked->bytes != NULL;
}

gboolean
gbp_keras_zip_unpack (const GbpSource *source, GbpKerasUnpacked *unpacked, GError **error)
{
  g_auto (GbpZip) zip = {0};
  GbpZipEntry entry = {0};
  GbpSource window;

  if (!gbp_zip_open (&zip, source, error) || !find_weights (&zip, &entry, error)
      || !gbp_zip_locate (&zip, &entry, &window, error))
    return FALSE;
  if (unpack_entry (&entry, &window, unpacked, error))
    return TRUE;
  g_prefix_error (error, "%s: ", WEIGHTS_NAME);
  return FALSE;
}

void
gbp_keras_unpacked_clear (GbpKerasUnpacked *unpacked)
{
  g_clear_pointer (&unpacked->bytes, g_free);
}

gboolean
gbp_keras_zip_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  g_auto (GbpKerasUnpacked) unpacked = {0};

  weights->file_size = source->size;
  if (!gbp_keras_zip_unpack (source, &unpacked, error))
    return FALSE;
  if (gbp_keras_hdf5_read (&unpacked.source, weights, error))
    return TRUE;
  g_prefix_error (error, "%s: ", WEIGHTS_NAME);
  return FALSE;
}

/* The entry called @name in the folder of the weights; FALSE: there is none, or @error is set */
static gboolean
find_beside_weights (GbpZip *zip, const char *name, GbpZipEntry *found, GError **error)
{
  GbpZipEntry weights;
  gsize folder_length, wanted_length;

  if (!find_weights (zip, &weights, NULL)
      || !gbp_zip_entry_is_file (&weights, WEIGHTS_NAME, &wanted_length))
    return FALSE; /* which whoever reads the weights tells of */
  zip->at = 0;
  while (gbp_zip_next (zip, found, error))
    if (gbp_zip_entry_is_file (found, name, &folder_length) && folder_length == wanted_length
        && memcmp (found->name, weights.name, folder_length) == 0)
      return TRUE;
  return FALSE;
}

char *
gbp_keras_zip_read_text (const GbpSource *source, const char *name, guint64 n_most, GError **error)
{
  g_auto (GbpZip) zip = {0};
  GbpZipEntry entry;
  GbpSource window;
  g_autofree char *text = NULL;
  g_autofree guint8 *bytes = NULL;

  if (!gbp_zip_open (&zip, source, error) || !find_beside_weights (&zip, name, &entry, error)
      || !gbp_zip_locate (&zip, &entry, &window, error))
    return NULL;
  if (entry.n_bytes > n_most) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "%s: expected at most %" G_GUINT64_FORMAT " bytes, found %" G_GUINT64_FORMAT, name, n_most,
        entry.n_bytes);
    return NULL;
  }
  if (gbp_zip_entry_is_deflated (&entry)) {
    bytes = gbp_inflate (&window, entry.n_bytes, entry.checksum, error);
    return bytes != NULL ? g_strndup ((char *) bytes, entry.n_bytes) : NULL;
  }
  text = g_malloc0 (entry.n_bytes + 1);
  if (!gbp_source_read (&window, 0, text, entry.n_bytes, error)
      || !gbp_check_sum (&window, entry.checksum, error))
    return NULL;
  return g_steal_pointer (&text);
}
