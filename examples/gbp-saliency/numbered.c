/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "numbered.h"

#include "partfile.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

gboolean
numbered_is_pattern (const char *path)
{
  return g_regex_match_simple ("^[^%]*%(0?[1-9])?d[^%]*$", path, 0, 0);
}

/* numbered_is_pattern() has seen to it that @pattern has one conversion, of an integer. */
static char *
fill_in (const char *pattern, guint number)
{
  return g_strdup_printf (pattern, number);
}

/* Whether a number in the place for it gives @name. */
static gboolean
gives (const char *pattern, const char *name)
{
  gsize n_before = (gsize) (strchr (pattern, '%') - pattern);
  g_autofree char *filled = NULL;

  if (strncmp (pattern, name, n_before) != 0)
    return FALSE;
  filled = fill_in (pattern, (guint) g_ascii_strtoull (name + n_before, NULL, 10));
  return g_str_equal (filled, name);
}

static gboolean
check_file (const char *pattern, const char *path, const char *input, GError **error)
{
  if (part_file_is_same (path, input))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: %s is the input; give the output another name", pattern, path);
  else if (g_file_test (path, G_FILE_TEST_IS_SYMLINK)
           || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
        "cannot write %s: %s is there and not a file", pattern, path);
  else
    return TRUE;
  return FALSE;
}

gboolean
numbered_check (const char *pattern, const char *input, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (pattern);
  g_autofree char *names = g_path_get_basename (pattern);
  int n_before = (int) (strlen (pattern) - strlen (names));
  g_autoptr (GDir) files = g_dir_open (folder, 0, error);
  const char *name;

  if (files == NULL)
    return FALSE;
  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_strdup_printf ("%.*s%s", n_before, pattern, name);

    if (gives (names, name) && !check_file (pattern, path, input, error))
      return FALSE;
  }
  return TRUE;
}

char *
numbered_get_parts (const char *pattern)
{
  return g_strconcat (pattern, ".part", NULL);
}

gboolean
numbered_commit (const char *pattern, guint n_pictures, GError **error)
{
  g_autofree char *parts = numbered_get_parts (pattern);

  for (guint i = 0; i < n_pictures; i++) {
    g_autofree char *path = fill_in (pattern, i);
    g_autofree char *part = fill_in (parts, i);

    if (g_rename (part, path) == 0)
      continue;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", path,
        g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

void
numbered_discard (const char *pattern, guint n_pictures)
{
  g_autofree char *parts = numbered_get_parts (pattern);

  for (guint i = 0; i < n_pictures; i++) {
    g_autofree char *part = fill_in (parts, i);
    g_unlink (part);
  }
}
