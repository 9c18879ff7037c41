/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

static gboolean
set_error (Table *table, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s",
      table->file.name, g_strerror (errno));
  return FALSE;
}

/* Returns: what to write to; −1 with @error set */
static int
create (Table *table, const char *path, const Input *input, gboolean force, GError **error)
{
  if (g_str_equal (path, "-")) {
    table->file.name = g_strdup ("standard output");
    return dup (STDOUT_FILENO);
  }
  return part_file_init (&table->file, path, input, force, error)
             ? part_file_create (&table->file, error)
             : -1;
}

gboolean
table_open (Table *table, const char *path, const char *heading, const Input *input, gboolean force,
    GError **error)
{
  int descriptor = create (table, path, input, force, error);

  if (descriptor < 0)
    return FALSE;
  table->stream = fdopen (descriptor, "w");
  if (table->stream == NULL || fputs (heading, table->stream) < 0)
    return set_error (table, error);
  return TRUE;
}

void
table_write_text (Table *table, const char *text)
{
  if (strpbrk (text, ",\"\n") == NULL) {
    fputs (text, table->stream);
    return;
  }
  fputc ('"', table->stream);
  for (; *text != '\0'; text++)
    fprintf (table->stream, *text == '"' ? "\"\"" : "%c", *text);
  fputc ('"', table->stream);
}

void
table_write_json (Table *table, const char *text)
{
  fputc ('"', table->stream);
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      fprintf (table->stream, "\\%c", *text);
    else if (g_ascii_iscntrl (*text))
      fprintf (table->stream, "\\u%04x", (guint8) *text);
    else
      fputc (*text, table->stream);
  fputc ('"', table->stream);
}

gboolean
table_commit (Table *table, GError **error)
{
  FILE *stream = g_steal_pointer (&table->stream);
  gboolean has_failed;

  if (stream == NULL)
    return TRUE;
  has_failed = ferror (stream) != 0;
  if (fclose (stream) == 0 && !has_failed)
    return table->file.part == NULL || part_file_commit (&table->file, error);
  return set_error (table, error);
}

void
table_clear (Table *table)
{
  if (table->stream != NULL)
    fclose (table->stream);
  table->stream = NULL;
  part_file_clear (&table->file);
}
