/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "format/keras.h"

#define WEIGHTS_NAME "model.weights.h5"
#define BLOCK_SIZE   (1 << 16)

/* Weights hardly compress. What unpacks to much more than the file is no weights but a bomb. */
#define MAX_COMPRESSION 100

typedef struct archive Archive;

static void
archive_close_and_free (Archive *archive)
{
  archive_read_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_close_and_free)

static gboolean
refuse (GError **error, Archive *archive)
{
  const char *cause = archive_error_string (archive);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "not a readable .keras (zip) file: %s",
      cause != NULL ? cause : "no cause is given");
  return FALSE;
}

/* Moves @archive to the entry with the weights. */
static gboolean
find_weights (Archive *archive, GError **error)
{
  struct archive_entry *entry;
  int status;

  while ((status = archive_read_next_header (archive, &entry)) == ARCHIVE_OK) {
    const char *name = archive_entry_pathname (entry);

    if (name != NULL && strcmp (name, WEIGHTS_NAME) == 0)
      return TRUE;
    if (name != NULL && g_str_has_suffix (name, "data.pkl")) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "expected a .keras (zip) file, found a PyTorch pickle; save its state_dict as "
          "safetensors");
      return FALSE;
    }
  }
  if (status != ARCHIVE_EOF)
    return refuse (error, archive);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected a .keras (zip) file with %s in it, found a zip without", WEIGHTS_NAME);
  return FALSE;
}

/* Reads the entry at hand. A buffer that grows with what is really there needs no trust in the size
 * that the zip claims. */
static GByteArray *
read_entry (Archive *archive, guint64 n_bytes_at_most, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *block = g_malloc (BLOCK_SIZE);
  gssize n;

  while ((n = archive_read_data (archive, block, BLOCK_SIZE)) > 0) {
    if (bytes->len + (guint64) n > n_bytes_at_most) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "expected at most %" G_GUINT64_FORMAT " bytes in %s, found more", n_bytes_at_most,
          WEIGHTS_NAME);
      return NULL;
    }
    g_byte_array_append (bytes, block, (guint) n);
  }
  if (n < 0) {
    refuse (error, archive);
    return NULL;
  }
  if (bytes->len == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected an HDF5 file as %s, found it empty",
        WEIGHTS_NAME);
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

gboolean
gbp_keras_zip_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  g_autoptr (GByteArray) bytes = NULL;
  GbpSource inner = {.fd = -1};
  guint64 n_bytes_at_most = MIN (source->size, G_MAXINT32 / MAX_COMPRESSION) * MAX_COMPRESSION;

  archive_read_support_format_zip_seekable (archive);
  if (archive_read_open_fd (archive, source->fd, BLOCK_SIZE) != ARCHIVE_OK)
    return refuse (error, archive);
  if (!find_weights (archive, error))
    return FALSE;
  bytes = read_entry (archive, n_bytes_at_most, error);
  if (bytes == NULL)
    return FALSE;
  inner.memory = bytes->data;
  inner.size = bytes->len;
  if (!gbp_keras_hdf5_read (&inner, weights, error)) {
    g_prefix_error (error, "%s: ", WEIGHTS_NAME);
    return FALSE;
  }
  return TRUE;
}
