/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "partfile.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

gboolean
part_file_is_same (const char *a, const char *b)
{
  g_autofree char *path_a = g_canonicalize_filename (a, NULL);
  g_autofree char *path_b = g_canonicalize_filename (b, NULL);
  GStatBuf stat_a, stat_b;

  if (g_str_equal (path_a, path_b))
    return TRUE;
  return g_stat (a, &stat_a) == 0 && g_stat (b, &stat_b) == 0 && stat_a.st_dev == stat_b.st_dev
         && stat_a.st_ino == stat_b.st_ino;
}

/* Whether @path can be written. */
static gboolean
check_path (const char *path, const char *input, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "cannot write %s: it is a folder", path);
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "cannot write %s: there is no folder %s",
        path, folder);
  else if (g_access (folder, W_OK | X_OK) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "cannot write %s: the folder %s is not writable", path, folder);
  else if (part_file_is_same (path, input))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: it is the input; give the output another name", path);
  else
    return TRUE;
  return FALSE;
}

gboolean
part_file_init (PartFile *file, const char *path, const char *input, GError **error)
{
  if (!check_path (path, input, error))
    return FALSE;
  file->path = g_strdup (path);
  file->part = g_strconcat (path, ".part", NULL);
  return TRUE;
}

gboolean
part_file_commit (PartFile *file, GError **error)
{
  if (g_rename (file->part, file->path) == 0)
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write %s: %s", file->path, g_strerror (errno));
  return FALSE;
}

void
part_file_clear (PartFile *file)
{
  if (file->part != NULL)
    g_unlink (file->part);
  g_clear_pointer (&file->part, g_free);
  g_clear_pointer (&file->path, g_free);
}
