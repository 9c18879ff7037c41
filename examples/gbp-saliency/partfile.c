/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "partfile.h"

#include "mark.h"

#include <errno.h>
#include <fcntl.h>
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

gboolean
part_file_is_input (const char *path, const Input *input)
{
  if (part_file_is_same (path, input->name))
    return TRUE;
  for (guint i = 0; input->pictures != NULL && i < input->pictures->len; i++)
    if (part_file_is_same (path, input->pictures->pdata[i]))
      return TRUE;
  return FALSE;
}

/* The file behind links; free with g_free().
 * Returns: NULL with @error set if the links lead nowhere, or where the system does not let us: others' links
 *     in a folder that all may write, such as /tmp */
static char *
follow_links (const char *path, GError **error)
{
  char *real;
  char *target = NULL;
  GStatBuf found;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return g_strdup (path);
  real = g_stat (path, &found) == 0 ? realpath (path, NULL) : NULL;
  if (real != NULL)
    target = g_strdup (real);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "cannot write %s: it is a link that leads to no file: %s", path, g_strerror (errno));
  free (real);
  return target;
}

static gboolean
is_too_long (const char *path)
{
  GStatBuf found;

  return g_stat (path, &found) != 0 && errno == ENAMETOOLONG;
}

/* Whether @target, which @path means, is nobody's loss. */
static gboolean
check_old (const char *path, const char *target, const Input *input, gboolean force, GError **error)
{
  if (part_file_is_input (target, input))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: it is the input; give the output another name", path);
  else if (!force && g_file_test (target, G_FILE_TEST_EXISTS) && !mark_is_in (target))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: it exists, and not by gbp-saliency; --force overwrites it", path);
  else
    return TRUE;
  return FALSE;
}

/* Whether @target, which @path means, can be written. */
static gboolean
check_path (const char *path, const char *target, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (target);

  if (is_too_long (target))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
        "cannot write %s: the name is too long", path);
  else if (g_file_test (target, G_FILE_TEST_IS_DIR))
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
  else
    return TRUE;
  return FALSE;
}

gboolean
part_file_init (
    PartFile *file, const char *path, const Input *input, gboolean force, GError **error)
{
  g_autofree char *target = follow_links (path, error);

  if (target == NULL || !check_path (path, target, error)
      || !check_old (path, target, input, force, error))
    return FALSE;
  file->name = g_strdup (path);
  file->path = g_steal_pointer (&target);
  return TRUE;
}

static gboolean
set_error (PartFile *file, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", file->name,
      g_strerror (errno));
  return FALSE;
}

/* Those who may read or write the old file, and nobody else, may do so with the new one. Where it cannot be
 * the old one's group, no group may. */
static void
keep_access (int descriptor, const GStatBuf *old)
{
  mode_t mode = old->st_mode & 0777;

  if (fchown (descriptor, old->st_uid, old->st_gid) != 0
      && fchown (descriptor, (uid_t) -1, old->st_gid) != 0)
    mode &= 0707;
  fchmod (descriptor, mode);
}

int
part_file_create (PartFile *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  g_autofree char *part =
      g_strdup_printf ("%s/.gbp-saliency-%08x%08x", folder, g_random_int (), g_random_int ());
  GStatBuf old;
  gboolean replaces = g_stat (file->path, &old) == 0;
  int descriptor =
      g_open (part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, replaces ? 0600 : 0666);

  if (descriptor < 0) {
    set_error (file, error);
    return -1;
  }
  if (replaces)
    keep_access (descriptor, &old);
  file->part = g_steal_pointer (&part);
  return descriptor;
}

gboolean
part_file_commit (PartFile *file, GError **error)
{
  if (g_rename (file->part, file->path) != 0)
    return set_error (file, error);
  g_clear_pointer (&file->part, g_free);
  return TRUE;
}

void
part_file_discard (PartFile *file)
{
  if (file->part != NULL)
    g_unlink (file->part);
  g_clear_pointer (&file->part, g_free);
}

void
part_file_clear (PartFile *file)
{
  part_file_discard (file);
  g_clear_pointer (&file->path, g_free);
  g_clear_pointer (&file->name, g_free);
}
