/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

#include <string.h>

char *
name_expand (const char *name)
{
  if (!g_str_has_prefix (name, "~/") || g_file_test (name, G_FILE_TEST_EXISTS))
    return g_strdup (name);
  return g_build_filename (g_get_home_dir (), name + 2, NULL);
}

gboolean
name_is_pattern (const char *name)
{
  return g_regex_match_simple ("^[^%]*%((0[1-9])d|[1-9]?d(?![[:alpha:]]))[^%]*$", name, 0, 0);
}

/* name_is_pattern() has seen to it that @pattern has one conversion, of an integer. */
char *
name_fill_in (const char *pattern, guint number)
{
  return g_strdup_printf (pattern, number);
}

gboolean
name_is_of_pattern (const char *name, const char *pattern, guint *number)
{
  gsize n_before = (gsize) (strchr (pattern, '%') - pattern);
  g_autofree char *filled = NULL;
  guint found;

  if (strncmp (pattern, name, n_before) != 0)
    return FALSE;
  found = (guint) g_ascii_strtoull (name + n_before, NULL, 10);
  filled = name_fill_in (pattern, found);
  if (number != NULL)
    *number = found;
  return g_str_equal (filled, name);
}

gboolean
name_is_stream (const char *name)
{
  return g_str_equal (name, "-");
}

gint
name_compare (gconstpointer a, gconstpointer b)
{
  const char *const *first = a, *const *second = b;
  g_autofree char *key_a = g_utf8_collate_key_for_filename (*first, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (*second, -1);

  return strcmp (key_a, key_b);
}
