/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In place of a fuzzer: runs a target with the files in the directories that are its arguments. */
#include <stdlib.h>

#include "fuzz.h"

static void
run_file (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  g_assert (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  LLVMFuzzerTestOneInput ((guint8 *) bytes, n_bytes);
}

/* Returns how many files there are. */
static guint
run_directory (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  guint n_files = 0;

  g_assert (directory != NULL);
  while ((name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    run_file (file);
    n_files++;
  }
  return n_files;
}

int
main (int argc, char **argv)
{
  guint n_files = 0;

  for (int i = 1; i < argc; i++)
    n_files += run_directory (argv[i]);
  g_print ("%u files\n", n_files);
  return n_files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
