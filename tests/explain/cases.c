/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cases.h"

json_t *
cases_load (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, "cases.json", NULL);
  json_error_t error;
  json_t *cases = json_load_file (path, 0, &error);

  if (cases == NULL)
    g_error ("%s: %s", path, error.text);
  return cases;
}

gpointer
cases_read (const char *directory, const char *name, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, &error))
    g_error ("%s", error->message);
  if (length != n_bytes)
    g_error ("%s: expected %zu bytes, found %zu", path, n_bytes, length);
  return contents;
}

const char *
cases_get_string (const json_t *object, const char *member)
{
  return json_string_value (json_object_get (object, member));
}

double
cases_get_number (const json_t *object, const char *member)
{
  return json_number_value (json_object_get (object, member));
}

int
cases_get_int (const json_t *object, const char *member, int otherwise)
{
  const json_t *value = json_object_get (object, member);

  return value != NULL ? (int) json_integer_value (value) : otherwise;
}
