/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
identify (const struct stat *status, GbpFileIdentity *identity)
{
  identity->device = (guint64) status->st_dev;
  identity->inode = (guint64) status->st_ino;
  identity->size = (guint64) status->st_size;
  identity->seconds = (gint64) status->st_mtim.tv_sec;
  identity->nanoseconds = (gint64) status->st_mtim.tv_nsec;
}

static int
refuse_open (int cause, GError **error)
{
  if (cause == ENOENT || cause == ENOTDIR)
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND, "no such file");
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "cannot be opened: %s", g_strerror (cause));
  return cause;
}

/* What a path leads to that is no file, and the way out where there is one. */
static const char *
describe_other (const char *path, const struct stat *status)
{
  g_autofree char *model = g_build_filename (path, "saved_model.pb", NULL);

  if (!S_ISDIR (status->st_mode))
    return "pipe or device";
  return g_file_test (model, G_FILE_TEST_EXISTS)
             ? "directory, a TensorFlow SavedModel; save the model as .keras, or as ONNX by tf2onnx"
             : "directory";
}

int
gbp_opened_open (GbpOpened *opened, const char *path, GError **error)
{
  struct stat status;

  *opened = (GbpOpened) GBP_OPENED_NONE;
  opened->source.fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened->source.fd < 0 || fstat (opened->source.fd, &status) != 0)
    return refuse_open (errno, error);
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a file, found a %s",
        describe_other (path, &status));
    return -1;
  }
  identify (&status, &opened->identity);
  opened->source.size = opened->identity.size;
  return 0;
}

gboolean
gbp_opened_check_unchanged (const GbpOpened *opened, GError **error)
{
  GbpFileIdentity now = opened->identity;
  struct stat status;

  if (fstat (opened->source.fd, &status) == 0)
    identify (&status, &now);
  if (gbp_file_identity_is_equal (&now, &opened->identity))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected a file at rest, found that it changed while it was read");
  return FALSE;
}

char *
gbp_opened_read_text (const GbpOpened *opened, gsize n_most, GError **error)
{
  g_autofree char *text = NULL;

  if (opened->source.size > n_most) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a text of at most %" G_GSIZE_FORMAT " bytes, found %" G_GUINT64_FORMAT, n_most,
        opened->source.size);
    return NULL;
  }
  text = g_malloc0 (opened->source.size + 1);
  if (!gbp_source_read (&opened->source, 0, text, opened->source.size, error))
    return NULL;
  if (strlen (text) == opened->source.size)
    return g_steal_pointer (&text);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected a text in UTF-8, found bytes of zero in it, as UTF-16 and other files have");
  return NULL;
}

void
gbp_opened_clear (GbpOpened *opened)
{
  if (opened->source.fd >= 0)
    close (opened->source.fd);
  opened->source.fd = -1;
}
