/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "partfile.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The path that a URI of a file or a name means, as it was given otherwise. */
static char *
get_path (const char *name)
{
  char *path = NULL;

  if (!g_file_test (name, G_FILE_TEST_EXISTS) && g_ascii_strncasecmp (name, "file:", 5) == 0)
    path = g_filename_from_uri (name, NULL, NULL);
  return path != NULL ? path : g_strdup (name);
}

gboolean
part_file_is_same (const char *a, const char *b)
{
  g_autofree char *file_a = get_path (a);
  g_autofree char *file_b = get_path (b);
  g_autofree char *path_a = g_canonicalize_filename (file_a, NULL);
  g_autofree char *path_b = g_canonicalize_filename (file_b, NULL);
  GStatBuf stat_a, stat_b;

  if (g_str_equal (path_a, path_b))
    return TRUE;
  return g_stat (file_a, &stat_a) == 0 && g_stat (file_b, &stat_b) == 0
         && stat_a.st_dev == stat_b.st_dev && stat_a.st_ino == stat_b.st_ino;
}

/* The file behind links; free with g_free().
 * Returns: NULL with @error set if the links lead nowhere */
static char *
follow_links (const char *path, GError **error)
{
  char *real;
  char *target = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return g_strdup (path);
  real = realpath (path, NULL);
  if (real != NULL)
    target = g_strdup (real);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "cannot write %s: it is a link that leads to no file: %s", path, g_strerror (errno));
  free (real);
  return target;
}

/* Whether @target, which @path means, can be written. */
static gboolean
check_path (const char *path, const char *target, const char *input, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (target);

  if (g_file_test (target, G_FILE_TEST_IS_DIR))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "cannot write %s: it is a folder", path);
  else if (g_file_test (target, G_FILE_TEST_EXISTS)
           && !g_file_test (target, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
        "cannot write %s: it is a device, a pipe or a socket, not a file", path);
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "cannot write %s: there is no folder %s",
        path, folder);
  else if (g_access (folder, W_OK | X_OK) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "cannot write %s: the folder %s is not writable", path, folder);
  else if (part_file_is_same (target, input))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: it is the input; give the output another name", path);
  else
    return TRUE;
  return FALSE;
}

gboolean
part_file_init (PartFile *file, const char *path, const char *input, GError **error)
{
  g_autofree char *target = follow_links (path, error);

  if (target == NULL || !check_path (path, target, input, error))
    return FALSE;
  file->name = g_strdup (path);
  file->part = g_strconcat (target, ".part", NULL);
  file->path = g_steal_pointer (&target);
  return TRUE;
}

gboolean
part_file_commit (PartFile *file, GError **error)
{
  if (g_rename (file->part, file->path) == 0)
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write %s: %s", file->name, g_strerror (errno));
  return FALSE;
}

void
part_file_clear (PartFile *file)
{
  if (file->part != NULL)
    g_unlink (file->part);
  g_clear_pointer (&file->part, g_free);
  g_clear_pointer (&file->path, g_free);
  g_clear_pointer (&file->name, g_free);
}
